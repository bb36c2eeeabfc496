"""`migrate_production`: phase 1 of a release."""

import json
import sys
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser
from django.db import connection

from moztrap.core.migration.cache_tables import (
    CREATE,
    drop_cache_tables,
    left_cache_tables,
    missing_cache_tables,
)
from moztrap.core.migration.interrupted import interrupted_migrations
from moztrap.core.migration.lock import LockHeldError, LockLostError, migration_lock
from moztrap.core.migration.state import DatabaseState, judge, read_state
from moztrap.core.migration.tables import connection_problem, table_problems

EXIT_CODES = {
    "current": 0,
    "pending": 0,
    "migrated": 0,
    "locked": 3,
    "ahead": 4,
    "tables": 5,
    "interrupted": 6,
    "judged": 0,
    "dropped": 0,
    "strange": 7,
    "insecure": 8,
}


class Command(BaseCommand):
    """Migrates under the server's lock, and looks before and after."""

    help = (
        "Migrate a production database: one at a time, never backwards, and every table as it "
        "must be. The last line is a JSON report. Exit codes: 0 done or, with --check, readable; "
        "3 another migration runs; 4 the database is ahead of this code; 5 tables are not "
        "InnoDB, utf8mb4 or of the pinned collation; 6 an earlier migration was interrupted; 7 "
        "this code has no migration of a name given to --judge; 8 the connection lacks the TLS "
        "that settings ask for."
    )
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        """Whether to only look, and how long to wait for another migration."""
        parser.add_argument(
            "--check", action="store_true", help="Change nothing; say whether anything is pending."
        )
        parser.add_argument(
            "--judge",
            nargs="+",
            metavar="MIGRATION",
            help="Change nothing; say beside which of these an earlier release must not run.",
        )
        parser.add_argument(
            "--drop-cache-tables",
            action="store_true",
            help="Migrate nothing; drop the table of a cache in the database that is not used.",
        )
        parser.add_argument(
            "--wait", type=int, default=5, metavar="SECONDS", help="Wait for another migration."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Look or migrate; end with the report and its exit code."""
        if options["judge"]:
            self._end(*self._judge(options["judge"]))
        if options["check"]:
            self._end(*self._look())
        try:
            with migration_lock(connection, wait=options["wait"]):
                if options["drop_cache_tables"]:
                    status, state, problems = self._drop()
                else:
                    status, state, problems = self._migrate()
        except LockHeldError as error:
            status, state, problems = "locked", DatabaseState(), [str(error)]
        except LockLostError as error:
            status, state, problems = "interrupted", DatabaseState(), [str(error)]
        self._end(status, state, problems)

    def _judge(self, names: list[str]) -> tuple[str, DatabaseState, list[str]]:
        try:
            found = judge(connection, names)
        except LookupError as error:
            return "strange", DatabaseState(), [f"This release has no migration {error}."]
        return "judged", DatabaseState(incompatible=found), []

    def _look(self) -> tuple[str, DatabaseState, list[str]]:
        insecure = connection_problem(connection)
        if insecure:
            return "insecure", DatabaseState(), [insecure]
        state = read_state(connection)
        if state.unknown:
            return (
                "ahead",
                state,
                [
                    f"{name} is applied, and this release does not know it. Release the version "
                    "that brought it, or restore the snapshot taken before it."
                    for name in state.unknown
                ],
            )
        problems = interrupted_migrations(connection, state.plan)
        if problems:
            return "interrupted", state, problems
        problems = table_problems(connection)
        if problems:
            return "tables", state, problems
        state.pending += [f"{CREATE} {table}" for table in missing_cache_tables(connection)]
        return "pending" if state.pending else "current", state, []

    def _migrate(self) -> tuple[str, DatabaseState, list[str]]:
        status, state, problems = self._look()
        if status != "pending":
            return status, state, problems
        self.stdout.write(f"{len(state.pending)} migrations are pending:")
        for name in state.pending:
            self.stdout.write(f"  {name}")
        if state.plan:
            call_command("migrate", interactive=False, verbosity=1, stdout=self.stdout)
        if missing_cache_tables(connection):
            call_command(CREATE, verbosity=1, stdout=self.stdout)
        status, after, problems = self._look()
        return "migrated" if status == "current" else status, after if problems else state, problems

    def _drop(self) -> tuple[str, DatabaseState, list[str]]:
        for table in drop_cache_tables(connection):
            self.stdout.write(f"Dropped {table}: no cache of this site is in it.")
        return "dropped", DatabaseState(), []

    def _end(self, status: str, state: DatabaseState, problems: list[str]) -> None:
        for problem in problems:
            self.stderr.write(problem)
        report = {
            "status": status,
            "pending": [] if status in ("current", "migrated") else state.pending,
            "applied": state.pending if status == "migrated" else [],
            "unknown": state.unknown,
            "left": [] if status == "locked" else left_cache_tables(connection),
            "incompatible": {} if status in ("current", "migrated") else state.incompatible,
            "problems": problems,
        }
        self.stdout.write(json.dumps(report))
        sys.exit(EXIT_CODES[status])
