"""Filters whose choices are more than a page can list: those chosen, and those a search finds."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, Q, QuerySet, Value, When

from moztrap.core.conditions import holding_words, is_id
from moztrap.core.listing.filters import ChoiceFilter, Option

# As many as are read at a glance; a search finds the others.
MOST_FOUND = 20


@dataclass(frozen=True)
class PickFilter(ChoiceFilter):
    """One or several of many records.

    ``source`` returns those that may be chosen, in order, as the other filters leave them.
    ``url`` names the address that answers scripts, ``along`` the filter that it asks about too.
    """

    kind = "pick"
    source: Callable[[Any], "QuerySet[Any]"] | None = None
    search: Sequence[str] = ("name",)
    name_of: Callable[[Any], str] = str
    url: str = ""
    along: str = ""
    # What scripts ask for besides.
    query: str = ""
    # Choices that are no records, before all others.
    extra: tuple[Option, ...] = ()

    def knows(self, values: Sequence[str]) -> bool:
        """Tell whether one of these may be a choice."""
        return any(is_id(value) for value in values) or super().knows(values)

    def options(self, state: Any) -> list[Option]:
        """Return what is chosen, and the first that the search finds (1 query)."""
        if self.source is None:
            return []
        ids = [value for value in state.values(self.key) if is_id(value)]
        rows = self.source(state)
        fits = holding_words(state.search(self.key), self.search)
        if ids:
            is_chosen = Case(When(pk__in=ids, then=Value(0)), default=Value(1))
            rows = rows.order_by(is_chosen, *rows.query.order_by)
            # Without a search everything fits, those too.
            fits = fits and fits | Q(pk__in=ids)
        found = rows.filter(fits)[: MOST_FOUND + len(ids)]
        return [*self.extra, *(Option(str(row.pk), self.name_of(row)) for row in found)]
