"""The filters of list pages, for machines: declared once, the same words in the address.

Unlike a page, an endpoint leaves nothing out that it does not understand: a filter with a
typing error in it would otherwise answer with everything there is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from rest_framework.exceptions import ValidationError
from rest_framework.filters import BaseFilterBackend

from moztrap.core.listing import ChoiceFilter, Filter, Option, PickFilter
from moztrap.core.listing.filters import ALL, ANY
from moztrap.core.listing.state import LONGEST_VALUE, MATCH, State

SORT = "sort"
MOST_VALUES = 100
_ID_DIGITS = 18


@dataclass(frozen=True)
class IdFilter(Filter):
    """Records that point at one of these; several mean “either”."""

    kind = "id"
    default_match = ANY
    lookup: str = ""

    @property
    def has_switch(self) -> bool:
        """Tell that a record points at one alone."""
        return False

    def narrow(self, rows: QuerySet[Any], values: Sequence[str], match: str = "") -> QuerySet[Any]:
        """Return the rows that have one of the ids."""
        if not values:
            return rows
        return rows.filter(**{f"{self.lookup or self.key}__in": [int(value) for value in values]})


@dataclass(frozen=True)
class LinkFilter(IdFilter):
    """Records that are linked to one of these through a table between them.

    A subquery, because a join would repeat the rows that are linked to several.
    """

    # The queryset of links, and in it the names of both ends.
    links: Any = None
    here: str = ""
    there: str = ""

    @property
    def has_switch(self) -> bool:
        """Tell that a record may be linked to several."""
        return True

    def narrow(self, rows: QuerySet[Any], values: Sequence[str], match: str = "") -> QuerySet[Any]:
        """Return the rows that are linked to one of the ids, or to all of them."""
        for group in self.groups([int(value) for value in values], match) if values else ():
            found = self.links.filter(**{f"{self.there}__in": group})
            rows = rows.filter(**{f"{self.lookup or 'pk'}__in": found.values(self.here)})
        return rows


@dataclass(frozen=True)
class ExactFilter(Filter):
    """A text that is exactly this one, upper or lower case: to find what has a name."""

    fields: tuple[str, ...] = ()

    @property
    def has_switch(self) -> bool:
        """Tell that several values narrow each other, always."""
        return False

    def narrow(self, rows: QuerySet[Any], values: Sequence[str], match: str = "") -> QuerySet[Any]:
        """Return the rows that have every value."""
        for value in values:
            for name in self.fields:
                rows = rows.filter(**{f"{name}__iexact": value})
        return rows


@dataclass(frozen=True)
class MomentFilter(Filter):
    """Records from a moment on, or before it."""

    kind = "moment"
    lookup: str = ""

    @property
    def has_switch(self) -> bool:
        """Tell that several values narrow each other, always."""
        return False

    def narrow(self, rows: QuerySet[Any], values: Sequence[str], match: str = "") -> QuerySet[Any]:
        """Return the rows on this side of every moment."""
        for value in values:
            rows = rows.filter(**{self.lookup: moment_of(value)})
        return rows


def moment_of(text: str) -> datetime | None:
    """Return a date and time of ISO 8601; without a zone, one in UTC."""
    try:
        moment = parse_datetime(text)
    except ValueError:
        return None
    if moment is not None and timezone.is_naive(moment):
        return timezone.make_aware(moment)
    return moment


@dataclass(frozen=True)
class FlagFilter(ChoiceFilter):
    """Records of which something is true, or not; both means all."""

    def narrow(self, rows: QuerySet[Any], values: Sequence[str], match: str = "") -> QuerySet[Any]:
        """Return the rows of which it is so."""
        if len(values) != 1:
            return rows
        return rows.filter(**{self.lookup: values[0] == "yes"})


def flag(key: str, label: str, lookup: str, hint: str = "") -> ChoiceFilter:
    """Return a filter of two choices, yes and no."""
    return FlagFilter(
        key, label, hint, lookup=lookup, choices=(Option("yes", "yes"), Option("no", "no"))
    )


class ListingFilter(BaseFilterBackend):
    """Narrows and sorts by what the view declares; raises ValidationError for anything else."""

    def filter_queryset(self, request: Any, queryset: Any, view: Any) -> Any:
        """Return the rows that the address leaves."""
        filters = _filters_of(view, request.user)
        _refuse_unknown(request.query_params, filters, view)
        for each in filters:
            values = _values(each, request.query_params.getlist(each.key))
            if values:
                match = _match(each, request.query_params.getlist(each.key + MATCH))
                queryset = each.narrow(queryset, values, match)
        return _sorted(queryset, request.query_params.getlist(SORT), view)

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """Describe the filters and the orders."""
        filters = view.listing.filters if view.listing is not None else ()
        described = [
            {
                "name": each.key,
                "in": "query",
                "required": False,
                "description": f"{each.label}. {each.hint}".strip().rstrip(".") + ".",
                "schema": {"type": "array", "items": _schema(each)},
            }
            for each in filters
        ]
        described += [
            {
                "name": each.key + MATCH,
                "in": "query",
                "required": False,
                "description": f"{each.label}: any or all of several values.",
                "schema": {"type": "string", "enum": [ANY, ALL], "default": each.default_match},
            }
            for each in filters
            if each.has_switch
        ]
        if view.sorts:
            names = [name for key in view.sorts for name in (key, f"-{key}")]
            described.append(
                {
                    "name": SORT,
                    "in": "query",
                    "required": False,
                    "description": "The order; with “-” before it from the last to the first.",
                    "schema": {"type": "string", "enum": names},
                }
            )
        return described


def _filters_of(view: Any, reader: Any) -> tuple[Filter, ...]:
    if view.listing is None:
        return ()
    filters: tuple[Filter, ...] = view.listing.for_reader(reader).filters
    return filters


def _refuse_unknown(query: Any, filters: Sequence[Filter], view: Any) -> None:
    known = [each.key for each in filters]
    known += [each.key + MATCH for each in filters if each.has_switch]
    if view.sorts:
        known.append(SORT)
    known += getattr(view.pagination_class, "parameters", ())
    unknown = [name for name in query if name not in known]
    if unknown:
        said = f"There is no such parameter here; there are {', '.join(known)}."
        raise ValidationError({name[:LONGEST_VALUE]: [said] for name in unknown[:10]})


def _values(each: Filter, sent: list[str]) -> list[str]:
    """Return the values of a filter; text of nothing narrows nothing."""
    values = list(dict.fromkeys(value.strip() for value in sent))
    if each.kind == "text":
        values = [value for value in values if value]
    if len(values) > MOST_VALUES:
        raise ValidationError({each.key: [f"Send at most {MOST_VALUES} values at once."]})
    for value in values:
        if problem := _problem(each, value):
            raise ValidationError({each.key: [problem]})
    return values


def _match(each: Filter, sent: list[str]) -> str:
    """Return what is said of several values; nothing if nothing is."""
    if sent and sent[-1] not in (ANY, ALL):
        raise ValidationError({each.key + MATCH: [f"Say {ANY} or {ALL}."]})
    return sent[-1] if sent else ""


def _problem(each: Filter, value: str) -> str:
    if len(value) > LONGEST_VALUE or "\x00" in value:
        return f"This is text of at most {LONGEST_VALUE} characters."
    if each.kind == "moment":
        return "" if moment_of(value) else "This is a date and time, such as 2026-01-31T12:00:00Z."
    is_id = value.isascii() and value.isdecimal() and len(value) <= _ID_DIGITS
    if each.kind == "id":
        return "" if is_id else "This is the number of a record."
    if not isinstance(each, ChoiceFilter):
        return ""
    if _finds_records(each) and is_id:
        # Any record, whether a page has room for it or not.
        return ""
    known = [option.value for option in _words(each)]
    if value in known:
        return ""
    if _finds_records(each):
        words = [f"“{word}”" for word in known if not word.isdecimal()]
        return " or ".join(["This is the number of a record", *words]) + "."
    return f"There is no choice “{value}”; there are {', '.join(known)}."


def _finds_records(each: ChoiceFilter) -> bool:
    return isinstance(each, PickFilter) or callable(each.choices)


def _words(each: ChoiceFilter) -> Sequence[Option]:
    return each.extra if isinstance(each, PickFilter) else each.options(State())


def _sorted(rows: Any, asked: list[str], view: Any) -> Any:
    if not asked:
        return rows
    key = asked[-1]
    fields = view.sorts.get(key.removeprefix("-"))
    if fields is None:
        raise ValidationError({SORT: [f"Sort by {', '.join(view.sorts)}, or by “-” and one."]})
    # Rows that are equal otherwise must not change places between pages.
    order = [*fields, "pk"]
    if key.startswith("-"):
        order = [name[1:] if name.startswith("-") else f"-{name}" for name in order]
    return rows.order_by(*order)


def _schema(each: Filter) -> dict[str, Any]:
    if each.kind == "id":
        return {"type": "integer"}
    if each.kind == "moment":
        return {"type": "string", "format": "date-time"}
    if isinstance(each, ChoiceFilter) and not _finds_records(each):
        return {"type": "string", "enum": [option.value for option in each.options(State())]}
    return {"type": "string"}
