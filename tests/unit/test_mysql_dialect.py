"""What differs where the server is MySQL: accounts, settings, and how a dump is read."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest

from tests.helpers import plugins  # noqa: F401  # makes our shared code importable
from tests.helpers.role_templates import value
from tests.helpers.sql_server import SCOPE, Server, wanted

from ansible.module_utils.moztrap import caching_sha2, clients, dialect, dump  # isort: skip
from plugins.modules import moztrap_mysql as module  # isort: skip

PASSWORD = "it's secret, pässwort"
# Of MySQL 9.7.4: CREATE USER … IDENTIFIED BY 'secret-it''s'
OF_THE_SERVER = (
    "244124303041242128320840060A48256D081E7102112B5C0E145E684C666F626661625A7069766E4962394552"
    "51333871754368765A483654666C324A732E68574B34755430"
)
UNBOUND = (
    "REQUIRE NONE PASSWORD EXPIRE DEFAULT ACCOUNT UNLOCK PASSWORD HISTORY DEFAULT "
    "PASSWORD REUSE INTERVAL DEFAULT PASSWORD REQUIRE CURRENT DEFAULT"
)


def shown(account: str, stored: bytes, rest: str = UNBOUND) -> str:
    """An account as MySQL shows it."""
    return (
        f"CREATE USER `{account}`@`localhost` IDENTIFIED WITH 'caching_sha2_password' "
        f"AS 0x{stored.hex().upper()} {rest}"
    )


ROOT = f"CREATE USER `root`@`localhost` IDENTIFIED WITH 'auth_socket' {UNBOUND}"
PARAMS = wanted(PASSWORD)
Answers = dict[str, list[list[str]]]


def server(changes: Answers) -> Server:
    """As it shall be, but for these answers."""
    return Server(
        {
            "VERSION()": [["9.7.4-2"]],
            "global_variables": [
                ["bind_address", "127.0.0.1", "YES"],
                ["max_connections", "200", "NO"],
                ["sql_mode", "B,A", "NO"],
            ],
            "default_collation_name": [["utf8mb4_unicode_520_ci"]],
            "schema_name = 'test'": [],
            "mysql.db": [["0"]],
            "mysql.user": [["root", "localhost"], ["moztrap", "localhost"], ["mysql.sys", "x"]],
            "SHOW CREATE USER 'root'": [[ROOT]],
            "SHOW CREATE USER 'moztrap'": [[shown("moztrap", caching_sha2.new(PASSWORD))]],
            "SHOW GRANTS": [
                ["GRANT USAGE ON *.* TO `moztrap`@`localhost`"],
                [f"GRANT SELECT, INSERT ON {SCOPE} TO `moztrap`@`localhost`"],
            ],
        }
        | changes
    )


def plan(answers: Answers | None = None, params: dict[str, Any] = PARAMS) -> module.Plan:
    return module.make_plan(server(answers or {}), params)


# --- Passwords ----------------------------------------------------------------------


def test_what_is_kept_of_a_password_fits_that_password_alone() -> None:
    stored = caching_sha2.new(PASSWORD)
    assert stored.startswith(b"$A$00A$")
    assert PASSWORD.encode() not in stored
    assert caching_sha2.fits(PASSWORD, stored)
    assert not caching_sha2.fits(PASSWORD + "x", stored)
    assert caching_sha2.new(PASSWORD) != stored


def test_what_a_server_made_of_a_password_is_understood() -> None:
    stored = bytes.fromhex(OF_THE_SERVER)
    assert caching_sha2.fits("secret-it's", stored)
    assert not caching_sha2.fits("secret-its", stored)


@pytest.mark.parametrize("stored", [b"", b"*2470C0C06DEE42FD1618BB99005ADCA2EC9D1E19", b"$A$00A$"])
def test_what_is_kept_in_another_form_fits_no_password(stored: bytes) -> None:
    assert not caching_sha2.fits("", stored)


# --- Accounts -----------------------------------------------------------------------


def test_a_server_as_it_shall_be_is_left_alone() -> None:
    assert plan() == module.Plan()


def test_a_bare_server_gets_accounts_whose_passwords_nobody_reads() -> None:
    found = plan({"default_collation_name": [], "mysql.user": [["root", "localhost"]]})
    sql = "\n".join(found.statements)
    assert "CREATE DATABASE `moz_trap` CHARACTER SET utf8mb4" in sql
    [made] = [text for text in found.statements if text.startswith("CREATE USER")]
    head, _, stored = made.rstrip(";").partition(" AS 0x")
    assert head == "CREATE USER 'moztrap'@'localhost' IDENTIFIED WITH 'caching_sha2_password'"
    assert caching_sha2.fits(PASSWORD, bytes.fromhex(stored))
    assert PASSWORD not in sql + "".join(found.actions)


def test_a_hash_that_can_be_printed_is_shown_as_it_is() -> None:
    stored = caching_sha2.new(PASSWORD).decode()
    identity = (
        "CREATE USER `moztrap`@`localhost` IDENTIFIED WITH 'caching_sha2_password' "
        f"AS '{stored}' {UNBOUND}"
    )
    assert plan({"SHOW CREATE USER 'moztrap'": [[identity]]}) == module.Plan()


@pytest.mark.parametrize(
    "identity",
    [
        shown("moztrap", caching_sha2.new("another")),
        shown("moztrap", caching_sha2.new(PASSWORD), UNBOUND.replace("UNLOCK", "LOCK")),
        shown("moztrap", caching_sha2.new(PASSWORD), "REQUIRE SSL " + UNBOUND[13:]),
        f"CREATE USER `moztrap`@`localhost` IDENTIFIED WITH 'auth_socket' {UNBOUND}",
        f"CREATE USER `moztrap`@`localhost` IDENTIFIED WITH 'caching_sha2_password' {UNBOUND}",
    ],
)
def test_a_changed_or_bound_account_is_repaired(identity: str) -> None:
    found = plan({"SHOW CREATE USER 'moztrap'": [[identity]]})
    assert found.actions == ["set the password of moztrap@localhost"]
    [statement] = found.statements
    for words in ("ALTER USER 'moztrap'@'localhost'", "REQUIRE NONE", "ACCOUNT UNLOCK"):
        assert words in statement
    assert PASSWORD not in statement


@pytest.mark.parametrize(
    "identity",
    [
        shown("root", caching_sha2.new("x")),
        ROOT.replace("'auth_socket'", "'auth_socket' AS 'somebody'"),
        ROOT.replace("UNLOCK", "LOCK"),
    ],
)
def test_root_comes_in_by_the_socket_alone(identity: str) -> None:
    found = plan({"SHOW CREATE USER 'root'": [[identity]]})
    assert found.actions == ["let root in by the local socket alone"]
    assert "IDENTIFIED WITH 'auth_socket'" in found.statements[0]


def test_strangers_go_and_the_servers_own_accounts_stay() -> None:
    users = [["root", "localhost"], ["root", "%"], ["", "localhost"], ["mysql.sys", "localhost"]]
    users += [["debian-sys-maint", "localhost"], ["moztrap", "localhost"], ["moztrap", "10.0.0.9"]]
    assert sorted(plan({"mysql.user": users}).statements) == [
        "DROP USER ''@'localhost';",
        "DROP USER 'moztrap'@'10.0.0.9';",
        "DROP USER 'root'@'%';",
    ]


def test_what_an_account_may_too_much_goes_and_what_it_lacks_comes() -> None:
    found = plan(
        {
            "SHOW GRANTS": [
                ["GRANT USAGE ON *.* TO `moztrap`@`localhost`"],
                ["GRANT SHOW_ROUTINE,SYSTEM_USER ON *.* TO `moztrap`@`localhost`"],
                [f"GRANT SELECT, DROP ON {SCOPE} TO `moztrap`@`localhost`"],
                ["GRANT SELECT ON `mysql`.`user` TO `moztrap`@`localhost` WITH GRANT OPTION"],
                ["GRANT `boss`@`%`,`chief`@`%` TO `moztrap`@`localhost`"],
            ]
        }
    )
    assert found.statements == [
        "REVOKE SHOW_ROUTINE, SYSTEM_USER ON *.* FROM 'moztrap'@'localhost';",
        f"REVOKE DROP ON {SCOPE} FROM 'moztrap'@'localhost';",
        "REVOKE ALL PRIVILEGES ON `mysql`.`user` FROM 'moztrap'@'localhost';",
        "REVOKE `boss`@`%`,`chief`@`%` FROM 'moztrap'@'localhost';",
        "REVOKE GRANT OPTION ON `mysql`.`user` FROM 'moztrap'@'localhost';",
        f"GRANT INSERT ON {SCOPE} TO 'moztrap'@'localhost';",
    ]


def test_all_privileges_are_those_of_an_owner_and_too_many_for_anybody_else() -> None:
    everything = [[f"GRANT ALL PRIVILEGES ON {SCOPE} TO `moztrap`@`localhost`"]]
    privileges = sorted(dialect.MySQL.everything)
    owner = {**PARAMS, "accounts": [{**PARAMS["accounts"][0], "privileges": privileges}]}
    assert plan({"SHOW GRANTS": everything}, owner) == module.Plan()
    [statement] = plan({"SHOW GRANTS": everything}).statements
    assert statement.startswith("REVOKE ALTER, ")
    assert "SELECT" not in statement
    # Everywhere they are never wanted, and going they may not take those in the database along.
    found = plan({"SHOW GRANTS": [["GRANT ALTER, DROP ON *.* TO x"], *everything]}, owner)
    assert found.statements == ["REVOKE ALTER, DROP ON *.* FROM 'moztrap'@'localhost';"]


def test_the_owner_of_derived_has_everything_that_a_database_knows() -> None:
    """Otherwise each run of a site with MySQL would take it away and give it back."""
    owner = value("mysql", "moztrap_database_privileges.owner")
    assert set(owner) == dialect.MySQL.everything


def test_what_is_taken_away_is_taken_away_once() -> None:
    lines = ["PROCESS", "SYSTEM_USER"]
    grants = [[f"GRANT {name} ON *.* TO `moztrap`@`localhost` WITH GRANT OPTION"] for name in lines]
    held = [*grants, [f"GRANT SELECT, INSERT ON {SCOPE} TO `moztrap`@`localhost`"]]
    assert plan({"SHOW GRANTS": held}).statements == [
        "REVOKE PROCESS ON *.* FROM 'moztrap'@'localhost';",
        "REVOKE SYSTEM_USER ON *.* FROM 'moztrap'@'localhost';",
        "REVOKE GRANT OPTION ON *.* FROM 'moztrap'@'localhost';",
    ]


def test_the_text_of_routines_is_read_with_a_privilege_of_its_own() -> None:
    reader = {**PARAMS, "accounts": [{**PARAMS["accounts"][0], "reads_routines": True}]}
    assert plan(params=reader).statements == ["GRANT SHOW_ROUTINE ON *.* TO 'moztrap'@'localhost';"]
    held = [
        ["GRANT USAGE ON *.* TO `moztrap`@`localhost`"],
        ["GRANT SHOW_ROUTINE ON *.* TO `moztrap`@`localhost`"],
        [f"GRANT SELECT, INSERT ON {SCOPE} TO `moztrap`@`localhost`"],
    ]
    assert plan({"SHOW GRANTS": held}, reader) == module.Plan()
    more = [["GRANT PROCESS ON *.* TO `moztrap`@`localhost`"], *held[1:]]
    assert plan({"SHOW GRANTS": more}, reader).statements == [
        "REVOKE PROCESS ON *.* FROM 'moztrap'@'localhost';"
    ]


def test_settings_are_repaired_at_once_or_by_a_restart() -> None:
    found = plan(
        {
            "global_variables": [
                ["bind_address", "*", "YES"],
                ["max_connections", "7", "NO"],
                ["sql_mode", "", "NO"],
            ]
        }
    )  # fmt: skip
    assert found.statements == ["SET GLOBAL max_connections = 200;", "SET GLOBAL sql_mode = 'A,B';"]
    assert found.restart_needed


def test_a_setting_that_the_server_does_not_have_is_no_setting_in_force() -> None:
    with pytest.raises(module.DatabaseError, match="no setting max_connections"):
        plan(
            {"global_variables": [["sql_mode", "A,B", "NO"], ["bind_address", "127.0.0.1", "YES"]]}
        )


@pytest.mark.parametrize(
    ("version", "name"),
    [("10.11.18-MariaDB-0+deb12u1", "MariaDB"), ("9.7.4-2", "MySQL"), ("8.0.40", "MySQL")],
)
def test_a_server_is_known_by_what_it_calls_itself(version: str, name: str) -> None:
    assert dialect.of(version).name == name


# --- Dumps --------------------------------------------------------------------------


def rows(text: str) -> dump.Table:
    contents = dump.Contents()
    for line in f"LOCK TABLES `t` WRITE;\n{text}UNLOCK TABLES;\n".encode().splitlines(True):
        contents.feed(line)
    return contents.tables["t"]


@pytest.mark.parametrize(
    "values",
    [
        ["(1,'a')", "(2,NULL)"],
        [r"(1,'it\'s (odd), \\')", "(-2.5e3,0xDEAD)"],
        ["(1,'),(')", "(2,'''')", "(3,'')"],
    ],
)
def test_rows_of_both_programs_are_counted_alike(values: list[str]) -> None:
    of_mariadb = "INSERT INTO `t` VALUES\n" + ",\n".join(values) + ";\n"
    of_mysql = "INSERT INTO `t` VALUES " + ",".join(values) + ";\n"
    named = of_mysql.replace("`t` VALUES", "`t` (`id`, `we``ird`) VALUES")
    found = rows(of_mysql)
    assert found.rows == len(values)
    assert found == rows(of_mariadb) == rows(named)
    total = sum(int.from_bytes(hashlib.sha256(row.encode()).digest(), "big") for row in values)
    assert found.checksum == f"{total % dump.MODULUS:064x}"


@pytest.mark.parametrize(
    "text",
    [
        "INSERT INTO `t` SET a = 1;\n",
        "INSERT INTO `t` VALUES (1,'a'),(2,'b);\n",
        # Told at once, and not after every way to read it has been tried.
        f"INSERT INTO `t` VALUES (1,'{'a' * 5000}),(2,{'b' * 5000};\n",
        "INSERT INTO `t` VALUES (1) (2);\n",
        "INSERT INTO `t` VALUES (1),(2) AS new;\n",
    ],
)
def test_rows_in_an_unknown_form_are_not_miscounted(text: str) -> None:
    with pytest.raises(dump.DumpError, match="cannot be counted"):
        rows(text)


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A host with nothing but what a test puts there."""
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def put(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).write_text("#!/bin/sh\n")
        (folder / name).chmod(0o755)


def test_the_clients_are_those_of_the_server_on_the_host(programs: Path) -> None:
    assert clients.client() == "mariadb"
    put(programs, "mysql")
    assert (clients.client(), clients.dumper(), clients.unit()) == ("mysql", "mysqldump", "mysql")
    # MariaDB's package brings both names.
    put(programs, "mariadb")
    assert (clients.client(), clients.dumper()) == ("mariadb", "mariadb-dump")


def test_mysqls_program_for_dumps_asks_for_nothing_that_only_root_may(programs: Path) -> None:
    put(programs, "mysql")
    command = dump.dump_command("moztrap", "--defaults-file=/run/x")
    assert command[:2] == ["mysqldump", "--defaults-file=/run/x"]
    wanted = {"--no-tablespaces", "--set-gtid-purged=OFF", "--skip-column-statistics"}
    assert wanted <= set(command)
    put(programs, "mariadb")
    assert not wanted & set(dump.dump_command("moztrap", "--defaults-file=/run/x"))
