"""Everything that a cache can be kept in, each of a test's own."""

import base64
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any

import memcache
import redis
from django.core.cache import caches
from django.core.cache.backends.base import BaseCache
from django.core.management import call_command
from django.db import connection
from django.test import override_settings

from moztrap.core.cache.database import SignedDatabaseCache
from moztrap.core.cache.file import SignedFileCache
from moztrap.core.cache.memcached import SignedMemcachedCache
from moztrap.core.cache.pymemcached import SignedPymemcacheCache
from moztrap.core.cache.redis import COMMANDS, SignedRedisCache

PREFIX = "site"
# Seconds. A miss after half a second is right for visitors and wrong for a test that asks what
# was kept: on a busy machine, a server that is fine answers later than that.
PATIENCE = 60.0
_PATIENT = {"socket_timeout": PATIENCE}


class Store(ABC):
    """Where values are kept, and what somebody else who gets at it can do."""

    @abstractmethod
    def cache(self, **options: Any) -> BaseCache:
        """A cache as another process, or thread, of the site has it."""

    @abstractmethod
    def plant(self, full_key: str, content: bytes) -> None:
        """Write what the site did not."""

    @abstractmethod
    def content(self, full_key: str) -> bytes:
        """What is kept under this key."""

    @abstractmethod
    def stop(self) -> None:
        """End it; twice is fine."""


def _parameters(options: dict[str, Any]) -> dict[str, Any]:
    return {"KEY_PREFIX": PREFIX, "OPTIONS": options}


class Server(Store):
    """A server on a port of its own."""

    def __init__(self) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.address = f"127.0.0.1:{self.port}"
        self.start()

    @property
    @abstractmethod
    def command(self) -> list[str]:
        """The program and its arguments."""

    def start(self) -> None:
        program = self.command[0]
        assert shutil.which(program), (
            f"{program} is not installed; type: apt-get install memcached redis-server"
        )
        self.process = subprocess.Popen(self.command, stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.02)
        raise AssertionError(f"{program} did not start")

    def pause(self) -> None:
        """It takes connections and says nothing, as a hanging machine does."""
        self.process.send_signal(signal.SIGSTOP)
        # On a busy machine its threads still answer for a while.
        os.waitid(os.P_PID, self.process.pid, os.WSTOPPED | os.WNOWAIT)

    def resume(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()


class Memcached(Server):
    """memcached, asked through python-memcached."""

    cache_class: type[SignedMemcachedCache] = SignedMemcachedCache

    @property
    def command(self) -> list[str]:
        return ["memcached", "-u", "nobody", "-l", "127.0.0.1", "-p", str(self.port), "-U", "0"]

    @classmethod
    def cache_of(cls, *addresses: str, **options: Any) -> BaseCache:
        return cls.cache_class(list(addresses), _parameters(_PATIENT | options))

    def cache(self, **options: Any) -> BaseCache:
        return self.cache_of(self.address, **options)

    def _stranger(self) -> memcache.Client:
        return memcache.Client([self.address], socket_timeout=PATIENCE)

    def plant(self, full_key: str, content: bytes) -> None:
        assert self._stranger().set(full_key, content)

    def content(self, full_key: str) -> bytes:
        found = self._stranger().get(full_key)
        return found if isinstance(found, bytes) else str(found).encode()


class Pymemcached(Memcached):
    """memcached, asked through pymemcache."""

    cache_class = SignedPymemcacheCache


class Redis(Server):
    """Redis, with an account that may do what the application needs and nothing else."""

    username, password = "moztrap", "what-only-the-site-knows"

    @property
    def command(self) -> list[str]:
        # Denied commands would be errors here, so this shows that none is missing.
        allowed = [f"+{name}" for name in COMMANDS]
        account = [
            "--user",
            self.username,
            "on",
            f">{self.password}",
            f"~{PREFIX}:*",
            "resetchannels",
        ]
        root = ["--user", "root", "on", "nopass", "~*", "+@all"]
        return [
            "redis-server", "--bind", "127.0.0.1", "--port", str(self.port),
            "--save", "", "--appendonly", "no", "--dir", tempfile.gettempdir(),
            "--user", "default", "off", *root, *account, "-@all", *allowed,
        ]  # fmt: skip

    @classmethod
    def cache_of(cls, *addresses: str, **options: Any) -> BaseCache:
        account = {"username": cls.username, "password": cls.password}
        locations = [f"redis://{address}" for address in addresses]
        return SignedRedisCache(locations, _parameters(_PATIENT | account | options))

    def cache(self, **options: Any) -> BaseCache:
        return self.cache_of(self.address, **options)

    @property
    def root(self) -> redis.Redis:
        return redis.Redis(port=self.port, username="root", password="any")

    def plant(self, full_key: str, content: bytes) -> None:
        self.root.set(full_key, content)

    def content(self, full_key: str) -> bytes:
        found = self.root.get(full_key)
        assert isinstance(found, bytes)
        return found


class Folder(Store):
    """A folder."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="moztrap-cache-")) / "cache"

    def cache(self, **options: Any) -> BaseCache:
        return SignedFileCache(self.folder, _parameters(options))

    def path(self, full_key: str) -> Path:
        return SignedFileCache(self.folder, {})._path(full_key)

    def plant(self, full_key: str, content: bytes) -> None:
        self.folder.mkdir(exist_ok=True)
        path = self.path(full_key)
        path.write_bytes(content)
        os.utime(path, (2**31, 2**31))

    def content(self, full_key: str) -> bytes:
        return self.path(full_key).read_bytes()

    def stop(self) -> None:
        shutil.rmtree(self.folder.parent, ignore_errors=True)


class Table(Store):
    """A table of the tests' database."""

    name = "moztrap_cache"

    def __init__(self) -> None:
        backend = "moztrap.core.cache.SignedDatabaseCache"
        with override_settings(CACHES={"default": {"BACKEND": backend, "LOCATION": self.name}}):
            assert isinstance(caches["default"], SignedDatabaseCache)
            call_command("createcachetable", verbosity=0)

    def cache(self, **options: Any) -> BaseCache:
        return SignedDatabaseCache(self.name, _parameters(options))

    def plant(self, full_key: str, content: bytes) -> None:
        other = SignedDatabaseCache(self.name, {})
        assert other.store({full_key: content}, None) == []

    def content(self, full_key: str) -> bytes:
        from moztrap.core.cache.database import _digest

        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT value FROM moztrap_cache WHERE cache_key = %s", [_digest(full_key)]
            )
            text: str = cursor.fetchone()[0]
        return text.encode() if text.lstrip("-").isdigit() else base64.b64decode(text)

    def stop(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE IF EXISTS moztrap_cache")


SERVERS: dict[str, type[Server]] = {
    "memcached": Memcached,
    "pymemcached": Pymemcached,
    "redis": Redis,
}
STORES: dict[str, type[Store]] = {**SERVERS, "folder": Folder, "table": Table}
