"""What a list page offers, declared once."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from django.db.models import QuerySet

from moztrap.core.listing.columns import Column, heading
from moztrap.core.listing.filters import ChoiceFilter, Filter, Option
from moztrap.core.listing.page import BoundFilter, Chip, ListingPage, SizeLink
from moztrap.core.listing.paginator import NarrowPaginator
from moztrap.core.listing.state import PAGE, SIZE, SORT, State, state_of
from moztrap.core.policies import LOGGED_IN, may

SIZES = (10, 20, 50, 100)
DEFAULT_SIZE = 20


@dataclass(frozen=True)
class Listing:
    """The columns, filters and default order of a list page."""

    columns: tuple[Column, ...]
    filters: tuple[Filter, ...] = ()
    default_sort: str = ""

    def for_reader(self, user: Any) -> Self:
        """Return the list without filters that would tell this reader the names of people."""
        if may(user, LOGGED_IN):
            return self
        return replace(self, filters=tuple(each for each in self.filters if not each.names_people))

    def state(self, query: Mapping[str, object]) -> State:
        """Return what a request asks of this list."""
        return state_of(query, [each.key for each in self.filters])

    def page(
        self,
        query: Mapping[str, object],
        rows: QuerySet[Any],
        *,
        default_size: int | None = None,
    ) -> ListingPage:
        """Filter, sort and cut the rows as the request asks.

        Costs three queries (a count, the ids and the rows of the page) besides what the rows
        prefetch and the choices of the filters. What means nothing in the URL is left out.
        """
        state = self.state(query)
        wide = rows
        bound: list[BoundFilter] = []
        chips: list[Chip] = []
        for each in self.filters:
            options = each.options(state)
            values = self._values(each, options, state)
            rows = each.narrow(rows, values)
            bound.append(
                BoundFilter(
                    each.key, each.label, each.hint, each.kind, each.is_common, options, values
                )
            )
            chips += [
                Chip(
                    each.label,
                    each.label_of(value, options),
                    state.without_one(each.key, value).url,
                    key=each.key if isinstance(each, ChoiceFilter) else "",
                    raw=value,
                )
                for value in values
            ]
        sort = self._sort(state)
        size = self.size(state) or default_size or DEFAULT_SIZE
        paginator = NarrowPaginator(rows.order_by(*self._ordering(sort)), wide, size)
        return ListingPage(
            page=paginator.get_page(next(iter(state.values(PAGE)), 1)),
            headings=[heading(column, state, sort) for column in self.columns],
            filters=bound,
            chips=chips,
            sizes=[
                SizeLink(each, state.with_value(SIZE, str(each)).url, each == size)
                for each in SIZES
            ],
            kept=[pair for pair in state.parameters if pair[0] in (SORT, SIZE)],
        )

    def rows(self, query: Mapping[str, object], rows: QuerySet[Any]) -> QuerySet[Any]:
        """Return all rows that the request asks for, in its order: for what is done with all."""
        state = self.state(query)
        for each in self.filters:
            rows = each.narrow(rows, self._values(each, each.options(state), state))
        return rows.order_by(*self._ordering(self._sort(state)))

    @staticmethod
    def _values(each: Filter, options: list[Option], state: State) -> list[str]:
        """Return what the URL says about a filter, without choices that do not exist."""
        values = state.values(each.key)
        if isinstance(each, ChoiceFilter):
            known = {option.value for option in options}
            return [value for value in values if value in known]
        return values

    def _sort(self, state: State) -> str:
        sort = next(iter(state.values(SORT)), self.default_sort)
        sortable = {column.key for column in self.columns if column.order}
        return sort if sort.removeprefix("-") in sortable else self.default_sort

    def _ordering(self, sort: str) -> list[str]:
        descending = sort.startswith("-")
        for column in self.columns:
            if column.key == sort.removeprefix("-"):
                # Rows that are equal otherwise must not change places between pages.
                return [*column.ordering(descending), "-pk" if descending else "pk"]
        return ["pk"]

    @staticmethod
    def size(state: State) -> int | None:
        """Return the length of pages that was asked for, if it is one of those offered."""
        asked = next(iter(state.values(SIZE)), "")
        return int(asked) if asked in {str(size) for size in SIZES} else None
