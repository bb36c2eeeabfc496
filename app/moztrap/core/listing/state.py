"""The state of a list page, as the query string that it is."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlencode

SORT, PAGE, SIZE = "sort", "page", "size"
# A list without filters, also for whoever has pinned some.
CLEAR = "?all="

# More than anybody types; without an end, an address could ask for any amount of work.
LONGEST_VALUE = 200
MOST_VALUES = 10


@dataclass(frozen=True)
class State:
    """The parameters of a list page that mean something, in a stable order."""

    parameters: tuple[tuple[str, str], ...] = ()

    def values(self, key: str) -> list[str]:
        """Return every value of a parameter."""
        return [value for name, value in self.parameters if name == key]

    def with_value(self, key: str, value: str | None) -> Self:
        """Set a parameter (None removes it); everything but a page number starts at page 1."""
        dropped = {key, PAGE}
        kept = [(name, old) for name, old in self.parameters if name not in dropped]
        return type(self)((*kept, *([(key, value)] if value is not None else [])))

    def without_one(self, key: str, value: str) -> Self:
        """Remove one value of a parameter that may have several."""
        dropped = {(key, value)}
        return type(self)(
            tuple(pair for pair in self.parameters if pair not in dropped and pair[0] != PAGE)
        )

    @property
    def url(self) -> str:
        """Return a relative URL; nothing at all is said as such, so that no pin is applied."""
        return f"?{urlencode(self.parameters)}" if self.parameters else CLEAR


def state_of(query: Mapping[str, object], keys: Iterable[str]) -> State:
    """Take the known, non-empty parameters out of a request's query."""
    known = (*keys, SORT, SIZE, PAGE)
    getlist = getattr(query, "getlist", lambda key: [query[key]] if key in query else [])
    pairs: list[tuple[str, str]] = []
    for key in known:
        for value in getlist(key)[:MOST_VALUES]:
            text = str(value).replace("\x00", "").strip()[:LONGEST_VALUE].rstrip()
            if text and (key, text) not in pairs:
                pairs.append((key, text))
    return State(tuple(pairs))
