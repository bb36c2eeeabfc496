"""Caches in a folder and in a table: they stay small, and break nothing when broken."""

import os
import stat
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.cache.backends.base import BaseCache
from django.db import DatabaseError, connection, transaction
from django.test import Client

from moztrap.accounts.models import User
from moztrap.core import checks
from moztrap.core.cache.database import SignedDatabaseCache
from moztrap.core.cache.file import SignedFileCache
from moztrap.core.tests.cache_stores import Folder, Store, Table

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def folder() -> Iterator[Folder]:
    made = Folder()
    yield made
    made.stop()


@pytest.fixture(params=[Folder, Table], ids=["folder", "table"])
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    made = request.param()
    yield made
    made.stop()


def entries(store: Store) -> int:
    if isinstance(store, Folder):
        return len(list(store.folder.glob("*.value")))
    with connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM moztrap_cache")
        return int(cursor.fetchone()[0])


def test_only_its_own_user_may_look_into_the_folder(folder: Folder) -> None:
    folder.cache().set("key", "value")
    assert stat.S_IMODE(folder.folder.stat().st_mode) == 0o700
    modes = {stat.S_IMODE(path.stat().st_mode) for path in folder.folder.iterdir()}
    assert modes == {0o600}


def test_a_folder_that_others_may_look_into_is_warned_of(folder: Folder, settings) -> None:
    backend = "moztrap.core.cache.SignedFileCache"
    settings.CACHES = {"default": {"BACKEND": backend, "LOCATION": str(folder.folder)}}
    folder.cache().set("key", "value")
    assert checks.cache_folder_is_private() == []
    folder.folder.chmod(0o750)
    [found] = checks.cache_folder_is_private()
    assert found.id == "moztrap.W003"
    assert f"chmod 700 {folder.folder}" in str(found.hint)


def test_it_stays_small(store: Store) -> None:
    cache = store.cache(MAX_ENTRIES=100, CULL_FREQUENCY=2)
    for number in range(400):
        cache.set(f"key-{number}", number, 1000 + number)
    assert entries(store) <= 100 + 50
    # Those that would have ended first are gone.
    assert cache.get("key-399") == 399
    assert cache.get("key-0") is None


def test_what_is_over_is_removed_from_the_disk(store: Store) -> None:
    cache = store.cache()
    cache.set_many({f"old-{number}": number for number in range(20)}, 0.2)
    cache.set("forever", 1, None)
    assert entries(store) == 21
    time.sleep(0.25)
    cache.tidy()  # type: ignore[attr-defined]
    assert entries(store) == 1
    assert cache.get("forever") == 1


def test_what_a_killed_process_left_is_removed(folder: Folder) -> None:
    cache = SignedFileCache(folder.folder, {})
    cache.set("key", "value")
    left, fresh = (folder.folder / f"unfinished-{name}" for name in ("left", "fresh"))
    for path in (left, fresh):
        path.touch()
    os.utime(left, (1, 1))
    stranger = folder.folder / "README"
    stranger.touch()
    cache.tidy()
    assert not left.exists()
    assert fresh.exists()
    cache.clear()
    assert stranger.exists()


def misses_everything(cache: BaseCache) -> None:
    """Use it as the application does: nothing is kept, and nothing but a count is an error."""
    cache.set("key", "value")
    assert cache.get("key", "miss") == "miss"
    assert cache.add("key", "value") is False
    assert cache.set_many({"key": 1}) == ["key"]
    assert cache.touch("key") is False
    assert cache.delete("key") is False
    with pytest.raises(ValueError, match="not found"):
        cache.incr("key")
    cache.clear()


def test_a_folder_that_cannot_be_written_is_a_miss(tmp_path: Path) -> None:
    # A file where the folder should be: that stops root, too.
    (tmp_path / "cache").write_text("")
    cache = SignedFileCache(tmp_path / "cache", {})
    misses_everything(cache)


def test_who_holds_the_folders_lock_does_not_stop_others(folder: Folder) -> None:
    cache = SignedFileCache(folder.folder, {})
    cache.set("count", 1)
    with cache._turn() as is_mine:
        assert is_mine
        # Would wait for ever, for this very thread holds it.
        assert SignedFileCache(folder.folder, {}).add("key", "value") is False
    assert SignedFileCache(folder.folder, {}).add("key", "value") is True


def test_a_table_that_is_missing_is_a_miss() -> None:
    cache = SignedDatabaseCache("no_such_table", {})
    misses_everything(cache)


def test_a_broken_transaction_is_never_hidden() -> None:
    """The database may have undone everything in it; whoever began it must know."""
    cache = SignedDatabaseCache("no_such_table", {})
    with pytest.raises(DatabaseError), transaction.atomic():
        cache.set("key", "value")


def test_a_login_outlives_the_table(settings, outsider: User) -> None:
    made = Table()
    backend = "moztrap.core.cache.SignedDatabaseCache"
    settings.CACHES = {"default": {"BACKEND": backend, "LOCATION": made.name}}
    client = Client()
    client.force_login(outsider)
    assert client.get("/runs/", secure=True).status_code == 200
    made.stop()
    assert client.get("/runs/", secure=True).status_code == 200
    ready = client.get("/readyz", secure=True).json()
    assert ready["status"] == "degraded"
    assert ready["checks"]["cache"] == ("does not keep what it is given: the table moztrap_cache")
