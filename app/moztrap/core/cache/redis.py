"""Redis, through redis-py.

Several servers hold a share of the keys each, as with memcached: a key never moves to
another server while its own is away, and a server that comes back is emptied first. The
account needs no more than `COMMANDS`.
"""

import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit
from zlib import crc32

import redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError, ResponseError
from redis.retry import Retry

from moztrap.core.cache.away import LEAVE_DEAD_SERVER_ALONE, Presence
from moztrap.core.cache.base import SignedCache, bounded_wait
from moztrap.core.cache.signing import from_bytes, to_bytes

# What the account may do; everything else can be denied to it.
COMMANDS = (
    "ping", "mget", "set", "unlink", "exists", "incrby", "pexpire", "persist",
    "multi", "exec", "flushdb",
)  # fmt: skip


class _Server:
    """One Redis: asked, or left alone while it is away."""

    def __init__(self, location: str, options: Mapping[str, Any]) -> None:
        parts = urlsplit(location)
        self.name = f"Redis at {parts.netloc.rpartition('@')[2] or parts.path}"
        retry = float(options.get("dead_retry", LEAVE_DEAD_SERVER_ALONE))
        wait = bounded_wait(options)
        self.presence = Presence(self.name, retry)
        self.client: redis.Redis = redis.Redis.from_url(
            location,
            username=options.get("username"),
            password=options.get("password"),
            socket_connect_timeout=wait,
            socket_timeout=wait,
            # A miss now is better than an answer later.
            retry=Retry(NoBackoff(), 0),
            # Nothing is said on connecting but the password: the account may do no more.
            protocol=2,
            driver_info=None,
        )

    def ask(self, method: str, *arguments: Any, otherwise: Any, **named: Any) -> Any:
        """Call the client; what a server that is away would have said is `otherwise`."""

        def call() -> Any:
            return getattr(self.client, method)(*arguments, **named)

        return self.try_to(call, otherwise)

    def ask_at_once(self, commands: list[tuple[Any, ...]], *, atomically: bool) -> list[Any]:
        """Send several commands together; no answers when it is away."""

        def call() -> list[Any]:
            with self.client.pipeline(transaction=atomically) as pipe:
                for method, *arguments in commands:
                    getattr(pipe, method)(*arguments)
                # One refusal says nothing of the others, where they do not belong together.
                return list(pipe.execute(raise_on_error=atomically))

        answers: list[Any] = self.try_to(call, [])
        return answers

    def try_to(self, call: Any, otherwise: Any) -> Any:
        """Call, unless it is away; notice when it is, and when it is back."""
        if not self.presence.may_be_asked():
            return otherwise
        try:
            if self.presence.is_stale:
                self.client.flushdb(asynchronous=True)
            answer = call()
        except ResponseError:
            # It is there, and refuses: too large a value, no number to count with.
            return otherwise
        except (RedisError, OSError) as error:
            self.presence.is_away(error)
            return otherwise
        self.presence.is_back()
        return answer


class SignedRedisCache(SignedCache):
    """`moztrap.core.cache.SignedRedisCache` in CACHES, with LOCATION a list of redis:// addresses.

    OPTIONS: username, password, socket_timeout, dead_retry.
    """

    def __init__(self, location: str | list[str], params: dict[str, Any]) -> None:
        super().__init__(params)
        locations = [location] if isinstance(location, str) else list(location)
        options: dict[str, Any] = params.get("OPTIONS") or {}
        self._servers = [_Server(one, options) for one in locations]

    @property
    def servers(self) -> list[str]:
        """Where the values are kept."""
        return [server.name for server in self._servers]

    def describe(self) -> str:
        """What keeps the values, for people; without its password."""
        return ", ".join(self.servers)

    def _server_of(self, key: str) -> _Server:
        return self._servers[crc32(key.encode()) % len(self._servers)]

    def _shares(self, keys: Any) -> dict[_Server, list[str]]:
        shares: dict[_Server, list[str]] = {}
        for key in keys:
            shares.setdefault(self._server_of(key), []).append(key)
        return shares

    def fetch(self, keys: list[str]) -> dict[str, bytes | int]:
        """What is there of `keys`."""
        found: dict[str, bytes | int] = {}
        for server, share in self._shares(keys).items():
            stored = server.ask("mget", share, otherwise=[])
            pairs = zip(share, stored, strict=False)
            found |= {key: from_bytes(value) for key, value in pairs if value is not None}
        return found

    def store(self, entries: Mapping[str, bytes | int], expires: float | None) -> list[str]:
        """Keep all, in one message to each server."""
        failed: list[str] = []
        milliseconds = _milliseconds(expires)
        for server, share in self._shares(entries).items():
            if milliseconds is not None and milliseconds <= 0:
                failed += [] if server.ask("unlink", *share, otherwise=None) is not None else share
                continue
            commands = [("set", key, to_bytes(entries[key]), None, milliseconds) for key in share]
            answers = server.ask_at_once(commands, atomically=False) or [False] * len(share)
            lost = [key for key, kept in zip(share, answers, strict=True) if kept is not True]
            if lost:
                server.ask("unlink", *lost, otherwise=None)
                failed += lost
        return failed

    def store_new(self, key: str, sealed: bytes | int, expires: float | None) -> bool:
        """Keep unless there."""
        milliseconds = _milliseconds(expires)
        if milliseconds is not None and milliseconds <= 0:
            return not self.fetch([key])
        answer = self._server_of(key).ask(
            "set", key, to_bytes(sealed), px=milliseconds, nx=True, otherwise=None
        )
        return bool(answer)

    def prolong(self, key: str, expires: float | None) -> bool:
        """Keep until then."""
        server = self._server_of(key)
        milliseconds = _milliseconds(expires)
        if milliseconds is None:
            answers = server.ask_at_once([("persist", key), ("exists", key)], atomically=True)
            return bool(answers and answers[-1])
        if milliseconds <= 0:
            return bool(server.ask("unlink", key, otherwise=0))
        return bool(server.ask("pexpire", key, milliseconds, otherwise=False))

    def forget(self, keys: list[str]) -> int:
        """Forget; how many were there."""
        return sum(
            server.ask("unlink", *share, otherwise=0)
            for server, share in self._shares(keys).items()
        )

    def count(self, key: str, delta: int) -> int | None:
        """Add to an integer that is there."""
        server = self._server_of(key)
        answers = server.ask_at_once([("exists", key), ("incrby", key, delta)], atomically=True)
        if not answers:
            return None
        if not answers[0]:
            # There was nothing; what counting made of it must not stay for ever.
            server.ask("unlink", key, otherwise=0)
            return None
        return int(answers[1])

    def forget_all(self) -> None:
        """Forget everything."""
        for server in self._servers:
            server.ask("flushdb", asynchronous=True, otherwise=None)


def _milliseconds(expires: float | None) -> int | None:
    """How long from now: the server's clock may be another."""
    return None if expires is None else int((expires - time.time()) * 1000)
