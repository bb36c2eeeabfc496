"""Oracle's MySQL: what drifted is repaired, and a backup comes back, in this order."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from testinfra.host import Host

from tests.testinfra.conftest import SQL_CLIENT, Sql, Value
from tests.testinfra.negative.conftest import Converge

GROUPS = ("db",)
CHOSEN = "mysql_flavour == 'mysql'"
UNITS = ("mysql.service",)
PLANTED = r"""
CREATE TABLE drill (id INT PRIMARY KEY, word VARCHAR(40), parent INT, bytes BLOB,
  is_set INT GENERATED ALWAYS AS (IF(word = '', NULL, 1)) VIRTUAL, UNIQUE (word, is_set),
  CONSTRAINT drill_parent FOREIGN KEY (parent) REFERENCES drill (id));
CREATE TABLE drill_log (id INT);
INSERT INTO drill (id, word, parent, bytes)
  VALUES (1, 'a (\n), (', NULL, x'00ff'), (2, 'ä''s', 1, NULL);
CREATE VIEW drill_view AS SELECT COUNT(*) AS number FROM drill;
CREATE FUNCTION drill_function() RETURNS INT DETERMINISTIC RETURN 7;
CREATE EVENT drill_event ON SCHEDULE EVERY 1 DAY DO DELETE FROM drill_log WHERE id < 0;
CREATE TRIGGER drill_trigger BEFORE INSERT ON drill FOR EACH ROW
  INSERT INTO drill_log VALUES (NEW.id);
"""


@pytest.fixture(scope="module")
def database(value: Value) -> str:
    """The live database."""
    return str(value("mysql_database"))


@pytest.fixture(scope="module")
def planted(host: Host, sql: Sql, database: str) -> Iterator[None]:
    """Every kind of object in the database."""
    shown = host.run(f"{SQL_CLIENT} %s <<'END'\n" + PLANTED + "\nEND", database)
    assert shown.rc == 0, shown.stderr
    yield
    sql(
        f"USE {database}; SET foreign_key_checks = 0; DROP TABLE IF EXISTS drill, drill_log;"
        "DROP VIEW IF EXISTS drill_view; DROP FUNCTION IF EXISTS drill_function;"
        "DROP EVENT IF EXISTS drill_event;"
    )


def words(sql: Sql, database: str) -> list[list[str]]:
    return sql(f"SELECT id, word, HEX(bytes), is_set FROM {database}.drill ORDER BY id")


def test_accounts_and_settings_that_drifted_are_repaired(
    converge: Converge, sql: Sql, value: Value, database: str
) -> None:
    account, address = value("[mysql_runtime_account, mysql_account_hosts[0]]")
    who = f"'{account}'@'{address}'"
    before = sql(f"SHOW GRANTS FOR {who}")
    sql(
        f"ALTER USER {who} IDENTIFIED BY 'another' ACCOUNT LOCK; GRANT PROCESS ON *.* TO {who};"
        f"GRANT DROP ON {database}.* TO {who}; SET GLOBAL sql_mode = '', max_connections = 77;"
        "CREATE USER 'root'@'%' IDENTIFIED BY 'x'"
    )
    run = converge("--tags", "mysql", "--diff")
    assert run.status == 0, run.explain()
    assert run.changed_tasks == [
        "mysql : Keep the database, its accounts and the running settings as they shall be"
    ]
    for secret in (value("mysql_runtime_password"), value("mysql_owner_password")):
        assert secret not in run.output
    assert sql(f"SHOW GRANTS FOR {who}") == before
    assert sql("SELECT host FROM mysql.user WHERE user = 'root'") == [["localhost"]]
    assert sql("SELECT @@GLOBAL.max_connections") != [["77"]]
    assert "STRICT_TRANS_TABLES" in sql("SELECT @@GLOBAL.sql_mode")[0][0]
    again = converge("--tags", "mysql")
    assert (again.status, again.changed) == (0, 0), again.explain()


def test_the_key_of_the_certificate_is_the_servers_alone(host: Host) -> None:
    key = host.file("/etc/mysql/moztrap/server.key")
    assert (key.user, key.group, key.mode) == ("root", "mysql", 0o640)
    assert host.file("/etc/moztrap/tls/database.key").mode == 0o600


def test_a_backup_is_made_and_comes_back(
    converge: Converge, planted: None, inventory: Path, sql: Sql, value: Value, database: str
) -> None:
    before = words(sql, database)
    run = converge("-e", "backup_reason=drill", playbook="playbooks/backup.yml")
    assert run.status == 0, run.explain()
    folder = sorted((inventory / ".state" / "backups").glob("*-drill"))[-1]
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["objects"] == {"triggers": 1, "events": 1, "routines": 1, "views": 1}
    assert manifest["tables"]["drill"]["rows"] == 2
    cases = sql(f"SELECT COUNT(*) FROM {database}.library_case")[0][0]
    assert manifest["tables"]["library_case"]["rows"] == int(cases)

    sql(f"USE {database}; SET foreign_key_checks = 0; DELETE FROM drill; DELETE FROM auth_group")
    proven = converge("-e", f"restore_from={folder.name}", playbook="playbooks/restore.yml")
    assert proven.status == 0, proven.explain()
    assert "Nothing was replaced" in proven.output
    assert words(sql, database) == []

    replace = f"restore_replace={value('moztrap_server_name')}"
    done = converge(
        "-e", f"restore_from={folder.name}", "-e", replace, playbook="playbooks/restore.yml"
    )
    assert done.status == 0, done.explain()
    assert words(sql, database) == before
    assert int(sql(f"SELECT COUNT(*) FROM {database}.auth_group")[0][0]) > 0
    assert sql(f"SELECT {database}.drill_function()") == [["7"]]
    left = [row[0] for row in sql("SHOW DATABASES LIKE 'moztrap%'")]
    assert left == [database, f"{database}_before_restore"]
    # Back to what was replaced, and from there to what the site needs to go on.
    for expected in ([], before):
        back = converge(
            "-e", "restore_from=former", "-e", replace, playbook="playbooks/restore.yml"
        )
        assert back.status == 0, back.explain()
        assert words(sql, database) == expected
