"""Cut a page out of many rows without reading what the page does not show."""

from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet


class NarrowPaginator(Paginator):  # type: ignore[type-arg]
    """Finds the ids of a page first, and loads the wide rows of these alone.

    Databases sort whole rows, texts and joined tables included, if they are asked
    for whole rows; with ids an index is enough.
    """

    def __init__(self, narrow: QuerySet[Any], wide: QuerySet[Any], per_page: int) -> None:
        super().__init__(narrow.values_list("pk", flat=True), per_page)
        self.wide = wide

    def page(self, number: int | str) -> Any:
        """Return the page with its wide rows (2 queries)."""
        page = super().page(number)
        ids = list(page.object_list)
        rows = {row.pk: row for row in self.wide.filter(pk__in=ids)} if ids else {}
        page.object_list = [rows[pk] for pk in ids if pk in rows]
        return page
