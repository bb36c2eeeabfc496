"""Memcached, through python-memcached.

Django has no backend for python-memcached any more. Keys never move to another server
while theirs is away, and a server that comes back is emptied first: otherwise it would
answer with sessions that have ended meanwhile.
"""

import pickle
from collections.abc import Iterable
from typing import Any, NoReturn

import memcache
from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.memcached import BaseMemcachedCache

from moztrap.core.cache.away import LEAVE_DEAD_SERVER_ALONE
from moztrap.core.cache.base import bounded_wait
from moztrap.core.cache.signing import MISS, Signer


class _NothingElse:
    """Stands where python-memcached would unpickle or inflate what a server sent."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        pass

    def load(self) -> NoReturn:
        raise pickle.UnpicklingError("only signed values are unpickled")


def _no_inflation(data: bytes) -> NoReturn:
    raise ValueError("this cache stores nothing compressed")


class Client(memcache.Client):
    """python-memcached that waits briefly, fails over to nobody and unpickles nothing."""

    def __init__(self, servers: Iterable[str], **options: Any) -> None:
        options["socket_timeout"] = bounded_wait(options)
        options.setdefault("dead_retry", LEAVE_DEAD_SERVER_ALONE)
        options["flush_on_reconnect"] = 1
        options["unpickler"] = _NothingElse
        options["decompressor"] = _no_inflation
        super().__init__(list(servers), **options)

    def _get_server(self, key: Any) -> tuple[Any, Any]:
        if isinstance(key, tuple):
            server_hash, key = key
        else:
            server_hash = memcache.serverHashFunction(key)
        if not self.buckets:
            return None, None
        server = self.buckets[server_hash % len(self.buckets)]
        return (server, key) if server.connect() else (None, None)

    def set_multi(self, mapping: dict[str, Any], time: int = 0) -> list[str]:
        """Store all; returns the keys that were not stored, those of a dead server too."""
        lost = [key for key in mapping if self._get_server(key.encode())[0] is None]
        kept = {key: value for key, value in mapping.items() if key not in lost}
        failed: list[str] = super().set_multi(kept, time) if kept else []
        return lost + failed


# All that python-memcached lets through when a server dies in mid-sentence or lies.
_UNRELIABLE = (
    OSError,
    ValueError,
    IndexError,
    AttributeError,
    pickle.UnpicklingError,
    memcache._Error,
    memcache._ConnectionDeadError,
)


class SignedMemcachedCache(BaseMemcachedCache):
    """`moztrap.core.cache.SignedMemcachedCache` in CACHES, with LOCATION a list of address:port."""

    client_class: type[Any] = Client
    library: Any = memcache
    unreliable: tuple[type[Exception], ...] = _UNRELIABLE

    def __init__(self, server: str | list[str], params: dict[str, Any]) -> None:
        super().__init__(server, params, library=self.library, value_not_found_exception=ValueError)
        self._class = self.client_class
        self._signer = Signer()

    @property
    def _client(self) -> Any:
        return self._cache  # type: ignore[attr-defined]

    @property
    def servers(self) -> list[str]:
        """Where the values are kept."""
        return list(self._servers)  # type: ignore[attr-defined]

    def describe(self) -> str:
        """What keeps the values, for people."""
        return f"memcached at {', '.join(self.servers)}"

    def _ask(self, method: str, *arguments: Any, otherwise: Any = None) -> Any:
        """Call the client; a server that answers nonsense is as good as none."""
        try:
            return getattr(self._client, method)(*arguments)
        except self.unreliable:
            # The rest of that answer may still be on its way: start afresh.
            self._client.disconnect_all()
            return otherwise

    def add(
        self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None
    ) -> bool:
        """Store unless there; False too when the server is away."""
        full = self.make_and_validate_key(key, version=version)
        sealed = self._signer.seal(full, value)
        return bool(self._ask("add", full, sealed, self.get_backend_timeout(timeout)))

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        """The value, or `default` for a miss, a forgery or a server that is away."""
        full = self.make_and_validate_key(key, version=version)
        stored = self._ask("get", full)
        value = MISS if stored is None else self._signer.open(full, stored)
        return default if value is MISS else value

    def set(
        self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None
    ) -> None:
        """Store; when that fails (too large), at least the old value is gone."""
        full = self.make_and_validate_key(key, version=version)
        sealed = self._signer.seal(full, value)
        if not self._ask("set", full, sealed, self.get_backend_timeout(timeout)):
            self._ask("delete", full)

    def touch(self, key: str, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        """Keep for longer."""
        full = self.make_and_validate_key(key, version=version)
        return bool(self._ask("touch", full, self.get_backend_timeout(timeout)))

    def delete(self, key: str, version: int | None = None) -> bool:
        """Forget; False when it was not there."""
        full = self.make_and_validate_key(key, version=version)
        return bool(self._ask("delete", full))

    def incr(self, key: str, delta: int = 1, version: int | None = None) -> int:
        """Count; ValueError, as everywhere in Django, when there is nothing to count on."""
        full = self.make_and_validate_key(key, version=version)
        method = "incr" if delta >= 0 else "decr"
        value = self._ask(method, full, abs(delta))
        if value is None:
            raise ValueError(f"Key '{full}' not found")
        return int(value)

    def get_many(self, keys: Iterable[str], version: int | None = None) -> dict[str, Any]:
        """What is there of `keys`."""
        names = {self.make_and_validate_key(key, version=version): key for key in keys}
        stored = self._ask("get_multi", list(names), otherwise={})
        found = {full: self._signer.open(full, value) for full, value in stored.items()}
        return {names[full]: value for full, value in found.items() if value is not MISS}

    def set_many(
        self, data: dict[str, Any], timeout: Any = DEFAULT_TIMEOUT, version: int | None = None
    ) -> list[str]:
        """Store all; returns the keys that were not stored."""
        names = {self.make_and_validate_key(key, version=version): key for key in data}
        sealed = {full: self._signer.seal(full, data[key]) for full, key in names.items()}
        failed = self._ask(
            "set_multi", sealed, self.get_backend_timeout(timeout), otherwise=list(sealed)
        )
        return [names[full] for full in failed]

    def delete_many(self, keys: Iterable[str], version: int | None = None) -> None:
        """Forget all."""
        full = [self.make_and_validate_key(key, version=version) for key in keys]
        self._ask("delete_multi", full)

    def clear(self) -> None:
        """Forget everything."""
        self._ask("flush_all")
