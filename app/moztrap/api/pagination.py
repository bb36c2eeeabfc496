"""Pages of answers."""

from rest_framework.pagination import CursorPagination, LimitOffsetPagination


class Pages(LimitOffsetPagination):
    """`?limit=&offset=`, with a count."""

    default_limit = 20
    max_limit = 1000


class Stream(CursorPagination):
    """`?cursor=`, for what grows without end: no count, and every page is equally near."""

    ordering = "-pk"
    page_size = 100
    page_size_query_param = "limit"
    max_page_size = 1000
