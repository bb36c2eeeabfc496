"""Write many-to-many links by the ten thousand."""

from collections.abc import Iterable
from typing import Any

from django.db import connection


def insert_links(through: Any, left: str, right: str, pairs: Iterable[tuple[int, int]]) -> None:
    """Insert rows of two ids into the table of a many-to-many relation.

    Without a model instance for each, which costs more than the rows themselves:
    an import has a hundred thousand of them.
    """
    rows = list(pairs)
    if not rows:
        return
    quote = connection.ops.quote_name
    columns = ", ".join(quote(through._meta.get_field(name).column) for name in (left, right))
    table = quote(through._meta.db_table)
    with connection.cursor() as cursor:
        # Names of our own schema; the values are parameters.
        statement = f"INSERT INTO {table} ({columns}) VALUES (%s, %s)"  # noqa: S608
        cursor.executemany(statement, rows)
