"""Role mysql: the server, its three accounts and what they may do."""

import pytest
from testinfra.host import Host

from tests.testinfra.conftest import SQL_CLIENT, Sql, Value

GROUPS = ("db",)
UNITS = ("mariadb.service", "mysql.service")


@pytest.fixture(scope="module")
def flavour(value: Value) -> str:
    """Which server it is, and what its service is called."""
    return str(value("mysql_flavour"))


def test_it_is_the_server_that_was_chosen(sql: Sql, flavour: str) -> None:
    version = sql("SELECT VERSION()")[0][0]
    assert ("MariaDB" in version) == (flavour == "mariadb"), version


def test_runs_and_starts_with_the_host(host: Host, flavour: str) -> None:
    assert host.service(flavour).is_running
    assert host.service(flavour).is_enabled


def test_listens_where_derived_and_nowhere_else(host: Host, value: Value) -> None:
    shown = host.run("ss --no-header --listening --numeric --tcp 'sport = :3306'").stdout
    addresses = {line.split()[3].rpartition(":")[0] for line in shown.splitlines()}
    assert addresses <= {value("mysql_bind_address")}, shown


def test_root_comes_in_by_the_socket_alone(host: Host, sql: Sql, flavour: str) -> None:
    roots = sql("SELECT host, plugin, authentication_string FROM mysql.user WHERE user = 'root'")
    assert [row[0] for row in roots] == ["localhost"]
    rule = sql("SHOW CREATE USER root@localhost")[0][0]
    assert {"mariadb": "unix_socket", "mysql": "'auth_socket' REQUIRE"}[flavour] in rule
    assert "mysql_native_password" not in rule or "'invalid'" in rule, rule
    denied = host.run(
        f"client={SQL_CLIENT}; su -s /bin/sh nobody -c \"$client --user=root -e 'SELECT 1'\""
    )
    assert denied.rc != 0
    assert "Access denied" in denied.stderr


def test_no_anonymous_account(sql: Sql) -> None:
    assert sql("SELECT user, host FROM mysql.user WHERE user IN ('', 'PUBLIC')") == []


def test_no_test_database(sql: Sql) -> None:
    names = [row[0] for row in sql("SHOW DATABASES")]
    assert not [name for name in names if name.startswith("test")], names


@pytest.mark.parametrize(
    ("variable", "expected"),
    [
        ("character_set_server", "utf8mb4"),
        ("default_storage_engine", "InnoDB"),
        ("innodb_strict_mode", "1"),
        ("local_infile", "0"),
    ],
)
def test_server_variable(sql: Sql, variable: str, expected: str) -> None:
    assert sql(f"SELECT @@GLOBAL.{variable}") == [[expected]]


def test_strict_mode_needs_no_setup_statement(sql: Sql) -> None:
    modes = sql("SELECT @@GLOBAL.sql_mode")[0][0].split(",")
    assert "STRICT_TRANS_TABLES" in modes or "STRICT_ALL_TABLES" in modes
    assert "NO_ENGINE_SUBSTITUTION" in modes


def test_collation_is_the_pinned_one(sql: Sql, value: Value) -> None:
    facts = value("{'database': mysql_database, 'collation': mysql_collation}")
    assert sql("SELECT @@GLOBAL.collation_server") == [[facts["collation"]]]
    found = sql(
        "SELECT default_collation_name FROM information_schema.schemata"
        f" WHERE schema_name = '{facts['database']}'"
    )
    assert found == [[facts["collation"]]]


def test_buffer_pool_is_sized_from_memory(host: Host, sql: Sql) -> None:
    pool = int(sql("SELECT @@GLOBAL.innodb_buffer_pool_size")[0][0])
    memory = int(host.run("awk '/^MemTotal/ { print $2 }' /proc/meminfo").stdout) * 1024
    assert 64 * 2**20 <= pool <= memory // 2, f"{pool} bytes of {memory}"


def test_accounts_are_the_three_and_from_derived_hosts(sql: Sql, value: Value) -> None:
    facts = value(
        "{'hosts': mysql_account_hosts, 'accounts':"
        " [mysql_owner_account, mysql_runtime_account, mysql_backup_account]}"
    )
    found = sql("SELECT user, host FROM mysql.user WHERE user LIKE 'moztrap%'")
    assert {row[0] for row in found} == set(facts["accounts"])
    assert {row[1] for row in found} <= {*facts["hosts"], "localhost"}


def test_backup_account_comes_from_this_host_alone(sql: Sql, value: Value) -> None:
    found = sql(f"SELECT host FROM mysql.user WHERE user = '{value('mysql_backup_account')}'")
    assert found == [["localhost"]]


def grants(sql: Sql, account: str, host: str) -> str:
    """Return the grants of an account as one text."""
    return "\n".join(row[0] for row in sql(f"SHOW GRANTS FOR '{account}'@'{host}'"))


def test_runtime_account_reads_and_writes_rows_only(sql: Sql, value: Value) -> None:
    facts = value("{'hosts': mysql_account_hosts, 'account': mysql_runtime_account}")
    for host in facts["hosts"]:
        text = grants(sql, facts["account"], host)
        assert "SELECT, INSERT, UPDATE, DELETE ON" in text, text
        for forbidden in ("ALTER", "DROP", "CREATE", "INDEX", "ALL PRIVILEGES", "GRANT OPTION"):
            assert forbidden not in text, text


def test_backup_account_only_reads(sql: Sql, value: Value) -> None:
    facts = value("{'hosts': mysql_backup_hosts, 'account': mysql_backup_account}")
    assert facts["hosts"] == ["localhost"]
    text = grants(sql, facts["account"], "localhost")
    for forbidden in ("INSERT", "UPDATE", "DELETE", "ALTER", "DROP", "CREATE", "ALL PRIVILEGES"):
        assert forbidden not in text, text
