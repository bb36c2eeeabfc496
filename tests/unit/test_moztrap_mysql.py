"""What the database module plans for servers in all sorts of states."""

from __future__ import annotations

from typing import Any

import pytest

from tests.helpers import plugins  # noqa: F401  # makes our shared code importable
from tests.helpers.sql_server import SCOPE, Server, wanted

from ansible.module_utils.moztrap.sql import password_hash  # isort: skip
from plugins.modules import moztrap_mysql as module  # isort: skip

PASSWORD = "it's secret"
PARAMS = wanted(PASSWORD)
IDENTITY = f"CREATE USER `moztrap`@`localhost` IDENTIFIED BY PASSWORD '{password_hash(PASSWORD)}'"
USAGE = "GRANT USAGE ON *.* TO `moztrap`@`localhost` IDENTIFIED BY PASSWORD '*X'"


def server(changes: dict[str, list[list[str]]] | None = None) -> Server:
    """As it shall be, but for these answers."""
    return Server(
        {
            "VERSION()": [["10.11.18-MariaDB-0+deb12u1"]],
            "system_variables": [
                ["bind_address", "127.0.0.1", "YES"],
                ["max_connections", "200", "NO"],
                ["sql_mode", "B,A", "NO"],
            ],
            "default_collation_name": [["utf8mb4_unicode_520_ci"]],
            "schema_name = 'test'": [],
            "mysql.db": [["0"]],
            "global_priv": [["root", "localhost"], ["moztrap", "localhost"]],
            "SHOW CREATE USER 'root'": [
                ["CREATE USER `root`@`localhost` IDENTIFIED VIA unix_socket"]
            ],
            "SHOW CREATE USER 'moztrap'": [[IDENTITY]],
            "SHOW GRANTS": [
                [USAGE],
                [f"GRANT SELECT, INSERT ON {SCOPE} TO `moztrap`@`localhost`"],
            ],
        }
        | (changes or {})
    )


def plan(**answers: list[list[str]]) -> module.Plan:
    named = {about.replace("__", " "): rows for about, rows in answers.items()}
    return module.make_plan(server(named), PARAMS)


def test_a_server_as_it_shall_be_is_left_alone() -> None:
    assert plan() == module.Plan()


def test_a_bare_server_gets_everything_and_no_password_in_clear() -> None:
    found = plan(default_collation_name=[], global_priv=[["root", "localhost"]])
    sql = "\n".join(found.statements)
    assert "CREATE DATABASE `moz_trap` CHARACTER SET utf8mb4" in sql
    assert "CREATE USER 'moztrap'@'localhost'" in sql
    assert f"GRANT INSERT, SELECT ON {SCOPE} TO 'moztrap'@'localhost';" in sql
    assert PASSWORD not in sql + "".join(found.actions)
    assert password_hash(PASSWORD) not in "".join(found.actions)


def test_a_revoked_grant_comes_back_and_an_extra_one_goes() -> None:
    found = plan(
        SHOW__GRANTS=[
            [USAGE.replace("USAGE", "SELECT") + " WITH GRANT OPTION"],
            [f"GRANT SELECT, DROP ON {SCOPE} TO `moztrap`@`localhost`"],
            ["GRANT SELECT ON `mysql`.`user` TO `moztrap`@`localhost`"],
            ["GRANT `boss` TO `moztrap`@`localhost`"],
        ]
    )
    assert found.statements == [
        "REVOKE SELECT ON *.* FROM 'moztrap'@'localhost';",
        f"REVOKE DROP ON {SCOPE} FROM 'moztrap'@'localhost';",
        "REVOKE ALL PRIVILEGES ON `mysql`.`user` FROM 'moztrap'@'localhost';",
        "REVOKE `boss` FROM 'moztrap'@'localhost';",
        "REVOKE GRANT OPTION ON *.* FROM 'moztrap'@'localhost';",
        f"GRANT INSERT ON {SCOPE} TO 'moztrap'@'localhost';",
    ]


@pytest.mark.parametrize("ending", ["ACCOUNT LOCK", "REQUIRE SSL"])
def test_a_changed_password_or_a_locked_account_is_repaired(ending: str) -> None:
    for identity in (IDENTITY.replace("'*", "'*0"), f"{IDENTITY} {ending}"):
        found = plan(**{"SHOW CREATE USER 'moztrap'": [[identity]]})
        assert found.actions == ["set the password of moztrap@localhost"]


def test_strangers_and_accounts_of_hosts_that_left_are_removed() -> None:
    users = [["root", "localhost"], ["root", "%"], ["", "localhost"], ["other", "%"]]
    users += [["moztrap", "localhost"], ["moztrap", "10.0.0.9"]]
    assert sorted(plan(global_priv=users).statements) == [
        "DROP USER ''@'localhost';",
        "DROP USER 'moztrap'@'10.0.0.9';",
        "DROP USER 'root'@'%';",
    ]


def test_root_comes_in_by_the_socket_alone() -> None:
    identity = "CREATE USER `root`@`localhost` IDENTIFIED VIA mysql_native_password USING 'x'"
    found = plan(**{"SHOW CREATE USER 'root'": [[identity + " OR unix_socket"]]})
    assert found.actions == ["let root in by the local socket alone"]


def test_an_empty_test_database_goes_and_a_full_one_stays() -> None:
    present = {"schema_name = 'test'": [["test"]]}
    assert plan(**present, **{"table_schema = 'test'": [["0"]]}).statements == [
        "DROP DATABASE `test`;"
    ]
    full = plan(**present, **{"table_schema = 'test'": [["3"]]})
    assert full.statements == []
    assert "has tables" in full.warnings[0]


def test_settings_are_repaired_at_once_or_by_a_restart() -> None:
    found = plan(
        system_variables=[
            ["bind_address", "*", "YES"], ["max_connections", "7", "NO"], ["sql_mode", "", "NO"],
        ]
    )  # fmt: skip
    assert found.statements == ["SET GLOBAL max_connections = 200;", "SET GLOBAL sql_mode = 'A,B';"]
    assert found.restart_needed


def accounts(**changes: Any) -> dict[str, Any]:
    """The parameters with one account that is a little different."""
    return {**PARAMS, "accounts": [{**PARAMS["accounts"][0], **changes}]}


def test_an_account_host_that_is_a_name_is_refused() -> None:
    with pytest.raises(module.DatabaseError, match=r"'web1'.*moztrap_address"):
        module.make_plan(server(), accounts(hosts=["web1"]))


def test_each_account_is_made_for_its_own_hosts_alone() -> None:
    local = {**PARAMS["accounts"][0], "name": "reader", "privileges": ["SELECT"]}
    elsewhere = {**PARAMS["accounts"][0], "hosts": ["10.0.0.2"]}
    users = [["root", "localhost"], ["reader", "10.0.0.2"], ["moztrap", "localhost"]]
    other = server({"global_priv": users})
    found = module.make_plan(other, {**PARAMS, "accounts": [local, elsewhere]}).statements
    assert found[:2] == ["DROP USER 'moztrap'@'localhost';", "DROP USER 'reader'@'10.0.0.2';"]
    made = [statement.split(" IDENTIFIED")[0] for statement in found if "CREATE" in statement]
    assert made == ["CREATE USER 'reader'@'localhost'", "CREATE USER 'moztrap'@'10.0.0.2'"]
    assert f"GRANT SELECT ON {SCOPE} TO 'reader'@'localhost';" in found


def test_the_text_of_routines_is_read_by_whom_it_shall_be_and_nobody_else() -> None:
    granted = "GRANT SELECT ON `mysql`.`proc` TO `moztrap`@`localhost`"
    database = f"GRANT SELECT, INSERT ON {SCOPE} TO `moztrap`@`localhost`"
    reader = accounts(reads_routines=True)
    assert module.make_plan(server(), reader).statements == [
        "GRANT SELECT ON `mysql`.`proc` TO 'moztrap'@'localhost';"
    ]
    other = server({"SHOW GRANTS": [[USAGE], [database], [granted]]})
    assert module.make_plan(other, reader) == module.Plan()
    assert module.make_plan(other, PARAMS).statements == [
        "REVOKE ALL PRIVILEGES ON `mysql`.`proc` FROM 'moztrap'@'localhost';"
    ]


def test_passwords_are_hashed_as_the_server_does() -> None:
    # SELECT PASSWORD('password')
    assert password_hash("password") == "*2470C0C06DEE42FD1618BB99005ADCA2EC9D1E19"
