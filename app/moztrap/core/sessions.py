"""Sessions of the database, kept in the cache for a short while.

Django keeps one in the cache for as long as the login lasts. A cache that missed its end,
because it was away, or was not this site's cache at that time, would then let somebody who
has logged out go on. Here it can do so for SESSION_CACHE_SECONDS at most, and a cache in a
folder or a table holds the sessions of people who are here, not of everybody.
"""

from typing import Any

from django.conf import settings
from django.contrib.sessions.backends import cached_db
from django.core.cache import caches


class _Briefly:
    """A cache that keeps nothing for long."""

    def __init__(self, cache: Any) -> None:
        self._cache = cache

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cache, name)

    def __contains__(self, key: str) -> bool:
        return key in self._cache

    def set(self, key: str, value: Any, timeout: float) -> None:
        self._cache.set(key, value, min(timeout, settings.SESSION_CACHE_SECONDS))

    async def aset(self, key: str, value: Any, timeout: float) -> None:
        await self._cache.aset(key, value, min(timeout, settings.SESSION_CACHE_SECONDS))


class SessionStore(cached_db.SessionStore):
    """The session engine: SESSION_ENGINE = "moztrap.core.sessions"."""

    def __init__(self, session_key: str | None = None) -> None:
        super().__init__(session_key)
        self._cache: Any = _Briefly(caches[settings.SESSION_CACHE_ALIAS])
