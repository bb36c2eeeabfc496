"""Pages of answers."""

from typing import Any

from rest_framework.exceptions import ValidationError
from rest_framework.pagination import CursorPagination, LimitOffsetPagination

MOST_ROWS = 1000
# Databases refuse to skip more.
_MOST_DIGITS = 9


def _refuse_no_number(request: Any, name: str, *, least: int) -> None:
    text = request.query_params.get(name, str(least))
    is_number = text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS
    if not is_number or int(text) < least:
        raise ValidationError({name: [f"This is a whole number, from {least} on."]})


class Pages(LimitOffsetPagination):
    """`?limit=&offset=`, with a count."""

    default_limit = 20
    max_limit = MOST_ROWS
    parameters = ("limit", "offset")

    def paginate_queryset(self, queryset: Any, request: Any, view: Any = None) -> Any:
        """Return the rows of one page."""
        _refuse_no_number(request, "limit", least=1)
        _refuse_no_number(request, "offset", least=0)
        return super().paginate_queryset(queryset, request, view)


class Stream(CursorPagination):
    """`?cursor=`, for what grows without end: no count, and every page is equally near."""

    ordering = "-pk"
    page_size = 100
    page_size_query_param = "limit"
    max_page_size = MOST_ROWS
    parameters = ("limit", "cursor")

    def paginate_queryset(self, queryset: Any, request: Any, view: Any = None) -> Any:
        """Return the rows of one page."""
        _refuse_no_number(request, "limit", least=1)
        return super().paginate_queryset(queryset, request, view)
