"""Write many rows in few statements, and know their keys."""

from collections.abc import Iterable
from typing import Any, TypeVar

from django.db import connection, transaction
from django.db.models import Model

M = TypeVar("M", bound=Model)
# Kept by the driver's connection: each asks the server once.
_STEP = "moztrap_key_step"


def create_keyed(records: Iterable[M], *, batch_size: int) -> list[M]:
    """Write new rows of one model, and give each its key.

    MariaDB and SQLite tell the keys of all rows of a statement. MySQL tells the first one: the
    rows of one INSERT whose number is known beforehand get keys in a row, which the manual
    promises for every setting of innodb_autoinc_lock_mode.
    """
    made = list(records)
    if not made:
        return made
    manager: Any = type(made[0])._default_manager
    if connection.features.can_return_rows_from_bulk_insert:
        manager.bulk_create(made, batch_size=batch_size)
        return made
    statements: list[tuple[int, int]] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        result = execute(sql, params, many, context)
        if sql.startswith("INSERT"):
            statements.append((context["cursor"].lastrowid, context["cursor"].rowcount))
        return result

    step = key_step()
    with transaction.atomic(savepoint=False):
        with connection.execute_wrapper(note):
            manager.bulk_create(made, batch_size=batch_size)
        keys = [first + step * number for first, count in statements for number in range(count)]
        for record, key in zip(made, keys, strict=True):
            record.pk = key
            # As Django does with rows whose keys it is told.
            record._state.adding, record._state.db = False, connection.alias
    return made


def key_step() -> int:
    """How far a server's keys are apart: more than 1 where several servers write."""
    connection.ensure_connection()
    driver: Any = connection.connection
    step: int | None = getattr(driver, _STEP, None)
    if step is None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT @@auto_increment_increment")
            step = int(cursor.fetchone()[0])
        setattr(driver, _STEP, step)
    return step
