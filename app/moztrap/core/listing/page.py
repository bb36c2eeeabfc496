"""One page of a list, as templates read it."""

from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page

from moztrap.core.listing.columns import Heading
from moztrap.core.listing.filters import Option
from moztrap.core.listing.picks import MOST_FOUND
from moztrap.core.listing.state import Pin


@dataclass(frozen=True)
class BoundFilter:
    """A filter with what the URL says about it."""

    key: str
    label: str
    hint: str
    kind: str
    is_common: bool
    has_switch: bool
    match: str
    options: list[Option]
    values: list[str]
    # Of filters with many choices: what is searched for, and where a script searches.
    find: str = ""
    url_name: str = ""
    along: str = ""
    url_query: str = ""

    @property
    def has_more(self) -> bool:
        """Tell whether a search may find further choices."""
        return self.kind == "pick" and len(self.others) >= MOST_FOUND

    @property
    def others(self) -> list[Option]:
        """Return the options that are not chosen."""
        return [option for option in self.options if option.value not in self.values]

    @property
    def value(self) -> str:
        """Return the first value: what an input field shows."""
        return self.values[0] if self.values else ""

    @property
    def further_values(self) -> list[str]:
        """Return the other values, each of which has an input field of its own."""
        return self.values[1:]

    @property
    def chosen(self) -> list[Option]:
        """Return the options that are chosen."""
        return [option for option in self.options if option.value in self.values]


@dataclass(frozen=True)
class Chip:
    """An active filter, and the link that takes it away."""

    label: str
    value: str
    url: str


@dataclass(frozen=True)
class ChipGroup:
    """The values of one filter, what joins them, and the link that joins them otherwise."""

    key: str
    label: str
    chips: list[Chip]
    join: str
    join_url: str
    pin: Pin
    is_pinned: bool
    # Pins of it are for this list alone.
    is_local: bool

    @property
    def shown(self) -> str:
        """Return all of it as one sentence."""
        return f"{self.label}: {f' {self.join} '.join(chip.value for chip in self.chips)}"


@dataclass(frozen=True)
class SizeLink:
    """A link that changes how many rows a page has."""

    size: int
    url: str
    current: bool


@dataclass(frozen=True)
class ListingPage:
    """Rows, and everything around them."""

    page: "Page[Any]"
    headings: list[Heading]
    filters: list[BoundFilter]
    groups: list[ChipGroup]
    sizes: list[SizeLink]
    # What the filter form carries along so that filtering keeps sort and size.
    kept: list[tuple[str, str]]

    @property
    def rows(self) -> Any:
        """Return the records of this page."""
        return self.page.object_list

    @property
    def total(self) -> int:
        """Return how many records the filters leave."""
        return self.page.paginator.count

    @property
    def chips(self) -> list[Chip]:
        """Return every active value."""
        return [chip for group in self.groups for chip in group.chips]

    @property
    def is_filtered(self) -> bool:
        """Tell an empty list from one that its filters emptied."""
        return bool(self.groups)

    @property
    def has_further_filters(self) -> bool:
        """Tell whether some filters wait behind “More filters”."""
        return any(not bound.is_common for bound in self.filters)

    @property
    def further_are_used(self) -> bool:
        """Tell whether “More filters” must be open."""
        return any(bound.values for bound in self.filters if not bound.is_common)
