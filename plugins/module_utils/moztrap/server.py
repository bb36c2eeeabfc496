"""Ask a local MariaDB or MySQL as root over its socket, with the client that comes with it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from functools import cached_property

from ansible.module_utils.moztrap import clients, dialect
from ansible.module_utils.moztrap.dialect import Dialect
from ansible.module_utils.moztrap.sql import identifier, quote

ROOT = ("--no-defaults", "--protocol=socket", "--user=root")
MIGRATIONS = "django_migrations"
_OBJECTS = {
    "triggers": "SELECT COUNT(*) FROM information_schema.triggers WHERE trigger_schema = {}",
    "events": "SELECT COUNT(*) FROM information_schema.events WHERE event_schema = {}",
    "routines": "SELECT COUNT(*) FROM information_schema.routines WHERE routine_schema = {}",
    "views": "SELECT COUNT(*) FROM information_schema.views WHERE table_schema = {}",
}


class ServerError(Exception):
    """The server refused something or cannot be asked; the message has its words."""


class Server:
    """The database server of this host."""

    def __init__(self, access: Sequence[str] = ROOT) -> None:
        self.access = tuple(access)

    def query(self, statement: str, database: str = "") -> list[list[str]]:
        """Run statements; return the rows of their results."""
        output = self.feed(statement.encode() + b"\n", database)
        return [line.split("\t") for line in output.decode().splitlines()]

    def feed(self, text: bytes, database: str = "") -> bytes:
        """Let the client read a text; return what it says."""
        command = [clients.client(), *self.access, "--default-character-set=utf8mb4"]
        command += ["--batch", "--raw", "--skip-column-names"]
        try:
            done = subprocess.run(
                [*command, database] if database else command,
                input=text,
                env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8"},
                capture_output=True,
                check=False,
            )
        except FileNotFoundError as error:
            raise ServerError(clients.MISSING.format(program=command[0])) from error
        if done.returncode:
            said = done.stderr.decode(errors="replace").strip()
            raise ServerError(
                f"The database server said: {said}. See 'systemctl status {clients.unit()}' on "
                "this host."
            )
        return done.stdout

    def version(self) -> str:
        """What the server calls itself."""
        return self.query("SELECT VERSION();")[0][0]

    @cached_property
    def dialect(self) -> Dialect:
        """How it is spoken to."""
        return dialect.of(self.version())

    def exists(self, database: str) -> bool:
        """Is there such a database?"""
        return bool(
            self.query(
                f"SELECT 1 FROM information_schema.schemata WHERE schema_name = {quote(database)};"
            )
        )

    def tables(self, database: str) -> list[str]:
        """Everything in a database that holds rows."""
        rows = self.query(
            "SELECT table_name FROM information_schema.tables "
            f"WHERE table_schema = {quote(database)} AND table_type <> 'VIEW' "
            "ORDER BY table_name;"
        )
        return [row[0] for row in rows]

    def sequences(self, database: str) -> list[str]:
        """Those of them that are sequences: a dump makes them, and tells of no rows."""
        rows = self.query(
            "SELECT table_name FROM information_schema.tables "
            f"WHERE table_schema = {quote(database)} AND table_type = 'SEQUENCE';"
        )
        return [row[0] for row in rows]

    def data_bytes(self, database: str) -> int:
        """About how many bytes the rows of a database take, without their indexes."""
        return self._sum("data_length", database)

    def total_bytes(self, database: str) -> int:
        """The same with indexes."""
        return self._sum("data_length + index_length", database)

    def _sum(self, columns: str, database: str) -> int:
        rows = self.query(
            f"{self.dialect.fresh_sizes}SELECT COALESCE(SUM({columns}), 0) "
            f"FROM information_schema.tables WHERE table_schema = {quote(database)};"
        )
        return int(float(rows[0][0]))

    def objects(self, database: str) -> dict[str, int]:
        """How many of each kind there are besides tables."""
        return {
            kind: int(self.query(statement.format(quote(database)) + ";")[0][0])
            for kind, statement in _OBJECTS.items()
        }

    def migrations(self, database: str) -> list[str]:
        """The migrations that are applied, as `app.name`."""
        if MIGRATIONS not in self.tables(database):
            return []
        rows = self.query(
            "SELECT CONCAT(app, '.', name) FROM "
            f"{identifier(database)}.{identifier(MIGRATIONS)} ORDER BY 1;"
        )
        return [row[0] for row in rows]

    def data_directory(self) -> str:
        """Where the server keeps its tables."""
        return self.query("SELECT @@datadir;")[0][0]

    def drop(self, database: str) -> None:
        """Drop a database, if it is there."""
        self.query(f"DROP DATABASE IF EXISTS {identifier(database)};")

    def collation(self, database: str) -> str:
        """The default collation of a database; nothing where there is none of that name."""
        rows = self.query(
            "SELECT default_collation_name FROM information_schema.schemata "
            f"WHERE schema_name = {quote(database)};"
        )
        return rows[0][0] if rows else ""

    def create(self, database: str, collation: str) -> None:
        """Make an empty database; one of that name goes first."""
        charset = collation.partition("_")[0]
        self.drop(database)
        self.query(
            f"CREATE DATABASE {identifier(database)} CHARACTER SET {charset} COLLATE {collation};"
        )

    def hosts_of(self, account: str) -> list[str]:
        """Where an account comes from."""
        rows = self.query(self.dialect.accounts)
        return sorted(host for name, host in rows if name == account)
