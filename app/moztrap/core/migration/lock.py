"""One migration at a time, whoever starts it from wherever."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db.backends.base.base import BaseDatabaseWrapper

NAME = "moztrap-migrate"


class LockHeldError(Exception):
    """Another connection migrates."""


class LockLostError(Exception):
    """The connection that held the lock is gone; what it did may be incomplete."""


@contextmanager
def migration_lock(connection: BaseDatabaseWrapper, *, wait: int) -> Iterator[None]:
    """Hold the server's lock on the connection that migrates; it goes with the connection.

    On SQLite the file itself is the lock.
    """
    if connection.vendor != "mysql":
        yield
        return
    # Locks are the server's, databases several.
    name = f"{NAME}-{connection.settings_dict['NAME']}"[:64]
    with connection.cursor() as cursor:
        cursor.execute("SELECT GET_LOCK(%s, %s)", [name, wait])
        if cursor.fetchone() != (1,):
            cursor.execute("SELECT IS_USED_LOCK(%s)", [name])
            holder = cursor.fetchone()[0]
            raise LockHeldError(
                f"Another migration runs (connection {holder} of the database server). Wait for "
                "it to end, then run this again."
            )
    yield
    with connection.cursor() as cursor:
        cursor.execute("SELECT IS_USED_LOCK(%s) = CONNECTION_ID(), RELEASE_LOCK(%s)", [name, name])
        if cursor.fetchone()[0] != 1:
            raise LockLostError(
                "The connection was replaced during the migration, and its lock with it. Run "
                "this again with --check to see where the database stands."
            )
