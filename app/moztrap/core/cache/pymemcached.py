"""Memcached, through pymemcache.

It chooses servers and writes values exactly as python-memcached does, so that a site that
changes from one client to the other finds everything again.
"""

import threading
from collections.abc import Iterable, Mapping
from typing import Any

import memcache
import pymemcache
from pymemcache.client.base import Client as ServerClient
from pymemcache.exceptions import MemcacheError, MemcacheUnexpectedCloseError

from moztrap.core.cache.away import LEAVE_DEAD_SERVER_ALONE, Presence
from moztrap.core.cache.base import bounded_wait
from moztrap.core.cache.memcached import SignedMemcachedCache

# What python-memcached marks integers with.
INTEGER_FLAG = 1 << 1


class Plainly:
    """Writes bytes and integers, and reads nothing else: no value is unpickled here."""

    def serialize(self, key: str, value: bytes | int) -> tuple[bytes, int]:
        """The bytes, and a flag that says which of the two they were."""
        return (str(value).encode(), INTEGER_FLAG) if isinstance(value, int) else (value, 0)

    def deserialize(self, key: str, value: bytes, flags: int) -> bytes | int | None:
        """What was written; None for what is neither."""
        if flags == INTEGER_FLAG:
            return int(value)
        return value if flags == 0 else None


class _Server:
    """One memcached: asked, or left alone while it is away."""

    def __init__(self, location: str, wait: float, retry: float) -> None:
        self.presence = Presence(f"memcached at {location}", retry)
        self._client = ServerClient(
            location.removeprefix("inet6:").removeprefix("inet:"),
            connect_timeout=wait,
            timeout=wait,
            no_delay=True,
            default_noreply=False,
            allow_unicode_keys=True,
            serde=Plainly(),
        )

    def ask(self, method: str, *arguments: Any, otherwise: Any, **named: Any) -> Any:
        """Call the client; what a server that is away would have said is `otherwise`."""
        if not self.presence.may_be_asked():
            return otherwise
        try:
            if self.presence.is_stale:
                self._client.flush_all(noreply=False)
            answer = getattr(self._client, method)(*arguments, **named)
        except (MemcacheError, OSError, ValueError) as error:
            # The rest of that answer may still be on its way: start afresh.
            self._client.close()
            if isinstance(error, OSError | MemcacheUnexpectedCloseError):
                self.presence.is_away(error)
            return otherwise
        self.presence.is_back()
        return answer

    def close(self) -> None:
        """Let go of the connection."""
        self._client.close()


class Client:
    """The part of python-memcached's client that the backend uses."""

    def __init__(self, servers: Iterable[str], **options: Any) -> None:
        wait = bounded_wait(options)
        retry = float(options.get("dead_retry", LEAVE_DEAD_SERVER_ALONE))
        self._servers = [_Server(location, wait, retry) for location in servers]
        # A backend belongs to one thread; `close` may come from another.
        self._turn = threading.RLock()

    def _server_of(self, key: str) -> _Server:
        number: int = memcache.serverHashFunction(key.encode())
        return self._servers[number % len(self._servers)]

    def _shares(self, keys: Iterable[str]) -> dict[_Server, list[str]]:
        shares: dict[_Server, list[str]] = {}
        for key in keys:
            shares.setdefault(self._server_of(key), []).append(key)
        return shares

    def _ask(self, method: str, key: str, *arguments: Any, otherwise: Any = None) -> Any:
        with self._turn:
            return self._server_of(key).ask(method, key, *arguments, otherwise=otherwise)

    def get(self, key: str) -> Any:
        """The value, or None."""
        return self._ask("get", key)

    def add(self, key: str, value: bytes | int, seconds: int) -> bool:
        """Store unless there."""
        return bool(self._ask("add", key, value, seconds))

    def set(self, key: str, value: bytes | int, seconds: int) -> bool:
        """Store."""
        return bool(self._ask("set", key, value, seconds))

    def touch(self, key: str, seconds: int) -> bool:
        """Keep for longer."""
        return bool(self._ask("touch", key, seconds))

    def delete(self, key: str) -> bool:
        """Forget."""
        return bool(self._ask("delete", key))

    def incr(self, key: str, delta: int) -> int | None:
        """Count up."""
        value: int | None = self._ask("incr", key, delta)
        return value

    def decr(self, key: str, delta: int) -> int | None:
        """Count down, to 0 at the least."""
        value: int | None = self._ask("decr", key, delta)
        return value

    def get_multi(self, keys: list[str]) -> dict[str, Any]:
        """What is there."""
        found: dict[str, Any] = {}
        with self._turn:
            for server, share in self._shares(keys).items():
                found |= server.ask("get_many", share, otherwise={})
        return found

    def set_multi(self, values: Mapping[str, bytes | int], seconds: int) -> list[str]:
        """Store all; returns the keys that were not stored."""
        failed: list[str] = []
        with self._turn:
            for server, share in self._shares(values).items():
                part = {key: values[key] for key in share}
                failed += server.ask("set_many", part, seconds, otherwise=share)
        return failed

    def delete_multi(self, keys: list[str]) -> None:
        """Forget all."""
        with self._turn:
            for server, share in self._shares(keys).items():
                server.ask("delete_many", share, otherwise=None)

    def flush_all(self) -> None:
        """Forget everything."""
        with self._turn:
            for server in self._servers:
                server.ask("flush_all", otherwise=None)

    def disconnect_all(self) -> None:
        """Let go of all connections."""
        with self._turn:
            for server in self._servers:
                server.close()


class SignedPymemcacheCache(SignedMemcachedCache):
    """`moztrap.core.cache.SignedPymemcacheCache` in CACHES, with LOCATION as for the other."""

    client_class = Client
    library = pymemcache
    unreliable = (MemcacheError, OSError, ValueError)
