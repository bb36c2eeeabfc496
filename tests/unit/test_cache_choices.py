"""The cache that an operator chooses: what each choice puts on the hosts, and what it does not."""

from __future__ import annotations

import ast
import hashlib
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis

from tests.helpers.role_templates import MULTI, ROOT, render, value

PASSWORD = "what-only-the-site-knows-0123456789"
BACKENDS = {
    "memcached": "SignedMemcachedCache",
    "redis": "SignedRedisCache",
    "file": "SignedFileCache",
    "database": "SignedDatabaseCache",
}
PORTS = {"memcached": "11211", "redis": "6379"}


def settings(backend: str, **choices: Any) -> dict[str, Any]:
    """CACHES as the site is told of it."""
    text = render("settings", "local.py.j2", moztrap_cache_backend=backend, **choices)
    names: dict[str, Any] = {}
    exec(text, names)  # noqa: S102
    return dict(names["CACHES"]["default"])


@pytest.mark.parametrize("backend", list(BACKENDS))
def test_the_site_is_told_of_its_cache(backend: str) -> None:
    cache = settings(backend)
    assert cache["BACKEND"] == f"moztrap.core.cache.{BACKENDS[backend]}"
    assert (
        cache["LOCATION"]
        == {
            "memcached": ["127.0.0.1:11211"],
            "redis": ["redis://127.0.0.1:6379"],
            "file": "/var/cache/moztrap",
            "database": "moztrap_cache",
        }[backend]
    )
    assert cache["KEY_PREFIX"].startswith("moztrap-")
    # Every name is one that the application has.
    source = (ROOT / "app" / "moztrap" / "core" / "cache" / "__init__.py").read_text()
    assert f'"{BACKENDS[backend]}"' in source


def test_the_client_of_memcached_is_a_choice() -> None:
    cache = settings("memcached", moztrap_memcached_client="pymemcache")
    assert cache["BACKEND"] == "moztrap.core.cache.SignedPymemcacheCache"
    assert cache["LOCATION"] == ["127.0.0.1:11211"]


@pytest.mark.parametrize("backend", ["file", "database"])
def test_what_lies_on_a_disk_is_kept_small(backend: str) -> None:
    assert settings(backend)["OPTIONS"] == {"MAX_ENTRIES": 20000}


@pytest.mark.parametrize("backend", list(BACKENDS))
def test_only_the_chosen_cache_is_installed_and_reached(backend: str) -> None:
    choice = {"moztrap_cache_backend": backend}
    packages = value("base", "base_role_packages", MULTI, "data", **choice)
    servers = {"memcached", "redis-server"} & set(packages)
    assert servers == {"memcached": {"memcached"}, "redis": {"redis-server"}}.get(backend, set())
    rules = render("firewall", "rules.nft.j2", MULTI, "data", **choice)
    opened = {port for port in PORTS.values() if f"dport {{ {port} }}" in rules}
    assert opened == ({PORTS[backend]} if backend in PORTS else set())
    if backend in PORTS:
        port = PORTS[backend]
        assert f"ip saddr {{ 10.0.0.2, 10.0.0.3 }} tcp dport {{ {port} }} accept" in rules


@pytest.mark.parametrize("backend", list(BACKENDS))
def test_the_application_may_write_to_its_folder_and_to_no_other(backend: str) -> None:
    unit = render(
        "apache", "moztrap-application@.service.j2",
        moztrap_cache_backend=backend, moztrap_user="moztrap",
    )  # fmt: skip
    assert ("ReadWritePaths=-/var/cache/moztrap" in unit.splitlines()) is (backend == "file")
    assert unit.count("/var/cache/moztrap") == (1 if backend == "file" else 0)
    folders = value("base", "base__directories", moztrap_cache_backend=backend)
    private = [folder for folder in folders if folder["path"] == "/var/cache/moztrap"]
    assert private == (
        [{"path": "/var/cache/moztrap", "owner": "moztrap", "mode": "0700"}]
        if backend == "file"
        else []
    )


# --- redis ----------------------------------------------------------------------


class Server:
    """Redis as the role configures it, on a port of its own."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        choices = {
            "redis_port": self.port,
            "redis_password": PASSWORD,
            "redis_key_prefix": "moztrap-abc",
            "redis__accounts_path": str(folder / "accounts.acl"),
        }
        self.accounts = render("redis", "accounts.acl.j2", **choices)
        self.configuration = render("redis", "redis.conf.j2", **choices)
        (folder / "accounts.acl").write_text(self.accounts)
        text = self.configuration.replace("/run/redis", str(folder))
        text = text.replace("supervised systemd", "")
        (folder / "redis.conf").write_text(text)
        self.log = folder / "log"
        with self.log.open("w") as log:
            self.process = subprocess.Popen(["redis-server", folder / "redis.conf"], stdout=log)
        for _ in range(200):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.02)
        raise AssertionError(f"Redis did not start:\n{self.log.read_text()}")

    def client(self, username: str | None, password: str | None) -> redis.Redis:
        return redis.Redis(
            port=self.port, username=username, password=password, protocol=2, driver_info=None
        )


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    running = Server(tmp_path_factory.mktemp("redis"))
    yield running
    running.process.kill()
    running.process.wait()


def test_redis_lets_in_the_site_and_nobody_else(server: Server) -> None:
    assert server.client("moztrap", PASSWORD).ping()
    for username, password in (
        (None, None), ("default", ""), ("moztrap", "a guess"), ("other", PASSWORD),
    ):  # fmt: skip
        with pytest.raises(redis.exceptions.RedisError, match=r"(?i)auth|password|disabled"):
            server.client(username, password).ping()


def test_redis_does_what_a_cache_needs_and_nothing_else(server: Server) -> None:
    client = server.client("moztrap", PASSWORD)
    client.set("moztrap-abc:1:x", "1", px=1000)
    assert client.mget(["moztrap-abc:1:x"]) == [b"1"]
    assert client.incrby("moztrap-abc:1:x", 2) == 3
    assert client.unlink("moztrap-abc:1:x") == 1
    assert client.flushdb(asynchronous=True)
    for refused in (
        ["GET", "moztrap-abc:1:x"], ["MGET", "moztrap-other:1:x"], ["CONFIG", "GET", "*"],
        ["FLUSHALL"], ["SHUTDOWN"], ["SAVE"], ["EVAL", "return 1", "0"],
        ["MODULE", "LIST"], ["ACL", "LIST"], ["REPLICAOF", "127.0.0.1", "1"], ["KEYS", "*"],
        ["MONITOR"], ["CLIENT", "LIST"], ["SCRIPT", "FLUSH"], ["MIGRATE", "h", "1", "k", "0", "1"],
    ):  # fmt: skip
        with pytest.raises(redis.exceptions.ResponseError, match=r"(?i)permission"):
            client.execute_command(*refused)  # type: ignore[no-untyped-call]


def test_redis_never_hears_the_password_from_a_file(server: Server) -> None:
    assert PASSWORD not in server.accounts + server.configuration
    assert hashlib.sha256(PASSWORD.encode()).hexdigest() in server.accounts
    files = {entry["path"]: entry for entry in value("redis", "redis__files")}
    assert files["/etc/redis/moztrap.acl"]["mode"] == "0640"
    assert files["/etc/redis/moztrap.acl"]["secret"] is True
    assert PASSWORD not in server.log.read_text()


def test_redis_keeps_what_fits_and_nothing_on_disk(server: Server) -> None:
    lines = server.configuration.splitlines()
    for line in ('save ""', "appendonly no", "maxmemory 64mb", "maxmemory-policy allkeys-lru"):
        assert line in lines


def test_redis_allows_exactly_what_the_application_says() -> None:
    source = ROOT / "app" / "moztrap" / "core" / "cache" / "redis.py"
    [commands] = [
        ast.literal_eval(node.value)
        for node in ast.parse(source.read_text()).body
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and node.targets[0].id == "COMMANDS"
    ]
    assert set(value("redis", "redis__commands")) == set(commands)
