"""A restore: refused, proven, done, taken back, and after the loss of the whole database."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from testinfra.host import Host

from tests.helpers.visitor import Visitor
from tests.helpers.website import Site
from tests.testinfra.backup.conftest import Play, contents, manifests, newest
from tests.testinfra.conftest import Sql, Value
from tests.testinfra.negative.conftest import Converge

GROUPS = ("db",)
UNITS = ("mariadb.service", "moztrap-application@main.service")
LATER = "INSERT INTO drill (id, word, parent) VALUES (3, 'later', 1)"


@pytest.fixture(scope="module")
def saved(
    backup: Play, store: Path, planted: None, sql: Sql, database: str
) -> tuple[Path, dict[str, tuple[str, str]]]:
    """A backup, and what was in the database when it was made."""
    run = backup("-e", "backup_reason=drill")
    assert run.status == 0, run.explain()
    return newest(store), contents(sql, database)


@pytest.fixture
def changed(host: Host, sql: Sql, database: str, saved: object) -> None:
    """What happened after the backup: a row more, one less, another file."""
    sql(
        f"USE {database}; SET foreign_key_checks = 0; DELETE FROM drill; DELETE FROM drill_log;"
        f" DELETE FROM auth_group_permissions; INSERT INTO drill (id, word) VALUES (1, 'other');"
        f" {LATER}"
    )
    host.run("echo later > /srv/moztrap/media/later.txt")


def databases(sql: Sql) -> list[str]:
    return [row[0] for row in sql("SHOW DATABASES LIKE 'moztrap%'")]


@pytest.fixture
def flipped(saved: tuple[Path, object]) -> Iterator[Path]:
    """One byte of the dump is another one."""
    path = saved[0] / "database.sql.zst"
    whole = path.read_bytes()
    middle = len(whole) // 2
    path.write_bytes(whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :])
    yield path
    path.write_bytes(whole)


def test_flipped_byte_is_refused_by_name(
    restore: Play, flipped: Path, replace: str, sql: Sql, database: str
) -> None:
    before = contents(sql, database)
    run = restore("-e", f"restore_from={flipped.parent.name}", "-e", replace)
    assert run.status == 2, run.explain()
    assert f"{flipped} is not what was written" in " ".join(run.output.split())
    assert run.changed == 0
    assert contents(sql, database) == before


def test_dump_that_does_not_fit_its_manifest_is_refused_by_table(
    restore: Play, saved: tuple[Path, object], replace: str, sql: Sql, database: str
) -> None:
    manifest = saved[0] / "manifest.json"
    whole = manifest.read_text()
    drill = manifests(saved[0].parent)[saved[0].name]["tables"]["drill"]["checksum"]
    manifest.write_text(whole.replace(drill, "0" * 64))
    before = contents(sql, database)
    try:
        run = restore("-e", f"restore_from={saved[0].name}", "-e", replace)
    finally:
        manifest.write_text(whole)
    assert run.status == 2, run.explain()
    assert "drill: 2 rows, but their content differs" in run.output, run.explain()
    assert contents(sql, database) == before
    assert databases(sql) == [database]


def test_without_confirmation_it_only_proves(
    restore: Play, changed: None, saved: tuple[Path, object], host: Host, sql: Sql, database: str
) -> None:
    before = contents(sql, database)
    run = restore("-e", f"restore_from={saved[0].name}")
    assert run.status == 0, run.explain()
    assert "Nothing was replaced" in run.output
    assert f"restore_from={saved[0].name} -e restore_replace=" in run.output
    assert contents(sql, database) == before
    assert databases(sql) == [database]
    assert not host.file("/srv/moztrap/media/.restored").exists


def test_taking_back_what_never_was_closes_nothing(
    restore: Play, saved: object, replace: str, site: Site
) -> None:
    run = restore("-e", "restore_from=former", "-e", replace)
    assert run.status == 2, run.explain()
    assert "no database moztrap_before_restore" in " ".join(run.output.split())
    assert run.changed == 0
    assert site.get("/readyz").status == 200


def test_another_site_is_never_replaced(restore: Play, saved: object) -> None:
    run = restore("-e", "restore_replace=another.example.org")
    assert run.status == 2, run.explain()
    assert "this inventory is of the site" in " ".join(run.output.split())
    assert run.changed == 0


class Onlooker(threading.Thread):
    """Asks for the login page until told to stop, and notes every answer."""

    def __init__(self, site: Site) -> None:
        super().__init__()
        self.site = site
        self.done = threading.Event()
        self.answers: list[tuple[int, bool, bool]] = []

    def run(self) -> None:
        while not self.done.is_set():
            page = Visitor(self.site).get("/accounts/login/")
            self.answers.append(
                (page.status, bool(page.header("retry-after")), 'type="password"' in page.text)
            )


def test_replaced_database_is_that_of_the_backup(
    restore: Play,
    changed: None,
    saved: tuple[Path, dict[str, tuple[str, str]]],
    replace: str,
    site: Site,
    host: Host,
    sql: Sql,
    database: str,
) -> None:
    onlooker = Onlooker(site)
    onlooker.start()
    try:
        run = restore("-e", f"restore_from={saved[0].name}", "-e", replace)
    finally:
        onlooker.done.set()
        onlooker.join()
    assert run.status == 0, run.explain()
    assert contents(sql, database) == saved[1]
    assert not host.file("/srv/moztrap/media/later.txt").exists
    assert host.file("/srv/moztrap/media/drill/ä 1.txt").content_string == "one\n"
    assert host.file("/srv/moztrap/media/drill/ä 1.txt").user == "moztrap"
    assert databases(sql) == [database, f"{database}_before_restore"]
    wrong = [
        answer
        for answer in onlooker.answers
        if answer not in {(200, False, True), (503, True, False)}
    ]
    assert wrong == [], "a visitor saw something else than the site, or a 503 with Retry-After"
    assert onlooker.answers[-1][0] == 200
    assert any(status == 503 for status, _, _ in onlooker.answers), "the site was never closed"


def test_objects_work_where_their_tables_went(sql: Sql, value: Value, database: str) -> None:
    owner = value("mysql_owner_account")
    assert sql(f"SELECT number FROM {database}.drill_view") == [["2"]]
    assert sql(f"SELECT {database}.drill_function()") == [["7"]]
    assert sql(f"SELECT id, is_set FROM {database}.drill ORDER BY id") == [["1", "1"], ["2", "1"]]
    sql(f"USE {database}; {LATER}")
    assert sql(f"SELECT id FROM {database}.drill_log ORDER BY id DESC LIMIT 1") == [["3"]]
    sql(f"DELETE FROM {database}.drill WHERE id = 3")
    definers = sql(
        "SELECT definer FROM information_schema.triggers UNION SELECT definer FROM"
        f" information_schema.views WHERE table_schema = '{database}'"
    )
    assert [f"{owner}@localhost"] in definers


def test_application_works_with_the_renamed_tables(site: Site, value: Value) -> None:
    person = Visitor(site)
    page = person.log_in(value("moztrap_admin_username"), value("moztrap_admin_password"))
    assert page.status == 200, page.describe()
    assert 'type="password"' not in page.text, page.describe()
    assert person.get("/cases/").status == 200


def test_restore_can_be_taken_back(
    restore: Play, replace: str, host: Host, sql: Sql, database: str, site: Site
) -> None:
    run = restore("-e", "restore_from=former", "-e", replace)
    assert run.status == 0, run.explain()
    assert sql(f"SELECT word FROM {database}.drill ORDER BY id") == [["other"], ["later"]]
    assert host.file("/srv/moztrap/media/later.txt").exists
    assert site.get("/readyz").status == 200


def test_next_backup_drops_what_was_replaced(
    backup: Play, host: Host, sql: Sql, database: str
) -> None:
    run = backup()
    assert run.status == 0, run.explain()
    assert databases(sql) == [database]
    assert not host.file("/srv/moztrap/media/.before_restore").exists


def test_backup_of_another_release_says_what_to_type_and_stays_closed(
    restore: Play,
    converge: Converge,
    saved: tuple[Path, object],
    replace: str,
    sql: Sql,
    database: str,
    site: Site,
) -> None:
    sql(
        f"INSERT INTO {database}.django_migrations (app, name, applied)"
        " VALUES ('library', '9999_of_a_later_release', NOW())"
    )
    run = restore("-e", f"restore_from={saved[0].name}", "-e", replace)
    assert run.status == 2, run.explain()
    said = " ".join(run.output.split())
    assert "lacks the migration library.9999_of_a_later_release that the live release needs" in said
    assert "ansible-playbook playbooks/release.yml" in said
    page = site.get("/")
    assert (page.status, bool(page.header("retry-after"))) == (503, True), page.describe()
    run = converge(playbook="playbooks/release.yml")
    assert run.status == 0, run.explain()
    assert site.get("/readyz").status == 200


def test_lost_database_host_comes_back(
    converge: Converge,
    restore: Play,
    saved: tuple[Path, dict[str, tuple[str, str]]],
    replace: str,
    host: Host,
    sql: Sql,
    database: str,
    site: Site,
    value: Value,
) -> None:
    lost = host.run(
        "systemctl stop mariadb && DEBIAN_FRONTEND=noninteractive apt-get -qq purge -y"
        " 'mariadb-server*' 'mariadb-client*' zstd && rm -rf /var/lib/mysql /var/lib/moztrap-backup"
        " /etc/mysql/mariadb.conf.d/90-moztrap.cnf"
    )
    assert lost.rc == 0, lost.stderr
    run = converge()
    assert run.status == 0, run.explain()
    run = restore("-e", f"restore_from={saved[0].name}", "-e", replace)
    assert run.status == 0, run.explain()
    assert contents(sql, database) == saved[1]
    assert site.get("/readyz").status == 200
    again = converge()
    assert again.status == 0, again.explain()
    assert again.changed == 0, again.changed_tasks
