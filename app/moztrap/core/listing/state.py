"""The state of a list page, as the query string that it is."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlencode

SORT, PAGE, SIZE = "sort", "page", "size"
# What stands behind the name of a filter in the parameter that says any or all of its values.
MATCH = "-match"
# What stands behind the name of a filter in the field that searches its choices.
FIND = "-find"
# A list without filters, also for whoever has pinned some.
CLEAR = "?all="

# More than anybody types or ticks; without an end, an address could ask for any amount of work.
LONGEST_VALUE = 200
MOST_VALUES = 10
MOST_CHOICES = 50


@dataclass(frozen=True)
class Pin:
    """The values of a filter that a person keeps, and whether any or all of them are meant."""

    values: tuple[str, ...]
    match: str = ""

    def parameters(self, key: str) -> list[tuple[str, str]]:
        """Return it as an address says it."""
        said = [(key + MATCH, self.match)] if self.match else []
        return [*((key, value) for value in self.values), *said]


@dataclass(frozen=True)
class State:
    """The parameters of a list page that mean something, in a stable order."""

    parameters: tuple[tuple[str, str], ...] = ()
    # What is searched for among the choices of filters: of this page alone, and in no address.
    searches: tuple[tuple[str, str], ...] = ()

    def search(self, key: str) -> str:
        """Return what is searched for among the choices of a filter."""
        return next((text for name, text in self.searches if name == key), "")

    def values(self, key: str) -> list[str]:
        """Return every value of a parameter."""
        return [value for name, value in self.parameters if name == key]

    def match(self, key: str) -> str:
        """Return whether any or all values of a filter are meant; nothing if it is not said."""
        return next(iter(self.values(key + MATCH)), "")

    def with_value(self, key: str, value: str | None) -> Self:
        """Set a parameter (None removes it); everything but a page number starts at page 1."""
        dropped = {key, PAGE}
        kept = [(name, old) for name, old in self.parameters if name not in dropped]
        return type(self)((*kept, *([(key, value)] if value is not None else [])))

    def without_one(self, key: str, value: str) -> Self:
        """Remove one value of a parameter that may have several."""
        left = tuple(pair for pair in self.parameters if pair != (key, value) and pair[0] != PAGE)
        if not any(name == key for name, _ in left):
            left = tuple(pair for pair in left if pair[0] != key + MATCH)
        return type(self)(left)

    @property
    def url(self) -> str:
        """Return a relative URL; nothing at all is said as such, so that no pin is applied."""
        return f"?{urlencode(self.parameters)}" if self.parameters else CLEAR


def state_of(query: Mapping[str, object], keys: Mapping[str, int]) -> State:
    """Take the known, non-empty parameters out of a request's query, each so many times."""
    known = {**keys, SORT: 1, SIZE: 1, PAGE: 1}
    getlist = getattr(query, "getlist", lambda key: [query[key]] if key in query else [])
    pairs: list[tuple[str, str]] = []
    for key, most in known.items():
        for value in getlist(key)[:most]:
            text = str(value).replace("\x00", "").strip()[:LONGEST_VALUE].rstrip()
            if text and (key, text) not in pairs:
                pairs.append((key, text))
    return State(tuple(pairs))
