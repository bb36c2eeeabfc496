"""The cache backend, against real memcached servers and against none."""

import pickle
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator

import memcache
import pytest

from moztrap.core.cache import LONGEST_WAIT, SignedMemcachedCache


class Server:
    """A memcached of this test's own."""

    def __init__(self) -> None:
        assert shutil.which("memcached"), (
            "memcached is not installed; type: apt-get install memcached"
        )
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(
            ["memcached", "-u", "nobody", "-l", "127.0.0.1", "-p", str(self.port), "-U", "0"]
        )
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.05)
        raise AssertionError("memcached did not start")

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"


@pytest.fixture
def server() -> Iterator[Server]:
    running = Server()
    yield running
    running.stop()


def make_cache(*addresses: str, **options: float) -> SignedMemcachedCache:
    return SignedMemcachedCache(list(addresses), {"OPTIONS": options, "KEY_PREFIX": "site"})


def test_it_keeps_what_it_is_given(server: Server) -> None:
    cache = make_cache(server.address)
    for value in ("text", b"bytes", 0, -3, True, None, {"a": [1, 2]}, 1.5):
        cache.set("key", value)
        assert cache.get("key", "missing") == value
        assert type(cache.get("key")) is type(value)
    cache.set_many({"a": 1, "b": "two"})
    assert cache.get_many(["a", "b", "c"]) == {"a": 1, "b": "two"}
    assert cache.touch("a", 30)
    assert not cache.touch("c", 30)
    assert cache.delete("a")
    assert not cache.delete("a")
    cache.delete_many(["b"])
    assert cache.get("b") is None
    assert cache.add("new", "first")
    assert not cache.add("new", "second")
    cache.clear()
    assert cache.get("new") is None


def test_it_counts(server: Server) -> None:
    cache = make_cache(server.address)
    cache.set("count", 5)
    assert cache.incr("count") == 6
    assert cache.decr("count", 2) == 4
    assert make_cache(server.address).get("count") == 4
    with pytest.raises(ValueError, match="not found"):
        cache.incr("nothing")


def test_it_believes_no_value_of_another_key(server: Server) -> None:
    cache = make_cache(server.address)
    cache.set("mine", {"user": 1})
    raw = memcache.Client([server.address])
    raw.set(cache.make_key("yours"), raw.get(cache.make_key("mine")))
    assert cache.get("yours", "miss") == "miss"
    assert cache.get_many(["yours", "mine"]) == {"mine": {"user": 1}}


class Bomb:
    """Would write a file when unpickled."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str, str]]:
        return open, (self.path, "w")


def test_it_never_unpickles_what_it_did_not_sign(server: Server, tmp_path) -> None:
    cache = make_cache(server.address)
    target = tmp_path / "exploded"
    raw = memcache.Client([server.address], pickleProtocol=2)
    key = cache.make_key("key")
    raw.set(key, Bomb(str(target)))
    assert cache.get("key", "miss") == "miss"
    raw.set(key, b"0" * 32 + pickle.dumps(Bomb(str(target))))
    assert cache.get("key", "miss") == "miss"
    raw.set(key, "x" * 5000, min_compress_len=10)
    assert cache.get("key", "miss") == "miss"
    assert not target.exists()
    # What it said about that answer must not disturb the next one.
    cache.set("key", "fine")
    assert cache.get("key") == "fine"


def test_an_old_secret_is_believed_and_a_foreign_one_is_not(server: Server, settings) -> None:
    make_cache(server.address).set("key", "value")
    old = settings.SECRET_KEY
    settings.SECRET_KEY = "another-" * 10
    assert make_cache(server.address).get("key") is None
    settings.SECRET_KEY_FALLBACKS = [old]
    assert make_cache(server.address).get("key") == "value"


def test_a_dead_server_is_a_miss(server: Server) -> None:
    cache = make_cache(server.address)
    cache.set("key", "value")
    server.stop()
    started = time.monotonic()
    assert cache.get("key", "miss") == "miss"
    cache.set("key", "value")
    assert cache.add("key", "value") is False
    assert cache.get_many(["key"]) == {}
    assert cache.set_many({"key": 1}) == ["key"]
    cache.delete_many(["key"])
    assert cache.delete("key") is False
    assert cache.touch("key") is False
    cache.clear()
    with pytest.raises(ValueError, match="not found"):
        cache.incr("key")
    assert time.monotonic() - started < LONGEST_WAIT


def test_a_server_that_hangs_is_a_miss_within_half_a_second() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        cache = make_cache(f"127.0.0.1:{silent.getsockname()[1]}", socket_timeout=30)
        started = time.monotonic()
        assert cache.get("key", "miss") == "miss"
        assert cache.get("other", "miss") == "miss"
        assert time.monotonic() - started < LONGEST_WAIT + 0.2


def test_a_server_that_comes_back_has_forgotten(server: Server) -> None:
    """What ended while it was away, a session above all, must not live again."""
    cache = make_cache(server.address, dead_retry=0)
    cache.set("session", "alive")
    host = cache._client.servers[0]
    host.mark_dead("a broken network")
    assert cache.get("session") is None


def test_keys_do_not_move_to_another_server(server: Server) -> None:
    dead = "127.0.0.1:1"
    cache = make_cache(server.address, dead)
    results = set()
    for number in range(40):
        cache.set(f"key-{number}", "value")
        results.add(cache.get(f"key-{number}"))
    assert results == {"value", None}
