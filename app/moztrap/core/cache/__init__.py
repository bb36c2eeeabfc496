"""The site's cache, trusted with nothing: one backend for each kind of server.

Whatever keeps the values, memcached, Redis, a folder or a table of the database:

* Values are signed together with their full key. Whoever can write to the cache can
  neither run code here nor pass one value off as another. Integers stay raw, so that
  they can be counted without a race.
* Every wait is half a second at most, and a server that does not answer is left alone
  for a while. All of that is a miss, never an error page.
* Nothing that ended while a server was away lives again when it comes back.

In CACHES each backend is named `moztrap.core.cache.<class>`. Only the one named there is
loaded, with the client library that it needs.
"""

from importlib import import_module
from typing import Any

_HOMES = {
    "SignedMemcachedCache": "memcached",
    "SignedPymemcacheCache": "pymemcached",
    "SignedRedisCache": "redis",
    "SignedFileCache": "file",
    "SignedDatabaseCache": "database",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
