"""Columns of list pages, and the links that sort by them."""

from dataclasses import dataclass

from moztrap.core.listing.state import SORT, State


@dataclass(frozen=True)
class Column:
    """One column; ``order`` names the fields it sorts by, if it sorts."""

    key: str
    label: str
    order: tuple[str, ...] = ()
    # Numbers and dates read best from the top down first.
    descends_first: bool = False

    def ordering(self, descending: bool) -> list[str]:
        """Return what to pass to ``order_by``."""
        if not descending:
            return list(self.order)
        return [
            name.removeprefix("-") if name.startswith("-") else f"-{name}" for name in self.order
        ]


@dataclass(frozen=True)
class Heading:
    """A column as the page shows it; ``direction`` is what ``aria-sort`` says."""

    key: str
    label: str
    url: str
    direction: str


def heading(column: Column, state: State, sort: str) -> Heading:
    """Bind a column to the state of the page."""
    if not column.order:
        return Heading(column.key, column.label, "", "none")
    current = sort.removeprefix("-") == column.key
    descending = sort.startswith("-")
    flipped = not descending if current else column.descends_first
    url = state.with_value(SORT, f"-{column.key}" if flipped else column.key).url
    direction = ("descending" if descending else "ascending") if current else "none"
    return Heading(column.key, column.label, url, direction)
