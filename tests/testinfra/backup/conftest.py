"""Fixtures of the backup drill: disposable hosts alone, in the order of the modules' names."""

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from testinfra.host import Host

from tests.helpers.playbook import Run
from tests.testinfra.conftest import Sql, Value
from tests.testinfra.negative.conftest import Converge, converge  # noqa: F401

Play = Callable[..., Run]

# What the product has, and what somebody may have added: all of it has to come back.
PLANTED = r"""
CREATE TABLE drill (id INT PRIMARY KEY, word VARCHAR(40), parent INT, bytes BLOB,
  is_set INT GENERATED ALWAYS AS (IF(word = '', NULL, 1)) VIRTUAL, UNIQUE (word, is_set),
  CONSTRAINT drill_parent FOREIGN KEY (parent) REFERENCES drill (id));
CREATE TABLE drill_log (id INT);
CREATE SEQUENCE drill_sequence;
INSERT INTO drill (id, word, parent, bytes) VALUES (1, 'a (\n', NULL, x'00ff'), (2, 'ä', 1, NULL);
CREATE VIEW drill_view AS SELECT COUNT(*) AS number FROM drill;
CREATE FUNCTION drill_function() RETURNS INT RETURN 7;
CREATE EVENT drill_event ON SCHEDULE EVERY 1 DAY DO DELETE FROM drill_log WHERE id < 0;
CREATE TRIGGER drill_trigger BEFORE INSERT ON drill FOR EACH ROW
  INSERT INTO drill_log VALUES (NEW.id);
"""


@pytest.fixture(scope="session")
def backup(converge: Converge) -> Play:  # noqa: F811
    """Run playbooks/backup.yml."""
    return lambda *arguments: converge(*arguments, playbook="playbooks/backup.yml")


@pytest.fixture(scope="session")
def restore(converge: Converge) -> Play:  # noqa: F811
    """Run playbooks/restore.yml."""
    return lambda *arguments: converge(*arguments, playbook="playbooks/restore.yml")


@pytest.fixture(scope="module")
def database(value: Value) -> str:
    """The live database."""
    return str(value("mysql_database"))


@pytest.fixture(scope="module")
def replace(value: Value) -> str:
    """What confirms that the live database shall be replaced."""
    return f"restore_replace={value('moztrap_server_name')}"


@pytest.fixture(scope="session")
def store(inventory: Path) -> Path:
    """The controller's backups; none at the beginning."""
    folder = inventory / ".state" / "backups"
    shutil.rmtree(folder, ignore_errors=True)
    return folder


def manifests(store: Path) -> dict[str, dict[str, Any]]:
    """Name → manifest of every whole backup, the oldest first."""
    return {
        path.parent.name: json.loads(path.read_text())
        for path in sorted(store.glob("*/manifest.json"))
        if not path.parent.name.endswith(".partial")
    }


def newest(store: Path) -> Path:
    """The folder of the newest backup."""
    return store / list(manifests(store))[-1]


@pytest.fixture(scope="module")
def planted(host: Host, sql: Sql, database: str) -> Iterator[None]:
    """Every kind of object in the database, and media in their folder."""
    shown = host.run("mariadb %s <<'END'\n" + PLANTED + "\nEND", database)
    assert shown.rc == 0, shown.stderr
    made = host.run(
        "install -d -o moztrap -g moztrap /srv/moztrap/media/drill"
        " && echo one > /srv/moztrap/media/drill/'ä 1.txt'"
        " && chown moztrap: /srv/moztrap/media/drill/*"
    )
    assert made.rc == 0, made.stderr
    yield
    sql(
        f"USE {database}; SET foreign_key_checks = 0; DROP TABLE IF EXISTS drill, drill_log;"
        "DROP SEQUENCE IF EXISTS drill_sequence; DROP VIEW IF EXISTS drill_view;"
        "DROP FUNCTION IF EXISTS drill_function; DROP EVENT IF EXISTS drill_event;"
    )


def contents(sql: Sql, database: str) -> dict[str, tuple[str, str]]:
    """Rows of every table but those that any visit changes, and a sum over all their values.

    Not CHECKSUM TABLE: where a column is empty it counts what was in memory before, so that
    FLUSH TABLES alone makes it another one.
    """
    changing = {"django_session", "accounts_throttlecount"}
    columns: dict[str, list[str]] = {}
    for table, column in sql(
        "SELECT table_name, column_name FROM information_schema.columns"
        " JOIN information_schema.tables USING (table_schema, table_name)"
        f" WHERE table_schema = '{database}' AND table_type = 'BASE TABLE'"
        " ORDER BY table_name, ordinal_position"
    ):
        if table not in changing:
            columns.setdefault(table, []).append(f"COALESCE(MD5(`{column}`), '-')")
    summed = " UNION ALL ".join(
        f"SELECT '{table}', COUNT(*), COALESCE(SUM(CRC32(CONCAT_WS(',', {', '.join(values)}))), 0)"
        f" FROM `{database}`.`{table}`"
        for table, values in columns.items()
    )
    return {table: (rows, total) for table, rows, total in sql(summed)}
