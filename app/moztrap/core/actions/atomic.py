"""All of a write or nothing, with an answer for whoever lost to somebody else."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import OperationalError, transaction

from moztrap.core.actions.errors import BusyError

# A deadlock and a lock not given in time, as MariaDB and MySQL number them; SQLite says it.
_LOST = (1213, 1205, "database is locked")


@contextmanager
def atomic() -> Iterator[None]:
    """Write all or nothing; raise BusyError where the database let another writer go first.

    Nothing is tried a second time here: an action changes the records it is given,
    and the person who asked still has the form.
    """
    try:
        with transaction.atomic():
            yield
    except OperationalError as error:
        if error.args and error.args[0] in _LOST:
            raise BusyError(
                "Somebody else was writing at the same moment, so nothing was saved. "
                "Please try again."
            ) from error
        raise
