"""What the backends that are not memcached have in common."""

from abc import abstractmethod
from collections.abc import Iterable, Mapping
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache
from django.utils.functional import cached_property

from moztrap.core.cache.signing import MISS, Signer

LONGEST_WAIT = 0.5


def bounded_wait(options: Mapping[str, Any]) -> float:
    """Seconds that a server gets for an answer: its `socket_timeout`, within LONGEST_WAIT."""
    return min(float(options.get("socket_timeout", 0.25)), LONGEST_WAIT)


class SignedCache(BaseCache):
    """Django's methods in terms of a few that a store has to have.

    The store knows full keys, sealed values (bytes, or integers to count with) and points in
    time at which values end (seconds since 1970; None: never). It raises nothing when it is
    away: what it was asked for then counts as missing.
    """

    @cached_property
    def _signer(self) -> Signer:
        return Signer()

    @abstractmethod
    def fetch(self, keys: list[str]) -> dict[str, bytes | int]:
        """What is there of `keys`, and not over."""

    @abstractmethod
    def store(self, entries: Mapping[str, bytes | int], expires: float | None) -> list[str]:
        """Keep all; return the keys that were not kept, whose old values are gone then."""

    @abstractmethod
    def store_new(self, key: str, sealed: bytes | int, expires: float | None) -> bool:
        """Keep unless there, without a race; whether it was kept."""

    @abstractmethod
    def prolong(self, key: str, expires: float | None) -> bool:
        """Keep until then; whether it was there."""

    @abstractmethod
    def forget(self, keys: list[str]) -> int:
        """Forget; how many were there."""

    @abstractmethod
    def count(self, key: str, delta: int) -> int | None:
        """Add to an integer that is there, without a race; None when there is none."""

    @abstractmethod
    def forget_all(self) -> None:
        """Forget everything."""

    @abstractmethod
    def describe(self) -> str:
        """What keeps the values, for people; without its secrets."""

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        """The value, or `default` for a miss, a forgery or a store that is away."""
        full = self.make_and_validate_key(key, version=version)
        value = self._signer.open(full, self.fetch([full]).get(full))
        return default if value is MISS else value

    def get_many(self, keys: Iterable[str], version: int | None = None) -> dict[str, Any]:
        """What is there of `keys`."""
        names = {self.make_and_validate_key(key, version=version): key for key in keys}
        stored = self.fetch(list(names)) if names else {}
        found = {full: self._signer.open(full, value) for full, value in stored.items()}
        return {names[full]: value for full, value in found.items() if value is not MISS}

    def set(
        self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None
    ) -> None:
        """Store; when that fails, at least the old value is gone."""
        self.set_many({key: value}, timeout, version)

    def set_many(
        self, data: dict[str, Any], timeout: Any = DEFAULT_TIMEOUT, version: int | None = None
    ) -> list[str]:
        """Store all; returns the keys that were not stored."""
        names = {self.make_and_validate_key(key, version=version): key for key in data}
        sealed = {full: self._signer.seal(full, data[key]) for full, key in names.items()}
        failed = self.store(sealed, self.get_backend_timeout(timeout)) if sealed else []
        return [names[full] for full in failed]

    def add(
        self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None
    ) -> bool:
        """Store unless there; False too when the store is away."""
        full = self.make_and_validate_key(key, version=version)
        sealed = self._signer.seal(full, value)
        return self.store_new(full, sealed, self.get_backend_timeout(timeout))

    def touch(self, key: str, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        """Keep for longer."""
        full = self.make_and_validate_key(key, version=version)
        return self.prolong(full, self.get_backend_timeout(timeout))

    def delete(self, key: str, version: int | None = None) -> bool:
        """Forget; False when it was not there."""
        return self.forget([self.make_and_validate_key(key, version=version)]) > 0

    def delete_many(self, keys: Iterable[str], version: int | None = None) -> None:
        """Forget all."""
        full = [self.make_and_validate_key(key, version=version) for key in keys]
        if full:
            self.forget(full)

    def incr(self, key: str, delta: int = 1, version: int | None = None) -> int:
        """Count; ValueError, as everywhere in Django, when there is nothing to count on."""
        full = self.make_and_validate_key(key, version=version)
        value = self.count(full, delta)
        if value is None:
            raise ValueError(f"Key '{full}' not found")
        return value

    def has_key(self, key: str, version: int | None = None) -> bool:
        """Whether it is there, and this site's own."""
        return self.get(key, MISS, version=version) is not MISS

    def clear(self) -> None:
        """Forget everything."""
        self.forget_all()
