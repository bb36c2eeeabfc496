"""Filters of list pages. Different filters narrow each other.

Several values of one filter mean “any of these” or “all of these”. Text means all unless
the address says otherwise, a choice means any; where a row has one value alone, all of
several choices would leave nothing, and there is no switch.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Q, QuerySet

from moztrap.core.listing.state import MOST_CHOICES, MOST_VALUES

# Takes rows and one or more values, and returns the rows that fit one of the values.
Apply = Callable[..., Any]
ANY, ALL = "any", "all"


@dataclass(frozen=True)
class Option:
    """One choice of a filter."""

    value: str
    label: str


@dataclass(frozen=True)
class Filter:
    """What every kind of filter has: its parameter and its label."""

    key: str
    label: str
    hint: str = ""
    kind = "text"
    default_match = ALL
    most_values = MOST_VALUES
    # Filters of small lists show; the rest wait behind “More filters”.
    is_common: bool = True
    # Finds people by their names, so it is for people who are logged in.
    names_people: bool = False
    # Means something on this list alone, so that a pin of it is not for other lists.
    is_local: bool = False

    @property
    def has_switch(self) -> bool:
        """Tell whether it makes sense to say “any of these” and “all of these”."""
        return True

    def narrow(self, rows: QuerySet[Any], values: Sequence[str], match: str = "") -> QuerySet[Any]:
        """Return the rows that the values leave; without ``match``, as the filter does it."""
        raise NotImplementedError

    def groups(self, values: Sequence[Any], match: str) -> list[Sequence[Any]]:
        """Return groups of values: a row must fit one value of each group."""
        if (match or self.default_match) == ANY:
            return [values]
        return [[value] for value in values]

    def knows(self, values: Sequence[str]) -> bool:
        """Tell whether these may be values of it, as far as can be told without a query."""
        return True

    def options(self, state: Any) -> list[Option]:
        """Return what can be chosen; nothing where people type."""
        return []

    def label_of(self, value: str, options: Iterable[Option]) -> str:
        """Return how a value reads on a chip."""
        return next((option.label for option in options if option.value == value), value)


@dataclass(frozen=True)
class TextFilter(Filter):
    """Every word of a value must occur in one of the fields; ``apply`` may say otherwise."""

    fields: tuple[str, ...] = ()
    apply: Apply | None = None

    def narrow(self, rows: QuerySet[Any], values: Sequence[str], match: str = "") -> QuerySet[Any]:
        """Return the rows that hold every value, or any."""
        for group in self.groups(values, match) if values else ():
            if self.apply is not None:
                rows = self.apply(rows, *group)
            else:
                rows = rows.filter(reduce(or_, map(self._holding, group)))
        return rows

    def _holding(self, value: str) -> Q:
        condition = Q()
        for word in value.split():
            names = self.fields or (self.key,)
            condition &= reduce(or_, (Q(**{f"{name}__icontains": word}) for name in names))
        return condition


@dataclass(frozen=True)
class ChoiceFilter(Filter):
    """One or several of few choices; ``apply`` is for rows that have several of them."""

    kind = "choice"
    default_match = ANY
    most_values = MOST_CHOICES
    lookup: str = ""
    apply: Apply | None = None
    choices: Sequence[Option] | Callable[[Any], Sequence[Option]] = field(default=())
    # Maps a value of the URL to one of the database; without it they are the same.
    translate: Callable[[str], Any] = str
    # What the list shows while nothing is chosen here.
    otherwise: Callable[[Any], Any] | None = None

    @property
    def has_switch(self) -> bool:
        """Tell whether a row may have several of the choices."""
        return self.apply is not None

    def knows(self, values: Sequence[str]) -> bool:
        """Tell whether one of these is a choice, where the choices are always the same."""
        if callable(self.choices):
            return True
        return any(option.value in values for option in self.choices)

    def options(self, state: Any) -> list[Option]:
        """Return the choices, which may depend on the other filters."""
        return list(self.choices(state) if callable(self.choices) else self.choices)

    def narrow(self, rows: QuerySet[Any], values: Sequence[str], match: str = "") -> QuerySet[Any]:
        """Return the rows that have one of the values, or all of them."""
        if not values:
            return self.otherwise(rows) if self.otherwise else rows
        wanted = [self.translate(value) for value in values]
        if self.apply is not None:
            for group in self.groups(wanted, match):
                rows = self.apply(rows, *group)
            return rows
        lookup = self.lookup or self.key
        condition = Q(**{f"{lookup}__in": [value for value in wanted if value is not None]})
        if None in wanted:
            condition |= Q(**{f"{lookup}__isnull": True})
        return rows.filter(condition)
