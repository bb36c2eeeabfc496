"""The few statements that the ORM cannot say: rows made of rows, and a shared hold.

Names are quoted with backticks, which MariaDB, MySQL and SQLite all read.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection, models


def insert_selected(
    model: type[models.Model],
    columns: Sequence[str],
    select: str,
    parameters: Sequence[int | str],
    *,
    conflict: Sequence[str],
    update: Sequence[str],
) -> None:
    """Insert what ``select`` returns; where ``conflict`` is taken, set ``update`` on that row."""
    table = model._meta.db_table
    listed = ", ".join(f"`{name}`" for name in columns)
    if connection.vendor == "mysql":
        changes = ", ".join(f"`{name}` = VALUES(`{name}`)" for name in update)
        upsert = f"ON DUPLICATE KEY UPDATE {changes}"
    else:
        keys = ", ".join(f"`{name}`" for name in conflict)
        changes = ", ".join(f"`{name}` = excluded.`{name}`" for name in update)
        upsert = f"ON CONFLICT ({keys}) DO UPDATE SET {changes}"
    with connection.cursor() as cursor:
        # Names of our own tables and columns; every value is a parameter.
        cursor.execute(f"INSERT INTO `{table}` ({listed}) {select} {upsert}", parameters)


def execute(statement: str, parameters: Sequence[int | str | datetime]) -> int:
    """Run one statement and return how many rows it changed."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return int(cursor.rowcount)


def hold_shared(model: type[models.Model], pk: int) -> None:
    """Keep others from changing a row until the transaction ends, and let them read it so too.

    SQLite has one writer at a time, and no need of it.
    """
    if connection.vendor == "mysql":
        table = model._meta.db_table
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT 1 FROM `{table}` WHERE `id` = %s LOCK IN SHARE MODE",  # noqa: S608
                [pk],
            )
