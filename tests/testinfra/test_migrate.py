"""Role migrate: the schema after the last release."""

from testinfra.host import Host

from tests.testinfra.conftest import Sql, Value

GROUPS = ("web",)
UNITS = ("moztrap-application@main.service",)


def test_every_table_is_innodb_and_utf8mb4(sql: Sql, value: Value) -> None:
    facts = value("{'database': mysql_database, 'collation': mysql_collation}")
    rows = sql(
        "SELECT table_name, engine, table_collation FROM information_schema.tables"
        f" WHERE table_schema = '{facts['database']}' AND table_type = 'BASE TABLE'"
    )
    assert rows, "no table at all: the migration did not run"
    wrong = [row for row in rows if row[1:] != ["InnoDB", facts["collation"]]]
    assert wrong == []


def test_every_text_column_has_the_pinned_collation(sql: Sql, value: Value) -> None:
    facts = value("{'database': mysql_database, 'collation': mysql_collation}")
    wrong = sql(
        "SELECT table_name, column_name, collation_name FROM information_schema.columns"
        f" WHERE table_schema = '{facts['database']}' AND collation_name IS NOT NULL"
        f" AND collation_name NOT IN ('{facts['collation']}', 'utf8mb4_bin')"
    )
    assert wrong == []


def test_nothing_is_left_to_migrate(host: Host, value: Value) -> None:
    facts = value("[moztrap_home, moztrap_user]")
    checked = host.run("cd %s/current && runuser -u %s -- bin/manage migrate --check", *facts)
    assert checked.rc == 0, checked.stdout + checked.stderr


def test_no_migration_unit_is_left_behind(host: Host) -> None:
    shown = host.run("systemctl list-units --all --no-legend --plain 'moztrap-migrate*'").stdout
    assert shown.strip() == ""


def test_owner_credential_left_with_its_unit(host: Host) -> None:
    found = host.run("find /run /dev/shm /tmp /var/tmp -xdev -name '*migrate*' 2>/dev/null")
    assert found.stdout.strip() == ""
