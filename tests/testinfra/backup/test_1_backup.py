"""A backup: what is in it, who may read it, and what is none."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from testinfra.host import Host

from tests.helpers.playbook import Run
from tests.helpers.watch import here_and_there
from tests.testinfra.backup.conftest import Play, manifests, newest
from tests.testinfra.conftest import Sql, Value

GROUPS = ("db",)
UNITS = ("mariadb.service",)


@pytest.fixture(scope="module")
def password(value: Value) -> str:
    """The secret that the dump is made with."""
    return str(value("mysql_backup_password"))


@pytest.fixture(scope="module")
def watched(
    host: Host, backup: Play, store: Path, testbed: Path, planted: None, password: str
) -> tuple[Run, list[dict[str, object]]]:
    """A first backup with every detail shown, and both process lists watched meanwhile."""
    watches = here_and_there(testbed, host.backend.get_hostname(), password)
    try:
        run = backup("-vvv", "--diff", "-e", "backup_reason=first")
    finally:
        reports = [watch.end() for watch in watches]
    return run, reports


def test_dry_run_makes_nothing(backup: Play, store: Path) -> None:
    run = backup("--check", "--diff")
    assert run.status == 0, run.explain()
    assert not store.exists()


def test_backup_is_listed_with_its_reason_and_rows(
    watched: tuple[Run, list[dict[str, object]]], store: Path
) -> None:
    run, _ = watched
    assert run.status == 0, run.explain()
    name, manifest = next(iter(manifests(store).items()))
    assert name.endswith("Z-first")
    rows = sum(table["rows"] for table in manifest["tables"].values())
    listed = [line.split() for line in run.output.splitlines() if line.startswith(name)]
    assert listed, run.explain()
    assert listed[0][1] == "first"
    assert listed[0][-1] == str(rows)


def test_manifest_tells_every_row_and_object(
    watched: tuple[Run, list[dict[str, object]]], store: Path, host: Host, sql: Sql, database: str
) -> None:
    manifest = next(iter(manifests(store).values()))
    tables = {
        row[0]
        for row in sql(
            "SELECT table_name FROM information_schema.tables"
            f" WHERE table_schema = '{database}' AND table_type = 'BASE TABLE'"
        )
    }
    assert set(manifest["tables"]) == tables
    for table in ("drill", "auth_group", "django_migrations"):
        counted = sql(f"SELECT COUNT(*) FROM `{database}`.`{table}`")
        assert manifest["tables"][table]["rows"] == int(counted[0][0])
    assert manifest["objects"] == {"triggers": 1, "events": 1, "routines": 1, "views": 1}
    uploads = host.run("find /srv/moztrap/media -type f | wc -l").stdout
    assert manifest["media"]["files"] == int(uploads)


def test_backup_says_what_was_live(
    watched: tuple[Run, list[dict[str, object]]], store: Path, host: Host
) -> None:
    manifest = next(iter(manifests(store).values()))
    live = host.run("readlink /srv/moztrap/current").stdout.strip().rpartition("/")[2]
    assert manifest["deployment"] == live
    assert live.startswith(manifest["release"])


def test_backup_is_open_to_its_owner_alone(
    watched: tuple[Run, list[dict[str, object]]], store: Path
) -> None:
    folder = newest(store)
    assert [path.stat().st_mode & 0o777 for path in (store, folder)] == [0o700, 0o700]
    assert {path.name for path in folder.iterdir()} == {
        "database.sql.zst",
        "manifest.json",
        "media.tar.gz",
    }
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}


def test_nothing_is_left_on_the_host(
    watched: tuple[Run, list[dict[str, object]]], host: Host
) -> None:
    left = host.run("find /var/lib/moztrap-backup /run/moztrap-backup -type f 2>/dev/null").stdout
    assert left == ""


def test_password_is_shown_nowhere(
    watched: tuple[Run, list[dict[str, object]]], host: Host, password: str
) -> None:
    run, reports = watched
    assert password not in run.output, "some task shows the password of the backup account"
    for where, report in zip(("controller", "host"), reports, strict=True):
        looks = report["looks"]
        assert isinstance(looks, int)
        assert looks > 20, f"{where}: looked {looks} times only"
        assert report["seen"] == [], where
    half = len(password) // 2
    told = host.run(
        "journalctl --no-pager | grep -cF -- %s%s", password[:half], password[half:]
    ).stdout
    assert told.strip() == "0", "the host's journal knows the password"


def test_interrupted_backup_is_none_and_is_swept(
    watched: tuple[Run, list[dict[str, object]]], store: Path, backup: Play, restore: Play
) -> None:
    whole = newest(store)
    cut = store / "29991231T235959Z-cut.partial"
    cut.mkdir()
    (cut / "database.sql.zst").write_bytes((whole / "database.sql.zst").read_bytes()[:100])
    (cut / "manifest.json").write_bytes((whole / "manifest.json").read_bytes())
    run = restore("-e", "restore_from=latest")
    assert run.status == 0, run.explain()
    assert f"{whole.name}: restored into a scratch database" in run.output
    run = backup("-e", "backup_reason=second")
    assert run.status == 0, run.explain()
    assert f"removed {cut.name}" in run.output
    assert not cut.exists()


def test_second_backup_prunes_and_says_so(
    watched: tuple[Run, list[dict[str, object]]], store: Path, backup: Play
) -> None:
    before = list(manifests(store))
    run = backup("-e", "backup_reason=third", "-e", "backup_keep=2")
    assert run.status == 0, run.explain()
    left = list(manifests(store))
    assert left[0] == before[-1]
    assert left[1].endswith("-third")
    assert len(left) == 2
    assert f"removed {before[0]}" in run.output


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of the controller that has 1 MB."""
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "drill", str(tmp_path)], check=True)
    yield tmp_path / "backups"
    subprocess.run(["umount", str(tmp_path)], check=True)


def test_short_disk_of_the_controller_is_named_before_anything_is_dumped(
    backup: Play, small_disk: Path
) -> None:
    run = backup("-e", f"backup_store={small_disk}")
    assert run.status == 2, run.explain()
    assert "The disk is short on the controller" in run.output, run.explain()
    assert str(small_disk) in run.output
    assert not small_disk.exists()


def test_short_disk_of_the_host_is_named_before_anything_is_dumped(
    backup: Play, store: Path, host: Host
) -> None:
    before = list(manifests(store))
    run = backup("-e", "backup_reserve_megabytes=90000000")
    assert run.status == 2, run.explain()
    assert f"The disk is short on {host.backend.get_hostname()}" in run.output, run.explain()
    assert list(manifests(store)) == before
    assert not list(store.glob("*.partial"))
