"""Restore into a scratch database, prove it there, and exchange it for the live one.

Tables move from database to database in one RENAME TABLE, which the server makes whole
or not at all. It moves neither views nor routines nor events, and no table that has a
trigger: those are taken down first, and made again where their tables went.
"""

from __future__ import annotations

import os
import secrets
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ansible.module_utils.moztrap import dump
from ansible.module_utils.moztrap.server import Server, ServerError
from ansible.module_utils.moztrap.sql import grant_scope, identifier, quote

# Loads the dump: it may do everything in the scratch database, and nothing elsewhere.
LOADER = "moztrap_restore"
# A table that somebody still uses is not waited for longer than this.
LOCK_SECONDS = 60
_KINDS = (
    ("TRIGGER", "SELECT trigger_name FROM information_schema.triggers WHERE trigger_schema = {}"),
    ("VIEW", "SELECT table_name FROM information_schema.views WHERE table_schema = {}"),
    ("EVENT", "SELECT event_name FROM information_schema.events WHERE event_schema = {}"),
    (
        "FUNCTION",
        "SELECT routine_name FROM information_schema.routines "
        "WHERE routine_schema = {} AND routine_type = 'FUNCTION'",
    ),
    (
        "PROCEDURE",
        "SELECT routine_name FROM information_schema.routines "
        "WHERE routine_schema = {} AND routine_type = 'PROCEDURE'",
    ),
)


class RestoreError(Exception):
    """A restore cannot go on; the message says what holds now."""


@dataclass(frozen=True)
class Names:
    """The databases of a restore."""

    live: str

    @property
    def scratch(self) -> str:
        """Where a backup is proven."""
        return f"{self.live}_restore"

    @property
    def former(self) -> str:
        """What the last restore has replaced."""
        return f"{self.live}_before_restore"

    @property
    def parked(self) -> str:
        """What is being replaced, until the exchange is complete."""
        return f"{self.live}_parked"


def load(server: Server, names: Names, packed: Path, owner: str) -> None:
    """Load a dump into a new scratch database, as an account of that one alone.

    Views, triggers and their like then belong to the account `owner`.
    """
    collation = server.collation(names.live)
    if not collation:
        raise RestoreError(
            f"There is no database {names.live} on this host yet. Run site.yml first: it sets up "
            "the server and its accounts. Then run this again."
        )
    hosts = server.hosts_of(owner)
    if not hosts:
        raise RestoreError(
            f"There is no account {owner} on this host. Run site.yml, which makes it. "
            "Then run this again."
        )
    server.create(names.scratch, collation)
    password = secrets.token_urlsafe(32)
    account = f"{quote(LOADER)}@'localhost'"
    server.query(
        f"DROP USER IF EXISTS {account};\n{server.dialect.create_user(account, password)}\n"
        f"GRANT ALL PRIVILEGES ON {grant_scope(names.scratch)} TO {account};"
    )
    options = f'[client]\nprotocol=socket\nuser={LOADER}\npassword="{password}"\n'
    try:
        with dump.option_file(options) as path:
            dump.load(packed, [f"--defaults-file={path}"], names.scratch)
        objects = _Objects.read(server, names.scratch)
        objects.take_down(server)
        objects.owned_by(owner, hosts[-1]).make_again(server, names.scratch)
    finally:
        server.query(f"DROP USER IF EXISTS {account};")


def differences(server: Server, names: Names, manifest: dict[str, Any]) -> list[str]:
    """How the scratch database departs from what the backup's manifest tells."""
    command = dump.dump_command(names.scratch, *server.access, rows_only=True)
    found = dump.write_dump(command, None)
    lines = dump.compare(dump.tables_of(manifest), found.tables)
    for kind, present in server.objects(names.scratch).items():
        wanted = manifest["objects"][kind]
        if present != wanted:
            lines.append(f"{present} {kind} instead of {wanted}")
    return lines


def departures(server: Server, source: str, live: str) -> dict[str, list[str]]:
    """Migrations that only the live database has, and those that only the other one has."""
    there, here = set(server.migrations(source)), set(server.migrations(live))
    if not here:
        return {"behind": [], "ahead": []}
    return {"behind": sorted(here - there), "ahead": sorted(there - here)}


def drop(server: Server, names: Names) -> bool:
    """Remove the scratch database and its account; tell whether there was anything."""
    there = server.exists(names.scratch)
    server.drop(names.scratch)
    server.query(f"DROP USER IF EXISTS {quote(LOADER)}@'localhost';")
    return there


def exchange(server: Server, names: Names, source: str) -> None:
    """Make the tables of `source` the live ones, and keep those that were live.

    Whoever reads sees either all of the one or all of the other.
    """
    settle(server, names)
    if not server.tables(source):
        raise RestoreError(
            f"There is no database {source} on this host, or it is empty: nothing was replaced. "
            "What a restore has replaced is kept until the next backup or restore."
        )
    moving = _Objects.read(server, source)
    staying = _Objects.read(server, names.live)
    server.create(names.parked, server.collation(names.live))
    there = [(names.live, names.parked, table) for table in server.tables(names.live)]
    there += [(source, names.live, table) for table in server.tables(source)]
    back = [(target, origin, table) for origin, target, table in reversed(there)]
    moving.take_down(server)
    staying.take_down(server)
    undo: list[tuple[str, str, str]] = []
    try:
        _rename(server, there)
        undo = back
        moving.make_again(server, names.live)
        staying.make_again(server, names.parked)
    except ServerError as error:
        for database in (names.live, names.parked):
            _Objects.read(server, database).take_down(server)
        _rename(server, undo)
        moving.make_again(server, source)
        staying.make_again(server, names.live)
        _drop_empty(server, names.parked)
        raise RestoreError(
            f"The tables could not be exchanged; the database is as it was. {error}"
        ) from error
    _drop_empty(server, source)
    settle(server, names)


def _drop_empty(server: Server, database: str) -> None:
    left = server.tables(database)
    if left:
        raise RestoreError(
            f"The database {database} still holds {', '.join(left)}, which should have moved. "
            "It was left alone: look at it before you drop it."
        )
    server.drop(database)


def settle(server: Server, names: Names) -> None:
    """Complete an exchange, also one that a power cut interrupted: keep what was replaced."""
    if not server.exists(names.parked):
        return
    tables = server.tables(names.parked)
    if tables:
        objects = _Objects.read(server, names.parked)
        server.create(names.former, server.collation(names.live))
        objects.take_down(server)
        _rename(server, [(names.parked, names.former, table) for table in tables])
        objects.make_again(server, names.former)
    _drop_empty(server, names.parked)


def _rename(server: Server, moves: Sequence[tuple[str, str, str]]) -> None:
    if not moves:
        return
    parts = [
        f"{identifier(source)}.{identifier(table)} TO {identifier(target)}.{identifier(table)}"
        for source, target, table in moves
    ]
    server.query(f"SET lock_wait_timeout = {LOCK_SECONDS};\nRENAME TABLE {', '.join(parts)};")


@dataclass(frozen=True)
class _Objects:
    """Triggers, views, events and routines of a database, as statements that make them."""

    database: str
    drops: tuple[str, ...]
    texts: tuple[bytes, ...]

    @classmethod
    def read(cls, server: Server, database: str) -> _Objects:
        """Note all of them."""
        found: dict[str, list[str]] = {}
        for kind, statement in _KINDS:
            rows = server.query(statement.format(quote(database)) + ";")
            found[kind] = [row[0] for row in rows]
        drops = tuple(
            f"DROP {kind} {identifier(name)};" for kind, names in found.items() for name in names
        )
        if not drops:
            return cls(database, (), ())
        texts = [_definitions(server, "--no-create-info", "--routines", "--events", database)]
        if found["VIEW"]:
            texts.append(_definitions(server, "--skip-triggers", database, *found["VIEW"]))
        return cls(database, drops, tuple(texts))

    def owned_by(self, account: str, host: str) -> _Objects:
        """The same, with an account in the place of the one that loaded the dump."""
        loader = f"DEFINER=`{LOADER}`@`localhost`".encode()
        definer = f"DEFINER={identifier(account)}@{identifier(host)}".encode()
        texts = tuple(text.replace(loader, definer) for text in self.texts)
        return _Objects(self.database, self.drops, texts)

    def take_down(self, server: Server) -> None:
        """Drop them all."""
        if self.drops:
            server.query("\n".join(self.drops), self.database)

    def make_again(self, server: Server, database: str) -> None:
        """Make them in a database, which may be another one than they were in."""
        for text in self.texts:
            server.feed(text, database)


def _definitions(server: Server, *arguments: str) -> bytes:
    """What the program for dumps says of a database, without rows."""
    command = [*dump.program(*server.access), "--default-character-set=utf8mb4"]
    command += ["--no-data", "--skip-dump-date", "--skip-lock-tables", *arguments]
    done = subprocess.run(
        command,
        env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8"},
        capture_output=True,
        check=False,
    )
    if done.returncode:
        raise ServerError(f"{command[0]} said: {done.stderr.decode(errors='replace').strip()}")
    return done.stdout
