"""What a list page offers, declared once."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from django.core.paginator import Paginator
from django.db.models import QuerySet

from moztrap.core.listing.columns import Column, heading
from moztrap.core.listing.filters import ALL, ANY, ChoiceFilter, Filter, Option
from moztrap.core.listing.page import BoundFilter, Chip, ChipGroup, ListingPage, SizeLink
from moztrap.core.listing.paginator import NarrowPaginator
from moztrap.core.listing.picks import PickFilter
from moztrap.core.listing.state import FIND, MATCH, PAGE, SIZE, SORT, Pin, State, state_of
from moztrap.core.policies import LOGGED_IN, may

SIZES = (10, 20, 50, 100)
DEFAULT_SIZE = 20


@dataclass(frozen=True)
class Asked:
    """A filter with what an address asks of it."""

    filter: Filter
    options: list[Option]
    values: list[str]
    match: str


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
        keys: dict[str, int] = {}
        for each in self.filters:
            keys[each.key] = each.most_values
            if each.has_switch:
                keys[each.key + MATCH] = 1
        state = state_of(query, keys)
        # What a filter does anyway need not be said, and addresses stay short.
        idle = {
            (each.key + MATCH, match)
            for each in self.filters
            for match in state.values(each.key + MATCH)
            if match not in (ANY, ALL) or match == each.default_match or not state.values(each.key)
        }
        finds = {each.key + FIND: 1 for each in self.filters if isinstance(each, PickFilter)}
        searches = state_of(query, finds).parameters if finds else ()
        return State(
            tuple(pair for pair in state.parameters if pair not in idle),
            tuple((name.removesuffix(FIND), text) for name, text in searches),
        )

    def page(
        self,
        query: Mapping[str, object],
        rows: QuerySet[Any],
        *,
        default_size: int | None = None,
        pins: Mapping[str, Pin] | None = None,
    ) -> ListingPage:
        """Filter, sort and cut the rows as the request asks.

        Costs three queries (a count, the ids and the rows of the page) besides what the rows
        prefetch and the choices of the filters. What means nothing in the URL is left out.
        """
        state = self.state(query)
        wide = rows
        asked = self.asked(state)
        for each in asked:
            rows = each.filter.narrow(rows, each.values, each.match)
        size = self.size(state) or default_size or DEFAULT_SIZE
        ordered = rows.order_by(*self._ordering(self._sort(state)))
        return self.shown(state, asked, NarrowPaginator(ordered, wide, size), pins=pins)

    def asked(self, state: State) -> list[Asked]:
        """Return what a state asks of each filter."""
        found = []
        for each in self.filters:
            options = each.options(state)
            values = self._values(each, options, state)
            found.append(Asked(each, options, values, state.match(each.key)))
        return found

    def shown(
        self,
        state: State,
        asked: list[Asked],
        paginator: "Paginator[Any]",
        *,
        pins: Mapping[str, Pin] | None = None,
    ) -> ListingPage:
        """Return the page of a paginator that a state asks for, with everything around it."""
        sort = self._sort(state)
        size = paginator.per_page
        return ListingPage(
            page=paginator.get_page(next(iter(state.values(PAGE)), 1)),
            headings=[heading(column, state, sort) for column in self.columns],
            filters=[_bound(each, state) for each in asked],
            groups=[
                _chips(each, state, (pins or {}).get(each.filter.key))
                for each in asked
                if each.values
            ],
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
            values = self._values(each, each.options(state), state)
            rows = each.narrow(rows, values, state.match(each.key))
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


def _bound(asked: Asked, state: State) -> BoundFilter:
    """Return a filter as its field shows it."""
    each = asked.filter
    pick = each if isinstance(each, PickFilter) else None
    return BoundFilter(
        key=each.key,
        label=each.label,
        hint=each.hint,
        kind=each.kind,
        is_common=each.is_common,
        has_switch=each.has_switch,
        match=asked.match or each.default_match,
        options=asked.options,
        values=asked.values,
        find=state.search(each.key),
        url_name=pick.url if pick else "",
        along=pick.along if pick else "",
        url_query=pick.query if pick else "",
    )


def _chips(asked: Asked, state: State, pinned: Pin | None) -> ChipGroup:
    """Return the values of one filter as they are shown."""
    each, values = asked.filter, asked.values
    is_any = (asked.match or each.default_match) == ANY
    pin = Pin(tuple(values), asked.match if len(values) > 1 else "")
    join_url = ""
    if each.has_switch and len(values) > 1:
        join_url = state.with_value(each.key + MATCH, ALL if is_any else ANY).url
    return ChipGroup(
        key=each.key,
        label=each.label,
        chips=[
            Chip(
                each.label,
                each.label_of(value, asked.options),
                state.without_one(each.key, value).url,
            )
            for value in values
        ],
        join="or" if is_any else "and",
        join_url=join_url,
        pin=pin,
        is_pinned=pin == pinned,
        is_local=each.is_local,
    )
