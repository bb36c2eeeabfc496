"""Caches in servers: what becomes of the site when one is away, and when it is back."""

import socket
import time
from collections.abc import Iterator

import pytest

from moztrap.core.cache.base import bounded_wait
from moztrap.core.tests.cache_stores import SERVERS, Memcached, Pymemcached, Redis, Server

patient = pytest.mark.usefixtures("patient_caches")
each_kind = pytest.mark.parametrize("kind", list(SERVERS.values()), ids=list(SERVERS))


@pytest.fixture(params=list(SERVERS))
def server(request: pytest.FixtureRequest, patient_caches: None) -> Iterator[Server]:
    running = SERVERS[request.param]()
    yield running
    running.stop()


def test_a_dead_server_is_a_miss(server: Server) -> None:
    cache = server.cache()
    cache.set("key", "value")
    server.stop()
    assert cache.get("key", "miss") == "miss"
    cache.set("key", "value")
    assert cache.add("key", "value") is False
    assert cache.get_many(["key"]) == {}
    assert cache.set_many({"key": 1}) == ["key"]
    cache.delete_many(["key"])
    assert cache.delete("key") is False
    assert cache.touch("key") is False
    assert cache.touch("key", None) is False
    cache.clear()
    with pytest.raises(ValueError, match="not found"):
        cache.incr("key")


def test_no_settings_make_a_visitor_wait_longer_than_half_a_second() -> None:
    """Measured in the settings of the sockets: a clock would measure the machine."""
    assert bounded_wait({"socket_timeout": 600}) == 0.5
    assert bounded_wait({"socket_timeout": 0.1}) == 0.1
    assert bounded_wait({}) == 0.25


@each_kind
def test_a_server_that_hangs_is_a_miss_long_before_the_settings_would_have_it(kind) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        cache = kind.cache_of(f"127.0.0.1:{silent.getsockname()[1]}", socket_timeout=600)
        started = time.monotonic()
        assert cache.get("key", "miss") == "miss"
        assert cache.get("other", "miss") == "miss"
        assert time.monotonic() - started < 300


def test_a_server_that_comes_back_has_forgotten(server: Server) -> None:
    """What ended while it was away, a session above all, must not live again."""
    cache, other = server.cache(dead_retry=0, socket_timeout=2), server.cache()
    cache.set("session", "alive")
    server.pause()
    assert cache.delete("session") is False
    server.resume()
    # It never got to hear that the session has ended.
    assert other.get("session") in {"alive", None}
    assert cache.get("session") is None
    assert other.get("session") is None
    cache.set("session", "another")
    assert cache.get("session") == "another"


def test_a_server_that_was_replaced_is_found_again(server: Server) -> None:
    cache = server.cache(dead_retry=0)
    cache.set("key", "value")
    server.stop()
    assert cache.get("key") is None
    server.start()
    cache.set("key", "value")
    assert cache.get("key") == "value"


def test_keys_do_not_move_to_another_server(server: Server) -> None:
    cache = type(server).cache_of(server.address, "127.0.0.1:1")  # type: ignore[attr-defined]
    results = set()
    for number in range(40):
        cache.set(f"key-{number}", "value")
        results.add(cache.get(f"key-{number}"))
    assert results == {"value", None}
    names = [f"key-{number}" for number in range(40)]
    assert 0 < len(cache.get_many(names)) < 40
    assert 0 < len(cache.set_many(dict.fromkeys(names, 1))) < 40
    cache.delete_many(names)
    cache.clear()


@patient
def test_both_clients_of_memcached_find_what_the_other_wrote() -> None:
    first, second = Memcached(), Memcached()
    addresses = (first.address, second.address)
    old, new = Memcached.cache_of(*addresses), Pymemcached.cache_of(*addresses)
    try:
        for number in range(20):
            old.set(f"text-{number}", "text")
            new.set(f"number-{number}", number)
        assert {new.get(f"text-{number}") for number in range(20)} == {"text"}
        assert [old.get(f"number-{number}") for number in range(20)] == list(range(20))
        assert new.incr("number-1") == 2
        assert old.decr("number-1") == 1
    finally:
        first.stop()
        second.stop()


@patient
def test_a_wrong_password_is_a_miss_and_is_told_to_nobody(caplog) -> None:
    server = Redis()
    try:
        cache = Redis.cache_of(server.address, password="a wrong guess")
        cache.set("key", "value")
        assert cache.get("key", "miss") == "miss"
    finally:
        server.stop()
    assert "Redis at 127.0.0.1" in caplog.text
    assert "a wrong guess" not in caplog.text


@patient
def test_redis_denies_what_the_site_never_does() -> None:
    """The account of the tests is the one that hosts have: see role redis."""
    server = Redis()
    try:
        client = server.cache()._servers[0].client  # type: ignore[attr-defined]
        for refused in (["CONFIG", "GET", "*"], ["KEYS", "*"], ["EVAL", "return 1", "0"],
                        ["FLUSHALL"], ["GET", "of-another-site:1:key"]):  # fmt: skip
            with pytest.raises(Exception, match=r"(?i)permission"):
                client.execute_command(*refused)
    finally:
        server.stop()
