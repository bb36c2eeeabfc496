"""One page of a list, as templates read it."""

from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page

from moztrap.core.listing.columns import Heading
from moztrap.core.listing.filters import Option


@dataclass(frozen=True)
class BoundFilter:
    """A filter with what the URL says about it."""

    key: str
    label: str
    hint: str
    kind: str
    is_common: bool
    options: list[Option]
    values: list[str]

    @property
    def value(self) -> str:
        """Return the first value: what an input field shows."""
        return self.values[0] if self.values else ""

    @property
    def further_values(self) -> list[str]:
        """Return the other values, which the form carries along."""
        return self.values[1:]


@dataclass(frozen=True)
class Chip:
    """An active filter, and the link that takes it away."""

    label: str
    value: str
    url: str
    # What a pin of it holds; nothing where pinning makes no sense.
    key: str = ""
    raw: str = ""


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
    chips: list[Chip]
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
    def is_filtered(self) -> bool:
        """Tell an empty list from one that its filters emptied."""
        return bool(self.chips)

    @property
    def has_further_filters(self) -> bool:
        """Tell whether some filters wait behind “More filters”."""
        return any(not bound.is_common for bound in self.filters)

    @property
    def further_are_used(self) -> bool:
        """Tell whether “More filters” must be open."""
        return any(bound.values for bound in self.filters if not bound.is_common)
