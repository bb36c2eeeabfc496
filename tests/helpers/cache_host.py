"""The cache of a site, whichever was chosen: its parts on the hosts, and how to break it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Cache:
    """Shell commands for root that take a cache away and bring it back."""

    group: str
    """Where they run."""
    breaks: str
    heals: str


CACHES = {
    "memcached": Cache("cache", "systemctl kill -s KILL memcached; systemctl stop memcached",
                       "systemctl start memcached"),
    "redis": Cache("cache", "systemctl kill -s KILL redis-server; systemctl stop redis-server",
                   "systemctl start redis-server"),
    # Not to be read, and not to be written either.
    "file": Cache("web", "chown root: {folder}", "chown {user}: {folder}"),
    "database": Cache(
        "db",
        "mariadb {database} --execute 'RENAME TABLE moztrap_cache TO moztrap_cache_away'",
        "mariadb {database} --execute 'RENAME TABLE moztrap_cache_away TO moztrap_cache'",
    ),
}  # fmt: skip


def of(facts: dict[str, str]) -> Cache:
    """The cache of a site; `facts` are its backend, folder, user and database."""
    chosen = CACHES[facts["backend"]]
    return Cache(chosen.group, chosen.breaks.format(**facts), chosen.heals.format(**facts))


FACTS = (
    "{'backend': moztrap_cache_backend, 'folder': moztrap_cache_directory, 'user': moztrap_user,"
    " 'database': mysql_database}"
)
