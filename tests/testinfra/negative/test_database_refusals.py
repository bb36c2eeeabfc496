"""What the database accounts are refused, tried for real."""

import pytest
from testinfra.host import Host

from tests.testinfra.conftest import Sql, Value

GROUPS = ("db",)
ONE_HOST = True
UNITS = ("mariadb.service",)


@pytest.fixture(scope="module")
def table(sql: Sql, value: Value) -> str:
    """Some table of the product."""
    rows = sql(
        "SELECT table_name FROM information_schema.tables WHERE table_type = 'BASE TABLE'"
        f" AND table_schema = '{value('mysql_database')}' ORDER BY table_name LIMIT 1"
    )
    return rows[0][0]


def as_account(host: Host, value: Value, account: str, statement: str) -> tuple[int, str]:
    """Run a statement as one of the accounts; its password never is an argument."""
    facts = value(
        f"{{'user': mysql_{account}_account, 'password': mysql_{account}_password,"
        " 'database': mysql_database}"
    )
    answer = host.run(
        "mariadb --defaults-extra-file=/dev/stdin --batch --execute %s %s <<'END'\n"
        '[client]\nuser={user}\npassword="{password}"\nEND'.format(**facts),
        statement,
        facts["database"],
    )
    return answer.rc, answer.stderr


def test_runtime_account_comes_in(host: Host, value: Value, table: str) -> None:
    """Otherwise the refusals below would prove nothing."""
    status, message = as_account(host, value, "runtime", f"SELECT 1 FROM `{table}` LIMIT 1")
    assert status == 0, message


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE `{table}` ADD COLUMN planted int",
        "DROP TABLE `{table}`",
        "TRUNCATE TABLE `{table}`",
        "CREATE TABLE planted (id int)",
        "CREATE INDEX planted ON `{table}` (id)",
        "DROP DATABASE moztrap",
        "CREATE USER planted@localhost",
        "GRANT ALL ON *.* TO CURRENT_USER()",
        "SELECT * FROM mysql.user",
        "SET GLOBAL general_log = 1",
        "SELECT 1 INTO OUTFILE '/tmp/planted'",
    ],
)
def test_runtime_account_is_refused(host: Host, value: Value, table: str, statement: str) -> None:
    status, message = as_account(host, value, "runtime", statement.format(table=table))
    assert status != 0, f"allowed: {statement}"
    assert "denied" in message, message


def test_backup_account_cannot_write(host: Host, value: Value, table: str) -> None:
    status, message = as_account(host, value, "backup", f"DELETE FROM `{table}`")
    assert status != 0
    assert "denied" in message, message


def test_owner_is_master_of_one_database_only(host: Host, value: Value) -> None:
    status, message = as_account(host, value, "owner", "CREATE DATABASE planted")
    assert status != 0
    assert "denied" in message, message


def test_wrong_password_is_refused(host: Host, value: Value) -> None:
    answer = host.run(
        "mariadb --defaults-extra-file=/dev/stdin --execute 'SELECT 1' <<'END'\n"
        f"[client]\nuser={value('mysql_runtime_account')}\npassword=wrong\nEND"
    )
    assert "Access denied" in answer.stderr
