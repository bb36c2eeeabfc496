"""Backups on the controller: names, manifests, checksums, retention, and what a dump holds."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.helpers import plugins  # noqa: F401  # makes our shared code importable

from ansible.module_utils.moztrap import backups, dump, media, staging  # isort: skip

NOON = 1_780_000_000.0
TABLES = {"a": {"rows": 3, "checksum": "00"}, "b": {"rows": 4, "checksum": "11"}}


def make(store: Path, number: int = 0, rows: int = 3, **changes: Any) -> backups.Backup:
    name = backups.new_name("manual", NOON + number)
    partial, _ = backups.begin(store, name, os.getpid())
    (partial / backups.DUMP).write_bytes(b"0123456789")
    tables = {"a": {"rows": rows, "checksum": "00"}}
    known = {"reason": "manual", "tables": tables, "data_bytes": 40, "media": None}
    backups.draft(partial, known | changes)
    return backups.finish(partial)


def names(store: Path) -> list[str]:
    return [backup.name for backup in backups.read_all(store)]


# --- The store ------------------------------------------------------------------------


def test_a_backup_is_for_its_owner_alone_and_tells_what_it_is(tmp_path: Path) -> None:
    os.umask(0o022)
    made = make(tmp_path / "store")
    found = backups.find(tmp_path / "store", "latest")
    assert found.manifest == made.manifest
    assert found.name == "20260528T202640Z-manual"
    assert found.manifest["time"] == "2026-05-28T20:26:40Z"
    assert found.made_at == NOON
    assert (found.rows, found.size) == (3, 10)
    assert found.folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in found.folder.iterdir()} == {0o600}
    backups.verify(found)


@pytest.mark.parametrize("reason", ["", "a b", "../up", ".hidden", "x" * 90])
def test_a_reason_that_is_no_name_is_refused(reason: str) -> None:
    with pytest.raises(backups.BackupError, match="backup_reason"):
        backups.new_name(reason, NOON)


def test_what_was_interrupted_is_no_backup_and_is_swept_by_the_next(tmp_path: Path) -> None:
    whole = make(tmp_path)
    partial, _ = backups.begin(tmp_path, backups.new_name("cut", NOON + 9), os.getpid())
    (partial / backups.DUMP).write_bytes(b"half")
    backups.draft(partial, whole.manifest)
    assert names(tmp_path) == [whole.name]
    assert backups.find(tmp_path, "latest").name == whole.name
    with pytest.raises(backups.BackupError, match=whole.name):
        backups.find(tmp_path, partial.name)
    _, swept = backups.begin(tmp_path, backups.new_name("again", NOON + 10), os.getpid())
    assert swept == [partial.name]


def test_a_backup_that_goes_on_is_left_alone_until_its_process_ends(tmp_path: Path) -> None:
    other = subprocess.Popen(["sleep", "60"])
    partial, _ = backups.begin(tmp_path, backups.new_name("nightly", NOON), other.pid)
    mine = backups.new_name("mine", NOON + 1)
    with pytest.raises(backups.UnderWayError, match=f"{partial}, by process {other.pid}"):
        backups.begin(tmp_path, mine, os.getpid())
    assert partial.is_dir()
    other.kill()
    other.wait()
    assert backups.begin(tmp_path, mine, os.getpid())[1] == [partial.name]


def test_a_manifest_tells_nothing_of_processes(tmp_path: Path) -> None:
    assert "process" not in make(tmp_path).manifest


def test_a_store_without_backups_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(backups.BackupError, match=r"playbooks/backup\.yml"):
        backups.find(tmp_path / "none", "latest")


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda path: path.write_bytes(b"0123456780"), "SHA-256 differs"),
        (lambda path: path.write_bytes(b"0123"), "4 bytes instead of 10"),
        (lambda path: path.unlink(), "is missing"),
    ],
    ids=["a flipped byte", "truncated", "gone"],
)
def test_damage_is_told_by_the_name_of_the_file(tmp_path: Path, damage: Any, words: str) -> None:
    made = make(tmp_path)
    damage(made.folder / backups.DUMP)
    with pytest.raises(backups.BackupError, match=rf"database\.sql\.zst.*{words}"):
        backups.verify(made)


def test_manifests_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    manifest = make(tmp_path).folder / backups.MANIFEST
    manifest.write_text(json.dumps({"format": 2}))
    with pytest.raises(backups.BackupError, match="of format 2"):
        backups.read_all(tmp_path)
    manifest.write_text("{")
    with pytest.raises(backups.BackupError, match=str(manifest)):
        backups.read_all(tmp_path)


def test_the_oldest_go_and_the_newest_never_does(tmp_path: Path) -> None:
    made = [make(tmp_path, number).name for number in range(4)]
    (tmp_path / "notes of a person").mkdir()
    assert backups.prune(tmp_path, 2) == made[:2]
    assert names(tmp_path) == made[2:]
    assert backups.prune(tmp_path, 1) == [made[2]]
    assert backups.prune(tmp_path, 1) == []
    assert names(tmp_path) == [made[3]]
    assert (tmp_path / "notes of a person").is_dir()
    with pytest.raises(backups.BackupError, match="backup_keep is 0"):
        backups.prune(tmp_path, 0)


def test_space_is_judged_by_what_the_last_backup_took(tmp_path: Path) -> None:
    assert backups.expected_size([], 1000) == 1000
    # 10 bytes for 40 of data, and a quarter more.
    assert backups.expected_size([make(tmp_path)], 1000) == 312


def test_a_short_disk_is_named_with_what_it_lacks() -> None:
    megabyte = backups.MEGABYTE
    backups.require_space("db1", "/var", 10 * megabyte, 5 * megabyte, 5 * megabyte)
    with pytest.raises(backups.BackupError, match=r"short on db1: /var has 9 MB free.*about 6 MB"):
        backups.require_space("db1", "/var", 9 * megabyte, 5 * megabyte, 5 * megabyte)


def test_space_is_measured_where_a_folder_will_be(tmp_path: Path) -> None:
    assert backups.free_bytes(tmp_path / "not" / "yet") > 0


def test_a_backup_with_far_fewer_rows_is_pointed_out(tmp_path: Path) -> None:
    before = make(tmp_path, 0, rows=100)
    make(tmp_path, 1, rows=51)
    assert backups.shrinkage(backups.read_all(tmp_path)) == ""
    make(tmp_path, 2, rows=7)
    assert "restore_from=" in backups.shrinkage(backups.read_all(tmp_path))
    assert before.name not in backups.shrinkage(backups.read_all(tmp_path))


def test_the_listing_has_the_newest_first(tmp_path: Path) -> None:
    assert backups.listing([], NOON) == "There is no backup yet."
    make(tmp_path, 0)
    make(tmp_path, 90_000, rows=12345)
    lines = backups.listing(backups.read_all(tmp_path), NOON + 90_120).splitlines()
    assert lines[0].split() == ["name", "reason", "age", "size", "rows"]
    assert lines[1].split()[1:] == ["manual", "2", "min", "0.0", "MB", "12345"]
    assert lines[2].split()[1:4] == ["manual", "1", "d"]


@pytest.mark.parametrize(
    ("wrote", "reads", "is_read"),
    [
        ("10.11.18-MariaDB-0+deb12u1", "11.8.3-MariaDB-0+deb13u1", True),
        ("9.7.4-2", "9.7.5-1", True),
        ("10.11.18-MariaDB-0+deb12u1", "9.7.4-2", False),
        ("9.7.4-2", "10.11.18-MariaDB-0+deb12u1", False),
    ],
)
def test_a_dump_is_read_by_the_kind_of_server_that_wrote_it(
    tmp_path: Path, wrote: str, reads: str, is_read: bool
) -> None:
    made = make(tmp_path, server=wrote)
    if is_read:
        backups.require_kin(made, "db1", reads)
        return
    with pytest.raises(backups.BackupError, match=r"db1 runs .* does not read it.*choices-dat"):
        backups.require_kin(made, "db1", reads)


# --- What a dump holds ----------------------------------------------------------------

HEAD = "/*M!999999\\- enable the sandbox mode */ \n-- MariaDB dump\n"
TABLE = """LOCK TABLES `we``ird` WRITE;
/*!40000 ALTER TABLE `we``ird` DISABLE KEYS */;
{}/*!40000 ALTER TABLE `we``ird` ENABLE KEYS */;
UNLOCK TABLES;
"""
REST = """DELIMITER ;;
/*!50003 CREATE*/ /*!50017 DEFINER=`root`@`localhost`*/ /*!50003 trigger tr before insert on a
 for each row insert into log values
(1) */;;
/*!50106 CREATE*/ /*!50117 DEFINER=`o``w`@`%`*/ /*!50106 EVENT `ev` ON SCHEDULE EVERY 1 DAY DO
CREATE DEFINER=`root`@`localhost` FUNCTION `f`() RETURNS int(11)
CREATE DEFINER=`root`@`localhost` PROCEDURE `p`()
DELIMITER ;
/*!50001 CREATE ALGORITHM=UNDEFINED */
/*!50013 DEFINER=`root`@`localhost` SQL SECURITY DEFINER */
/*!50001 VIEW `v` AS select `a`.`id` AS `id` from `a` */;
-- Dump completed
"""


def contents_of(text: str) -> tuple[dump.Contents, str]:
    found = dump.Contents()
    written = b"".join(found.feed(line) for line in text.encode().splitlines(keepends=True))
    return found, written.decode()


def rows(*values: str) -> str:
    """One INSERT statement."""
    return "INSERT INTO `we``ird` VALUES\n" + ",\n".join(values) + ";\n"


def test_rows_are_counted_and_bodies_of_triggers_are_not() -> None:
    found, _ = contents_of(HEAD + TABLE.format(rows("(1,'a')", "(2,'(\\n')")) + REST)
    assert {name: table.rows for name, table in found.tables.items()} == {"we`ird": 2}
    assert found.objects == {"triggers": 1, "events": 1, "routines": 2, "views": 1}
    assert found.complete


def test_nothing_of_a_definer_is_left_and_nothing_else_is_changed() -> None:
    planted = TABLE.format(rows("(1,'CREATE DEFINER=`a`@`b`')"))
    found, written = contents_of(HEAD + planted + REST)
    assert planted in written
    rest = written.replace(planted, "")
    assert "DEFINER=" not in rest
    assert "/*!50003 CREATE*/ /*!50017 */ /*!50003 trigger" in rest
    assert "CREATE PROCEDURE `p`()" in rest
    assert "/*!50013 SQL SECURITY DEFINER */" in rest
    assert len(found.tables) == 1


def checksum(*statements: str) -> str:
    found, _ = contents_of(TABLE.format("".join(statements)))
    return found.tables["we`ird"].checksum


def test_a_checksum_tells_content_from_form() -> None:
    same = checksum(rows("(1,'a')", "(2,'b')"))
    assert checksum(rows("(1,'a')"), rows("(2,'b')")) == same
    assert checksum(rows("(2,'b')", "(1,'a')")) == same
    for different in (
        rows("(1,'a')", "(2,'c')"),
        rows("(1,'a')"),
        rows("(1,'a')", "(1,'a')", "(2,'b')"),
    ):
        assert checksum(different) != same
    assert checksum(rows("(1,'a')", "(1,'a')")) != checksum(rows("(2,'b')", "(2,'b')"))
    assert int(checksum(""), 16) == 0


def test_rows_in_an_unknown_form_are_not_miscounted() -> None:
    with pytest.raises(dump.DumpError, match="we`ird"):
        contents_of(TABLE.format("INSERT INTO `we``ird` SELECT 1,'a' UNION SELECT 2,'b';\n"))


def test_a_dump_that_ends_early_is_not_complete() -> None:
    found, _ = contents_of(HEAD + TABLE.format(""))
    assert not found.complete


def test_comparison_names_every_table_that_differs() -> None:
    expected = dump.tables_of({"tables": TABLES})
    assert dump.compare(expected, dict(expected)) == []
    found = {"a": dump.Table(2, "00"), "c": dump.Table(1, "00")}
    assert dump.compare(expected, found) == [
        "a: 2 rows instead of 3",
        "b: is missing, with 4 rows",
        "c: is not in the backup",
    ]
    found = expected | {"b": dump.Table(4, "12")}
    assert dump.compare(expected, found) == ["b: 4 rows, but their content differs"]


# --- Programs, run for real but for the server ------------------------------------------


def program(folder: Path, name: str, script: str) -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    program(folder, "zstd", "exec cat")
    return folder


def test_a_dump_is_written_for_root_alone(tmp_path: Path, programs: Path) -> None:
    (tmp_path / "text").write_text(HEAD + TABLE.format(rows("(1,'a')")) + REST)
    program(programs, "mariadb-dump", f"cat {tmp_path}/text")
    target = tmp_path / "dump"
    found = dump.write_dump(["mariadb-dump"], target)
    assert found.tables["we`ird"].rows == 1
    assert "DEFINER=" not in target.read_text()
    assert target.stat().st_mode & 0o777 == 0o600
    assert dump.write_dump(["mariadb-dump"], None).tables == found.tables


@pytest.mark.parametrize(
    ("dumper", "squeezer", "words"),
    [
        ("echo 'Access denied' >&2; exit 2", "exec cat", "ended with 2: Access denied"),
        ("echo '-- MariaDB dump'", "exec cat", "before the dump was complete"),
        ("yes '-- x' | head -100000", "echo 'No space left' >&2; exit 1", "No space left"),
    ],
    ids=["refused", "cut off", "disk full"],
)
def test_a_dump_that_fails_is_never_taken_for_one(
    tmp_path: Path, programs: Path, dumper: str, squeezer: str, words: str
) -> None:
    program(programs, "mariadb-dump", dumper)
    program(programs, "zstd", squeezer)
    with pytest.raises(dump.DumpError, match=words):
        dump.write_dump(["mariadb-dump"], tmp_path / "dump")


def test_a_missing_program_is_named_with_its_package(tmp_path: Path, programs: Path) -> None:
    with pytest.raises(dump.DumpError, match="apt install mariadb-client"):
        dump.write_dump(["mariadb-dump-of-nowhere"], tmp_path / "dump")


def test_the_option_file_is_closed_and_gone_afterwards(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dump, "RUNTIME", tmp_path / "run")

    def use_and_fail() -> None:
        with dump.option_file("[client]\n") as path:
            assert path.read_text() == "[client]\n"
            assert path.stat().st_mode & 0o777 == 0o600
            assert path.parent.stat().st_mode & 0o777 == 0o700
            raise ZeroDivisionError

    killed, others = tmp_path / "run" / "999999999", tmp_path / "run" / "1"
    for folder in (killed, others):
        folder.mkdir(parents=True)
    with pytest.raises(ZeroDivisionError):
        use_and_fail()
    assert list((tmp_path / "run").iterdir()) == [others]


def test_the_password_is_in_no_command() -> None:
    command = dump.dump_command("moztrap", "--defaults-file=/run/x")
    # Programs of MariaDB read this option in the first place only.
    assert command[:2] == ["mariadb-dump", "--defaults-file=/run/x"]
    assert command[-1] == "moztrap"
    wanted = {"--single-transaction", "--routines", "--triggers", "--events", "--hex-blob"}
    assert wanted <= set(command)
    assert not any("password" in word or word.startswith("-p") for word in command)


def test_staged_files_are_swept_and_belong_to_who_fetches_them(tmp_path: Path) -> None:
    parent = tmp_path / "lib" / "database"
    (tmp_path / "lib").mkdir()
    folder = staging.make(tmp_path, parent)
    assert folder.stat().st_uid == tmp_path.stat().st_uid
    assert folder.stat().st_mode & 0o777 == 0o700
    (folder / "left").touch()
    again = staging.make(tmp_path, parent)
    assert list(parent.iterdir()) == [again]
    assert staging.sweep(parent)
    assert not staging.sweep(parent)


# --- Media ------------------------------------------------------------------------------


def uploads(root: Path, text: str = "one") -> Path:
    (root / "2026" / "05").mkdir(parents=True)
    (root / "2026" / "05" / "ä b.txt").write_text(text)
    (root / "empty").touch()
    return root


def test_media_come_back_as_they_were(tmp_path: Path) -> None:
    root = uploads(tmp_path / "media")
    packed = media.pack(root, tmp_path / "media.tar.gz")
    assert (packed.files, packed.bytes) == (2, 3)
    assert packed == media.look(root)
    (root / "empty").write_text("not empty any more")
    (root / "later").touch()
    assert media.unpack(tmp_path / "media.tar.gz", root) == packed
    assert media.look(root).files == 3, "what is only proven must not be in the way"
    media.exchange(root, media.RESTORED)
    assert media.look(root) == packed
    assert (root / media.FORMER / "later").exists()
    media.exchange(root, media.FORMER)
    assert (root / "later").exists()
    assert media.look(root / media.FORMER) == packed
    assert media.forget(root, media.FORMER)
    assert not media.forget(root, media.FORMER)


def test_a_changed_name_or_byte_changes_the_checksum(tmp_path: Path) -> None:
    root = uploads(tmp_path / "media")
    before = media.look(root).checksum
    (root / "empty").rename(root / "renamed")
    renamed = media.look(root).checksum
    (root / "2026" / "05" / "ä b.txt").write_text("two")
    assert len({before, renamed, media.look(root).checksum}) == 3
