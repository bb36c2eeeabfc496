"""Choice external: whose rows are where, at every step of a move to it and back."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from testinfra.host import Host

from tests.helpers.application import ask
from tests.helpers.commands import done
from tests.helpers.playbook import Run
from tests.helpers.visitor import Visitor
from tests.testinfra.backup.conftest import contents, newest
from tests.testinfra.conftest import Sql, Value
from tests.testinfra.external.conftest import NAME, DatabaseServer
from tests.testinfra.options.conftest import run_tests

GROUPS = ("web",)
UNITS = ("moztrap-gunicorn@*.service", "mariadb.service")
Choose = Callable[..., Run]
Contents = dict[str, tuple[str, str]]
# Shared tests of a site that runs, whoever runs its database.
SHARED = ("test_activate.py", "test_web.py", "test_pages.py", "test_settings.py")
CONNECTED = """
from django.db import connection
cursor = connection.cursor()
cursor.execute("SELECT @@hostname")
print(cursor.fetchone()[0])
cursor.execute("SHOW SESSION STATUS LIKE 'Ssl_cipher'")
print(cursor.fetchone()[1])
"""


def refused(run: Run, *words: str) -> None:
    """It ended before it did anything, and says why."""
    assert run.status != 0, run.explain()
    assert "No host was touched" in run.output, run.explain()
    for word in words:
        assert word in run.output, run.explain()


def is_own_server_retired(host: Host) -> bool:
    """The site's own MariaDB is stopped, and stays so."""
    service = host.service("mariadb")
    return not service.is_running and not service.is_enabled


def test_a_server_that_is_not_ready_is_refused(
    choose: Choose, database_server: DatabaseServer, value: Value
) -> None:
    run = choose()
    refused(run, f"is not accepted by {NAME}:3306 for {value('mysql_runtime_account')}")
    for kind in ("runtime", "owner", "backup"):
        assert value(f"mysql_{kind}_password") not in run.output


def test_a_server_of_another_authority_is_refused(
    choose: Choose, database_server: DatabaseServer, statements: str, inventory: Path
) -> None:
    database_server.prepare(statements)
    private = inventory / ".state" / "tls" / "ca.pem"
    refused(choose(moztrap_database_ca=str(private)), "cannot be trusted")


def test_a_server_that_is_away_is_named(choose: Choose, database_server: DatabaseServer) -> None:
    done(database_server.host, "systemctl stop mariadb")
    try:
        refused(choose(), f"{NAME}:3306 cannot be reached")
    finally:
        done(database_server.host, "systemctl start mariadb")


def test_accounts_that_may_do_too_little_or_too_much_are_named(
    choose: Choose, database_server: DatabaseServer, value: Value
) -> None:
    runtime, owner = value("[mysql_runtime_account, mysql_owner_account]")
    database_server.ask(f"GRANT DROP ON moztrap.* TO {runtime}@'%'")
    database_server.ask(f"REVOKE CREATE ON moztrap.* FROM {owner}@'%'")
    try:
        refused(choose(), f"account {runtime} at {NAME}", f"account {owner} at {NAME}", "GRANT")
    finally:
        database_server.ask(f"REVOKE DROP ON moztrap.* FROM {runtime}@'%'")
        database_server.ask(f"GRANT CREATE ON moztrap.* TO {owner}@'%'")


def test_a_site_begins_on_an_empty_one(
    choose: Choose, database_server: DatabaseServer, administrator: Visitor, host: Host
) -> None:
    run = choose()
    assert run.status == 0, run.explain()
    tables = database_server.ask(
        "SELECT table_name, engine, table_collation FROM information_schema.tables"
        " WHERE table_schema = 'moztrap' AND table_type = 'BASE TABLE'"
    )
    assert len(tables) > 20
    odd = [row for row in tables if row[1] != "InnoDB" or not row[2].startswith("utf8mb4_")]
    assert odd == []
    assert is_own_server_retired(host)
    assert "is still in /var/lib/mysql" in " ".join(run.output.split()), run.explain()


def test_the_way_back_finds_everything_as_it_was(
    choose: Choose, administrator: Visitor, host: Host, value: Value
) -> None:
    trusted = value("database_authority_path")
    assert host.file(trusted).exists
    run = choose(own=True)
    assert run.status == 0, run.explain()
    assert not is_own_server_retired(host)
    assert not host.file(trusted).exists
    page = administrator.get("/")
    assert page.status == 200, page.describe()
    assert 'type="password"' not in page.text, "the login is lost"


@dataclass
class Moved:
    """What there was before the move, and how it went."""

    before: Contents
    run: Run


@pytest.fixture(scope="module")
def moved(
    choose: Choose,
    database_server: DatabaseServer,
    statements: str,
    administrator: Visitor,
    host: Host,
    sql: Sql,
    value: Value,
    store: Path,
) -> Moved:
    """A move as the documentation tells it."""
    done(host, "systemctl stop %s", value("moztrap_web_unit"))
    before = contents(sql, value("mysql_database"))
    backup = choose(playbook="playbooks/backup.yml", own=True)
    assert backup.status == 0, backup.explain()
    database_server.prepare(statements)
    dump = newest(store) / "database.sql.zst"
    database_server.load(dump, *value("[mysql_owner_account, mysql_owner_password]"))
    done(host, "systemctl stop mariadb")
    return Moved(before, choose())


def test_a_move_brings_every_row(moved: Moved, database_server: DatabaseServer, host: Host) -> None:
    assert moved.run.status == 0, moved.run.explain()
    assert contents(database_server.ask, "moztrap") == moved.before
    assert is_own_server_retired(host)


def test_who_was_logged_in_still_is(moved: Moved, administrator: Visitor) -> None:
    page = administrator.get("/")
    assert page.status == 200, page.describe()
    assert 'type="password"' not in page.text, "the login is lost"


def test_the_site_asks_the_other_server_over_tls(
    moved: Moved, database_server: DatabaseServer, host: Host, value: Value
) -> None:
    name, cipher = ask(host, value, CONNECTED).splitlines()
    assert name == done(database_server.host, "hostname").strip()
    assert cipher.startswith("TLS_")


def test_a_second_run_changes_nothing(moved: Moved, choose: Choose) -> None:
    for arguments in (("--check",), ()):
        run = choose(*arguments)
        assert run.status == 0, run.explain()
        assert run.changed == 0, run.changed_tasks


def test_the_shared_tests_pass(moved: Moved, inventory: Path) -> None:
    status, output = run_tests(inventory, *(f"tests/testinfra/{name}" for name in SHARED))
    assert status == 0, output


def test_backups_are_made_of_it_and_a_restore_is_refused(
    moved: Moved, choose: Choose, store: Path
) -> None:
    earlier = newest(store)
    run = choose("-e", "backup_reason=external", playbook="playbooks/backup.yml")
    assert run.status == 0, run.explain()
    made = newest(store)
    assert made != earlier
    assert made.name.endswith("-external")
    restore = choose("-e", f"restore_from={made.name}", playbook="playbooks/restore.yml")
    assert restore.status != 0
    assert NAME in restore.output, restore.explain()


def test_while_it_is_away_the_site_says_so(
    moved: Moved, database_server: DatabaseServer, administrator: Visitor
) -> None:
    done(database_server.host, "systemctl stop mariadb")
    try:
        page = administrator.get("/products/")
        assert page.status == 503, page.describe()
        assert page.header("Retry-After")
    finally:
        done(database_server.host, "systemctl start mariadb")
    page = administrator.get("/products/")
    assert page.status == 200, page.describe()


def test_everything_comes_back_to_a_server_of_the_site_s_own(
    moved: Moved,
    choose: Choose,
    database_server: DatabaseServer,
    host: Host,
    sql: Sql,
    value: Value,
    store: Path,
) -> None:
    """What was written elsewhere since the move included, as the documentation tells it."""
    name = value("moztrap_admin_username")
    # Something that no run puts back, as it would the administrator's address.
    database_server.ask(
        "UPDATE moztrap.accounts_user SET date_joined = date_joined - INTERVAL 1 DAY"
        f" WHERE username = '{name}'"
    )
    done(host, "systemctl stop %s", value("moztrap_web_unit"))
    before = contents(database_server.ask, "moztrap")
    assert before != moved.before
    backup = choose(playbook="playbooks/backup.yml")
    assert backup.status == 0, backup.explain()
    run = choose(own=True)
    assert run.status == 0, run.explain()
    restore = choose(
        *("-e", f"restore_from={newest(store).name}"),
        *("-e", f"restore_replace={value('moztrap_server_name')}"),
        playbook="playbooks/restore.yml",
        own=True,
    )
    assert restore.status == 0, restore.explain()
    assert contents(sql, value("mysql_database")) == before
    again = choose(own=True)
    assert again.status == 0, again.explain()
    assert again.changed == 0, again.changed_tasks
