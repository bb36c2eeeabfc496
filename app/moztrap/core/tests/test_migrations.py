"""Migrations: one schema operation each, and what happens when they are cut off."""

import json
from io import StringIO
from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection
from django.db.migrations import Migration, operations
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from moztrap.core.migration.lock import LockHeldError, migration_lock
from moztrap.core.migration.state import read_state

NO_SCHEMA = (operations.RunPython, operations.AlterModelOptions, operations.AlterModelManagers)
OURS = {config.label for config in apps.get_app_configs() if config.name.startswith("moztrap.")}
on_mariadb = pytest.mark.skipif(
    connection.vendor != "mysql", reason="about what MariaDB and MySQL do (make app-mariadb)"
)


def our_migrations() -> list[Migration]:
    loader = MigrationLoader(None)
    return [m for (app, _), m in sorted((loader.disk_migrations or {}).items()) if app in OURS]


@pytest.mark.parametrize("migration", our_migrations(), ids=str)
def test_each_holds_one_schema_operation(migration: Migration) -> None:
    schema = [step for step in migration.operations if not isinstance(step, NO_SCHEMA)]
    data = [step for step in migration.operations if isinstance(step, operations.RunPython)]
    assert len(schema) <= 1, f"split {migration}: {schema}"
    assert not (schema and data), f"{migration} changes the schema and data at once"


def test_models_and_migrations_agree(db: None) -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def run(*arguments: str) -> tuple[int, dict[str, Any], str]:
    output, errors = StringIO(), StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("migrate_production", *arguments, stdout=output, stderr=errors)
    lines = output.getvalue().splitlines()
    return int(str(ended.value.code)), json.loads(lines[-1]), errors.getvalue()


def test_a_migrated_database_is_current(db: None) -> None:
    code, report, _ = run("--check")
    assert (code, report["status"], report["pending"]) == (0, "current", [])


@pytest.mark.parametrize(("known", "judged"), [("some", True), ("none", False)])
def test_only_a_database_in_use_is_judged(db: None, known: str, judged: bool) -> None:
    """A lost database that was made anew has nothing that a live release could lose."""
    recorder = MigrationRecorder(connection)
    applied = recorder.migration_qs
    (applied if known == "none" else applied.filter(app="auth")).delete()
    assert bool(read_state(connection).incompatible) is judged


def test_a_database_ahead_of_the_code_is_refused(db: None) -> None:
    MigrationRecorder(connection).record_applied("execution", "9999_future")
    code, report, errors = run()
    assert (code, report["status"]) == (4, "ahead")
    assert report["unknown"] == ["execution.9999_future"]
    assert "this release does not know it" in errors


def test_pending_migrations_are_listed_then_applied(transactional_db: None) -> None:
    core = [str(migration) for migration in our_migrations() if migration.app_label == "core"]
    call_command("migrate", "core", "zero", verbosity=0)
    code, report, _ = run("--check")
    assert (code, report["status"], report["pending"]) == (0, "pending", core)
    code, report, _ = run()
    assert (code, report["status"], report["applied"]) == (0, "migrated", core)
    assert run("--check")[1]["status"] == "current"


@on_mariadb
def test_a_migration_cut_off_before_its_record_is_named_with_its_repair(
    transactional_db: None,
) -> None:
    newest = [migration for migration in our_migrations() if migration.app_label == "core"][-1]
    name, (table,) = newest.name, newest.operations
    assert isinstance(table, operations.CreateModel)
    MigrationRecorder(connection).record_unapplied("core", name)
    try:
        code, report, errors = run()
        assert (code, report["status"]) == (6, "interrupted")
        assert f"core.{name} was interrupted" in errors
        drop = f"DROP TABLE `core_{table.name_lower}`"
        assert f"{drop};" in errors
        with connection.cursor() as cursor:
            cursor.execute(drop)
        assert run()[1]["status"] == "migrated"
    finally:
        MigrationRecorder(connection).record_unapplied("core", name)
        MigrationRecorder(connection).record_applied("core", name)


@on_mariadb
def test_one_migration_at_a_time(transactional_db: None) -> None:
    other = connection.copy()
    with migration_lock(connection, wait=0):
        second = migration_lock(other, wait=0)
        with pytest.raises(LockHeldError, match="Another migration runs"):
            second.__enter__()
    with migration_lock(other, wait=0):
        pass
    other.close()


@on_mariadb
def test_a_table_of_another_engine_or_collation_is_named_with_its_repair(
    transactional_db: None,
) -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE stray (name VARCHAR(9)) ENGINE=MyISAM DEFAULT CHARSET=latin1")
    try:
        code, report, errors = run("--check")
        assert (code, report["status"]) == (5, "tables")
        assert "ALTER TABLE `stray` ENGINE=InnoDB;" in errors
        assert "CONVERT TO CHARACTER SET utf8mb4" in errors
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE stray")


IN_A_TABLE = {
    "default": {
        "BACKEND": "moztrap.core.cache.SignedDatabaseCache",
        "LOCATION": "moztrap_cache",
    }
}


def test_the_table_of_a_cache_is_made_with_the_others(transactional_db: None, settings) -> None:
    settings.CACHES = IN_A_TABLE
    try:
        code, report, _ = run("--check")
        assert (code, report["status"]) == (0, "pending")
        assert report["pending"] == ["createcachetable moztrap_cache"]
        code, report, _ = run()
        assert (code, report["status"]) == (0, "migrated")
        assert report["applied"] == ["createcachetable moztrap_cache"]
        # On MariaDB this says, too, that it is InnoDB and of the pinned collation.
        assert run("--check")[1]["status"] == "current"
        assert run("--check")[1]["left"] == []
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE IF EXISTS moztrap_cache")


def test_the_table_of_a_cache_that_is_elsewhere_now_is_dropped(
    transactional_db: None, settings
) -> None:
    settings.CACHES = IN_A_TABLE
    run()
    # Not while it is used.
    assert run("--drop-cache-tables")[1]["left"] == []
    assert run("--check")[1]["status"] == "current"
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}
    code, report, _ = run("--check")
    assert (report["status"], report["left"]) == ("current", ["moztrap_cache"])
    code, report, _ = run("--drop-cache-tables")
    assert (code, report["status"], report["left"]) == (0, "dropped", [])
    assert "moztrap_cache" not in connection.introspection.table_names()


@on_mariadb
def test_a_connection_without_the_tls_that_was_asked_for_migrates_nothing(
    transactional_db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = connection.settings_dict["OPTIONS"] | {"ssl_mode": "PREFERRED"}
    monkeypatch.setitem(connection.settings_dict, "OPTIONS", asked)
    code, report, errors = run()
    assert (code, report["status"]) == (8, "insecure")
    assert "is not encrypted" in errors
