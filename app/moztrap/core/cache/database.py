"""A table of the site's database, made by Django's `createcachetable`.

The account that runs the site reads and writes rows, no more; the table is made by the
one that migrates. Keys are digests, because the database compares texts without regard
to case. Adding and counting are single statements, so that processes do not race.
"""

import base64
import binascii
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from django.core.cache.backends.db import BaseDatabaseCache
from django.db import DatabaseError, connections, router
from django.db.backends.base.base import BaseDatabaseWrapper

from moztrap.core.cache.base import SignedCache
from moztrap.core.cache.signing import from_bytes, to_bytes

# The table's name, where nothing else was chosen.
TABLE = "moztrap_cache"
NEVER = datetime(9999, 12, 31, tzinfo=UTC)
# One write in so many looks at the whole table.
TIDY_EVERY = 50
# So often an integer that others count too is tried again.
COUNT_ATTEMPTS = 50


class SignedDatabaseCache(SignedCache, BaseDatabaseCache):
    """`moztrap.core.cache.SignedDatabaseCache` in CACHES, with LOCATION the table's name.

    OPTIONS: MAX_ENTRIES, and CULL_FREQUENCY: what is over is removed, and when that leaves
    too many, one value in so many, beginning with those that would end first.
    """

    def __init__(self, table: str, params: dict[str, Any]) -> None:
        super().__init__(table, params)
        self.table = table
        self._writes = 0

    def describe(self) -> str:
        """What keeps the values, for people."""
        return f"the table {self.table}"

    def _connection(self, *, writes: bool) -> BaseDatabaseWrapper:
        choose = router.db_for_write if writes else router.db_for_read
        return connections[choose(self.cache_model_class)]

    def _run(self, statement: str, values: list[Any], *, writes: bool = True) -> Any:
        """Rows, or how many rows a statement changed; None when the database refuses.

        Inside a transaction the error goes on: the database may have undone all of it, and
        whoever began it has to know.
        """
        connection = self._connection(writes=writes)
        names = {
            name: connection.ops.quote_name(name)
            for name in (self.table, "cache_key", "value", "expires")
        }
        text = statement.format(
            table=names[self.table],
            key=names["cache_key"],
            value=names["value"],
            expires=names["expires"],
            ignore="OR IGNORE" if connection.vendor == "sqlite" else "IGNORE",
        )
        adapt = connection.ops.adapt_datetimefield_value
        given = [adapt(item) if isinstance(item, datetime) else item for item in values]
        try:
            with connection.cursor() as cursor:
                cursor.execute(text, given)
                return cursor.rowcount if writes else cursor.fetchall()
        except DatabaseError:
            if connection.in_atomic_block:
                raise
            return None

    def fetch(self, keys: list[str]) -> dict[str, bytes | int]:
        """What is there of `keys`, and not over."""
        names = {_digest(key): key for key in keys}
        marks = ", ".join(["%s"] * len(names))
        rows = self._run(
            f"SELECT {{key}}, {{value}} FROM {{table}} "  # noqa: S608
            f"WHERE {{key}} IN ({marks}) AND {{expires}} > %s",
            [*names, _now()],
            writes=False,
        )
        found = {names[name]: _decode(text) for name, text in rows or []}
        return {key: stored for key, stored in found.items() if stored is not None}

    def store(self, entries: Mapping[str, bytes | int], expires: float | None) -> list[str]:
        """Keep all."""
        if expires is not None and expires <= time.time():
            self.forget(list(entries))
            return []
        ends = _moment(expires)
        failed = []
        for key, sealed in entries.items():
            row = [_digest(key), _encode(sealed), ends]
            if self._run(self._upsert(), row) is None:
                self.forget([key])
                failed.append(key)
        self._tidy_now_and_then(len(entries))
        return failed

    def _upsert(self) -> str:
        insert = "INSERT INTO {table} ({key}, {value}, {expires}) VALUES (%s, %s, %s) "
        if self._connection(writes=True).vendor == "sqlite":
            return insert + (
                "ON CONFLICT ({key}) DO UPDATE SET "
                "{value} = excluded.{value}, {expires} = excluded.{expires}"
            )
        return insert + (
            "ON DUPLICATE KEY UPDATE {value} = VALUES({value}), {expires} = VALUES({expires})"
        )

    def store_new(self, key: str, sealed: bytes | int, expires: float | None) -> bool:
        """Keep unless there."""
        if expires is not None and expires <= time.time():
            return not self.fetch([key])
        name = _digest(key)
        self._run("DELETE FROM {table} WHERE {key} = %s AND {expires} <= %s", [name, _now()])
        changed = self._run(
            "INSERT {ignore} INTO {table} ({key}, {value}, {expires}) VALUES (%s, %s, %s)",
            [name, _encode(sealed), _moment(expires)],
        )
        self._tidy_now_and_then(1)
        return bool(changed == 1)

    def prolong(self, key: str, expires: float | None) -> bool:
        """Keep until then."""
        if expires is not None and expires <= time.time():
            return self.forget([key]) > 0
        if not self.fetch([key]):
            return False
        # A row that ends at that very moment already counts as unchanged, and is there.
        changed = self._run(
            "UPDATE {table} SET {expires} = %s WHERE {key} = %s", [_moment(expires), _digest(key)]
        )
        return changed is not None

    def forget(self, keys: list[str]) -> int:
        """Forget; how many were there."""
        names = [_digest(key) for key in keys]
        marks = ", ".join(["%s"] * len(names))
        present = len(self.fetch(keys))
        removed = self._run(
            f"DELETE FROM {{table}} WHERE {{key}} IN ({marks})",  # noqa: S608
            names,
        )
        return min(present, removed or 0)

    def count(self, key: str, delta: int) -> int | None:
        """Add to an integer that is there: it is replaced only as it was read."""
        for _ in range(COUNT_ATTEMPTS):
            stored = self.fetch([key]).get(key)
            if not isinstance(stored, int):
                return None
            changed = self._run(
                "UPDATE {table} SET {value} = %s WHERE {key} = %s AND {value} = %s",
                [_encode(stored + delta), _digest(key), _encode(stored)],
            )
            if changed is None:
                return None
            # MySQL calls a row that already is so unchanged.
            if changed == 1 or delta == 0:
                return stored + delta
        return None

    def forget_all(self) -> None:
        """Forget everything."""
        self._run("DELETE FROM {table}", [])

    def _tidy_now_and_then(self, writes: int) -> None:
        self._writes += writes
        if self._writes >= TIDY_EVERY:
            self._writes = 0
            self.tidy()

    def tidy(self) -> None:
        """Remove what is over, and more when that leaves too many."""
        self._run("DELETE FROM {table} WHERE {expires} <= %s", [_now()])
        counted = self._run("SELECT COUNT(*) FROM {table}", [], writes=False)
        present = counted[0][0] if counted else 0
        if present <= self._max_entries:
            return
        share = present // self._cull_frequency if self._cull_frequency else present
        surplus = max(share, present - self._max_entries)
        rows = self._run(
            f"SELECT {{expires}} FROM {{table}} ORDER BY {{expires}} LIMIT 1 OFFSET {surplus - 1}",  # noqa: S608
            [],
            writes=False,
        )
        if rows:
            self._run("DELETE FROM {table} WHERE {expires} <= %s", [rows[0][0]])


def _digest(key: str) -> str:
    return sha256(key.encode()).hexdigest()


def _now() -> datetime:
    return datetime.now(UTC)


def _moment(expires: float | None) -> datetime:
    return NEVER if expires is None else datetime.fromtimestamp(expires, UTC)


def _encode(sealed: bytes | int) -> str:
    if isinstance(sealed, int):
        return str(sealed)
    return base64.b64encode(to_bytes(sealed)).decode()


def _decode(text: str) -> bytes | int | None:
    number = from_bytes(text.encode())
    if isinstance(number, int):
        return number
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
