"""What every cache does, whatever keeps its values."""

import pickle
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.core.cache.backends.base import BaseCache
from django.db import connection, connections

from moztrap.core.tests.cache_stores import STORES, Store

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("patient_caches"),
]


@pytest.fixture(params=list(STORES))
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    running = STORES[request.param]()
    yield running
    running.stop()


@pytest.fixture
def cache(store: Store) -> BaseCache:
    return store.cache()


def test_it_keeps_what_it_is_given(cache: BaseCache) -> None:
    for value in ("text", b"bytes", 0, -3, True, None, {"a": [1, 2]}, 1.5, 2**80, "1", b"1"):
        cache.set("key", value)
        assert cache.get("key", "missing") == value
        assert type(cache.get("key")) is type(value)
        assert cache.has_key("key")
    cache.set_many({"a": 1, "b": "two"})
    assert cache.get_many(["a", "b", "c"]) == {"a": 1, "b": "two"}
    assert cache.touch("a", 30)
    assert cache.touch("a", None)
    assert not cache.touch("c", 30)
    assert not cache.touch("c", None)
    assert cache.delete("a")
    assert not cache.delete("a")
    cache.delete_many(["b"])
    assert cache.get("b") is None
    assert not cache.has_key("b")
    assert cache.add("new", "first")
    assert not cache.add("new", "second")
    assert cache.get("new") == "first"
    cache.clear()
    assert cache.get("new") is None
    assert cache.get_many([]) == {}
    assert cache.set_many({}) == []


def test_names_differ_by_case_and_may_be_long_and_foreign(cache: BaseCache) -> None:
    names = ["key", "KEY", "kéy", "ключ", "k" * 200]
    for number, name in enumerate(names):
        cache.set(name, number)
    assert [cache.get(name) for name in names] == list(range(len(names)))


def test_what_is_over_is_gone(cache: BaseCache) -> None:
    cache.set("key", "value", 0)
    assert cache.get("key") is None
    cache.set("key", "value")
    cache.set("key", "value", -1)
    assert cache.get("key") is None
    cache.set("key", "value", None)
    assert cache.get("key") == "value"
    assert cache.touch("key", 0)
    assert cache.get("key") is None
    assert cache.add("key", "again")


def test_it_counts(store: Store, cache: BaseCache) -> None:
    cache.set("count", 5)
    assert cache.incr("count") == 6
    assert cache.decr("count", 2) == 4
    assert store.cache().get("count") == 4
    with pytest.raises(ValueError, match="not found"):
        cache.incr("nothing")
    assert cache.get("nothing") is None
    cache.set("text", "text")
    with pytest.raises(ValueError, match="not found"):
        cache.incr("text")


def at_once(store: Store, job: Callable[[BaseCache], object], threads: int) -> list[object]:
    """Run a job in threads that each have their own cache, as those of a web server do."""
    start = threading.Barrier(threads)
    results: list[object] = []

    def run() -> None:
        cache = store.cache()
        start.wait()
        try:
            results.append(job(cache))
        finally:
            connections.close_all()

    running = [threading.Thread(target=run) for _ in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    return results


def test_no_count_is_lost_and_one_alone_is_first(store: Store, cache: BaseCache) -> None:
    if connection.vendor == "sqlite" and type(store).__name__ == "Table":
        pytest.skip("SQLite has one writer (make app-mariadb)")
    cache.set("count", 0)
    at_once(store, lambda mine: [mine.incr("count") for _ in range(25)], threads=4)
    assert cache.get("count") == 100
    first = at_once(store, lambda mine: mine.add("turn", 1), threads=4)
    assert sorted(map(str, first)) == ["False", "False", "False", "True"]


def test_it_believes_no_value_of_another_key(store: Store, cache: BaseCache) -> None:
    cache.set("mine", {"user": 1})
    store.plant(cache.make_key("yours"), store.content(cache.make_key("mine")))
    assert cache.get("yours", "miss") == "miss"
    assert not cache.has_key("yours")
    assert cache.get_many(["yours", "mine"]) == {"mine": {"user": 1}}


class Bomb:
    """Would write a file when unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str, str]]:
        return open, (str(self.path), "w")


def test_it_never_unpickles_what_it_did_not_sign(
    store: Store, cache: BaseCache, tmp_path: Path
) -> None:
    target = tmp_path / "exploded"
    bomb = pickle.dumps(Bomb(target))
    key = cache.make_key("key")
    for content in (bomb, b"0" * 32 + bomb, b"", b"nonsense", b"12-", b"\xff" * 5000):
        store.plant(key, content)
        assert cache.get("key", "miss") == "miss"
        assert cache.get_many(["key"]) == {}
    assert not target.exists()
    # What it said about that answer must not disturb the next one.
    cache.set("key", "fine")
    assert cache.get("key") == "fine"


def test_an_old_secret_is_believed_and_a_foreign_one_is_not(store: Store, settings) -> None:
    store.cache().set("key", "value")
    old = settings.SECRET_KEY
    settings.SECRET_KEY = "another-" * 10
    assert store.cache().get("key") is None
    settings.SECRET_KEY_FALLBACKS = [old]
    assert store.cache().get("key") == "value"


def test_it_says_what_it_is_and_keeps_its_secrets(store: Store, cache: BaseCache) -> None:
    told = cache.describe()  # type: ignore[attr-defined]
    assert any(word in told for word in ("memcached at", "Redis at", "folder /", "table moztrap"))
    assert getattr(store, "password", "no password") not in told
