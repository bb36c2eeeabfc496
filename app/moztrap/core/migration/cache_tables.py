"""The table of a cache in the database: made before it is used, dropped when it no longer is.

It is no model's: a site that keeps its cache elsewhere has none.
"""

from django.conf import settings
from django.core.cache import caches
from django.core.cache.backends.db import BaseDatabaseCache
from django.db.backends.base.base import BaseDatabaseWrapper

from moztrap.core.cache.database import TABLE

CREATE = "createcachetable"


def _used() -> set[str]:
    chosen = (caches[alias] for alias in settings.CACHES)
    return {
        cache._table  # type: ignore[attr-defined]
        for cache in chosen
        if isinstance(cache, BaseDatabaseCache)
    }


def missing_cache_tables(connection: BaseDatabaseWrapper) -> list[str]:
    """Tables that caches of these settings need and the database does not have."""
    used = _used()
    return sorted(used - set(connection.introspection.table_names())) if used else []


def left_cache_tables(connection: BaseDatabaseWrapper) -> list[str]:
    """What another choice has left behind."""
    return [TABLE] if TABLE in set(connection.introspection.table_names()) - _used() else []


def drop_cache_tables(connection: BaseDatabaseWrapper) -> list[str]:
    """Drop those that are left; return them."""
    left = left_cache_tables(connection)
    with connection.cursor() as cursor:
        for table in left:
            cursor.execute(f"DROP TABLE {connection.ops.quote_name(table)}")
    return left
