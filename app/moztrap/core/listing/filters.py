"""Filters of list pages. Different filters narrow each other."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q, QuerySet

Apply = Callable[[Any, str], Any]


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
    # Filters of small lists show; the rest wait behind “More filters”.
    is_common: bool = True
    # Finds people by their names, so it is for people who are logged in.
    names_people: bool = False

    def narrow(self, rows: QuerySet[Any], values: Sequence[str]) -> QuerySet[Any]:
        """Return the rows that the values leave."""
        raise NotImplementedError

    def options(self, state: Any) -> list[Option]:
        """Return what can be chosen; nothing where people type."""
        return []

    def label_of(self, value: str, options: Iterable[Option]) -> str:
        """Return how a value reads on a chip."""
        return next((option.label for option in options if option.value == value), value)


@dataclass(frozen=True)
class TextFilter(Filter):
    """Every word typed must occur in one of the fields; ``apply`` may say otherwise."""

    fields: tuple[str, ...] = ()
    apply: Apply | None = None

    def narrow(self, rows: QuerySet[Any], values: Sequence[str]) -> QuerySet[Any]:
        """Return the rows that hold every value."""
        for value in values:
            if self.apply is not None:
                rows = self.apply(rows, value)
                continue
            for word in value.split():
                condition = Q()
                for name in self.fields or (self.key,):
                    condition |= Q(**{f"{name}__icontains": word})
                rows = rows.filter(condition)
        return rows


@dataclass(frozen=True)
class ChoiceFilter(Filter):
    """One or several of few choices; several mean “either”."""

    kind = "choice"
    lookup: str = ""
    choices: Sequence[Option] | Callable[[Any], Sequence[Option]] = field(default=())
    # Maps a value of the URL to one of the database; without it they are the same.
    translate: Callable[[str], Any] = str
    # What the list shows while nothing is chosen here.
    otherwise: Callable[[Any], Any] | None = None

    def options(self, state: Any) -> list[Option]:
        """Return the choices, which may depend on the other filters."""
        return list(self.choices(state) if callable(self.choices) else self.choices)

    def narrow(self, rows: QuerySet[Any], values: Sequence[str]) -> QuerySet[Any]:
        """Return the rows that have one of the values."""
        if not values:
            return self.otherwise(rows) if self.otherwise else rows
        lookup = self.lookup or self.key
        wanted = [self.translate(value) for value in values]
        condition = Q(**{f"{lookup}__in": [value for value in wanted if value is not None]})
        if None in wanted:
            condition |= Q(**{f"{lookup}__isnull": True})
        return rows.filter(condition)
