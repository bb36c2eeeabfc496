"""Restores: the exchange of databases and media, interrupted and not, and what is typed next."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.helpers import plugins  # noqa: F401  # makes our shared code importable
from tests.helpers.mariadb_server import private_server

from ansible.module_utils.moztrap import media, scratch, server  # isort: skip
from plugins.action.moztrap_restore import departure  # isort: skip

TABLES = """
CREATE TABLE parent (id INT PRIMARY KEY, word VARCHAR(20),
  live INT GENERATED ALWAYS AS (IF(word = '', NULL, 1)) VIRTUAL, UNIQUE (word, live));
CREATE TABLE child (id INT PRIMARY KEY, parent INT,
  CONSTRAINT child_parent FOREIGN KEY (parent) REFERENCES parent (id));
INSERT INTO parent (id, word) VALUES (1, '{word}');
INSERT INTO child VALUES (1, 1);
"""
NAMES = scratch.Names("moztrap")


@pytest.fixture(scope="module")
def running() -> Iterator[server.Server]:
    with private_server() as private:
        access = ("--no-defaults", f"--socket={private.socket}", f"--user={private.user}")
        yield server.Server(access)


@pytest.fixture
def database(running: server.Server) -> server.Server:
    """A live database that says `live`, and a proven one that says `new`."""
    for name in (NAMES.live, NAMES.scratch):
        running.create(name, "utf8mb4_unicode_520_ci")
    for name in (NAMES.former, NAMES.parked):
        running.drop(name)
    running.query(TABLES.format(word="live"), NAMES.live)
    running.query(TABLES.format(word="new"), NAMES.scratch)
    return running


def word(database: server.Server, name: str) -> str:
    return database.query("SELECT word FROM parent WHERE live = 1;", name)[0][0]


def test_tables_change_places_with_their_keys(database: server.Server) -> None:
    scratch.exchange(database, NAMES, NAMES.scratch)
    assert (word(database, NAMES.live), word(database, NAMES.former)) == ("new", "live")
    assert not database.exists(NAMES.scratch)
    assert not database.exists(NAMES.parked)
    with pytest.raises(server.ServerError, match="foreign key constraint fails"):
        database.query("INSERT INTO child VALUES (2, 9);", NAMES.live)
    database.query("DROP DATABASE moztrap_before_restore;")
    database.query("INSERT INTO child VALUES (2, 1);", NAMES.live)


def test_what_was_replaced_comes_back_and_can_go_again(database: server.Server) -> None:
    scratch.exchange(database, NAMES, NAMES.scratch)
    for expected in ("live", "new"):
        scratch.exchange(database, NAMES, NAMES.former)
        assert word(database, NAMES.live) == expected
    assert word(database, NAMES.former) == "live"


def test_the_second_restore_keeps_what_it_has_replaced(database: server.Server) -> None:
    scratch.exchange(database, NAMES, NAMES.scratch)
    database.create(NAMES.scratch, "utf8mb4_unicode_520_ci")
    database.query(TABLES.format(word="newer"), NAMES.scratch)
    scratch.exchange(database, NAMES, NAMES.scratch)
    assert (word(database, NAMES.live), word(database, NAMES.former)) == ("newer", "new")


def test_nothing_is_exchanged_for_nothing(database: server.Server) -> None:
    with pytest.raises(scratch.RestoreError, match="no database moztrap_before_restore"):
        scratch.exchange(database, NAMES, NAMES.former)
    assert word(database, NAMES.live) == "live"


def test_an_exchange_that_fails_leaves_all_as_it_was(
    database: server.Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(connection: server.Server, moves: Any) -> None:
        if moves:
            raise server.ServerError("Lock wait timeout exceeded")

    monkeypatch.setattr(scratch, "_rename", refuse)
    with pytest.raises(scratch.RestoreError, match=r"is as it was.*Lock wait timeout"):
        scratch.exchange(database, NAMES, NAMES.scratch)
    assert (word(database, NAMES.live), word(database, NAMES.scratch)) == ("live", "new")
    assert not database.exists(NAMES.parked)


def test_what_a_power_cut_left_parked_is_kept(database: server.Server) -> None:
    database.create(NAMES.parked, "utf8mb4_unicode_520_ci")
    database.query(TABLES.format(word="replaced"), NAMES.parked)
    scratch.settle(database, NAMES)
    assert word(database, NAMES.former) == "replaced"
    assert not database.exists(NAMES.parked)
    scratch.settle(database, NAMES)
    assert word(database, NAMES.former) == "replaced"


def test_a_database_that_still_holds_tables_is_never_dropped(database: server.Server) -> None:
    with pytest.raises(scratch.RestoreError, match="still holds child, parent"):
        scratch._drop_empty(database, NAMES.scratch)
    assert word(database, NAMES.scratch) == "new"


def test_the_owner_gets_what_the_loader_made() -> None:
    text = b"CREATE DEFINER=`moztrap_restore`@`localhost` PROCEDURE `p`() SELECT 1"
    made = scratch._Objects("moztrap", (), (text, b"DEFINER=`other`@`%`"))
    owned = made.owned_by("moztrap_owner", "localhost").texts
    assert owned[0] == text.replace(b"moztrap_restore", b"moztrap_owner")
    assert owned[1] == b"DEFINER=`other`@`%`"


def migrated(database: server.Server, name: str, *migrations: str) -> None:
    rows = ", ".join(f"('library', '{migration}')" for migration in migrations)
    database.query(
        "CREATE TABLE django_migrations (app VARCHAR(99), name VARCHAR(99));"
        f"INSERT INTO django_migrations VALUES {rows};",
        name,
    )


def test_migrations_of_one_side_alone_are_told(database: server.Server) -> None:
    migrated(database, NAMES.scratch, "0001", "0003")
    # A database that was never migrated says nothing about the code.
    assert scratch.departures(database, NAMES.scratch, NAMES.live) == {"behind": [], "ahead": []}
    migrated(database, NAMES.live, "0001", "0002")
    assert scratch.departures(database, NAMES.scratch, NAMES.live) == {
        "behind": ["library.0002"],
        "ahead": ["library.0003"],
    }


RELEASE = "ansible-playbook playbooks/release.yml"


@pytest.mark.parametrize(
    ("found", "release", "words", "absent"),
    [
        ({}, "r1", "", ""),
        ({"behind": ["a.1"]}, "r1", f"{RELEASE} -e release_id=r1\nor apply", ""),
        (
            {"behind": ["a.1"]},
            "r2",
            f"needs;\napply those migrations again: {RELEASE}",
            "release_id",
        ),
        ({"ahead": ["a.1"]}, "r1", f"{RELEASE} -e release_id=r1", "apply"),
        ({"ahead": ["a.1"]}, "", "release the version of MozTrap", "release_id"),
    ],
)
def test_code_that_does_not_fit_is_told_with_what_to_type(
    found: dict[str, Any], release: str, words: str, absent: str
) -> None:
    said = departure(found, release, "r2-12345678")
    assert words in said
    assert bool(said) == bool(words)
    assert not absent or absent not in said


# --- Media ------------------------------------------------------------------------------


@pytest.fixture
def uploads(tmp_path: Path) -> Path:
    """Media that say `live`, and proven ones that say `new`."""
    for folder, text in ((tmp_path, "live"), (tmp_path / media.RESTORED, "new")):
        (folder / "deep").mkdir(parents=True)
        (folder / "deep" / "file").write_text(text)
        (folder / f"only-{text}").touch()
    return tmp_path


def names(root: Path) -> list[str]:
    return list(media.paths_in(root))


@pytest.mark.parametrize("allowed", range(6))
def test_media_that_were_half_exchanged_are_never_mixed(
    uploads: Path, monkeypatch: pytest.MonkeyPatch, allowed: int
) -> None:
    rename, left = Path.rename, allowed

    def cut(self: Path, target: Path) -> Path:
        nonlocal left
        if not left:
            raise KeyboardInterrupt
        left -= 1
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", cut)
    with pytest.raises(KeyboardInterrupt):
        media.exchange(uploads, media.RESTORED)
    monkeypatch.setattr(Path, "rename", rename)
    # The next restore unpacks again.
    again = uploads / media.RESTORED
    (again / "deep").mkdir(parents=True, exist_ok=True)
    (again / "deep" / "file").write_text("new")
    (again / "only-new").touch()
    media.exchange(uploads, media.RESTORED)
    assert names(uploads) == ["deep/file", "only-new"]
    assert (uploads / "deep" / "file").read_text() == "new"
    former = uploads / media.FORMER
    assert names(former) == ["deep/file", "only-live"]
    assert (former / "deep" / "file").read_text() == "live"
