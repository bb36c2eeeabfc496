"""Inventories as preflight sees them: a sound one, and hosts at addresses, in groups."""

import dataclasses
from collections.abc import Iterable
from typing import Any

from tests.helpers import plugins  # noqa: F401  # makes our shared code importable

from ansible.module_utils.moztrap.preflight.inventory import Host, Inventory, Value  # isort: skip

GROUPS = ("web", "static", "db", "cache", "mail", "build")
SOUND: dict[str, Any] = {
    "moztrap_server_name": "tests.your.org",
    "moztrap_site_url": "https://tests.your.org",
    "moztrap_default_from_email": "MozTrap <moztrap@your.org>",
    "moztrap_admin_email": "admin@your.org",
    "moztrap_secret_key": "k3y-" + "abcdefghijklmnopqrstuvwxyz0123456789" * 2,
    "moztrap_admin_password": "correct-horse-battery",
    "mysql_owner_password": "owner-0123456789",
    "mysql_runtime_password": "runtime-0123456789",
    "mysql_backup_password": "backup-0123456789",
    "moztrap_wsgi_server": "mod_wsgi",
    "moztrap_web_server": "apache",
    "moztrap_cache_backend": "memcached",
    "moztrap_python_env": "venv",
    "moztrap_login": "password",
    "moztrap_registration": "open",
    "moztrap_registration_domains": [],
    "moztrap_media_storage": "filesystem",
    "moztrap_web_processes": 2,
}
FIT: dict[str, Any] = {
    "moztrap_contact": {"status": "reached", "address": "198.18.0.1", "clock_skew": 0.0},
    "distribution": "Debian",
    "distribution_major_version": "12",
    "architecture": "x86_64",
    "python": {"version": {"major": 3, "minor": 11}},
    "memtotal_mb": 4000,
    "moztrap_disk_free_mb": 20000,
}


def make_host(name: str, variables: dict[str, Any], facts: dict[str, Any]) -> Host:
    def get(variable: str) -> Value:
        if variable not in variables:
            return Value(error="it is not set")
        return Value(variables[variable], where=f"main.yml:{variable}")

    return Host(name, (*GROUPS, "all"), frozenset(variables), get, facts)


def make_inventory(
    changes: dict[str, Any] | None = None,
    facts: dict[str, Any] | None = None,
    names: Iterable[str] = ("one",),
) -> Inventory:
    variables = SOUND | (changes or {})
    found = {name: make_host(name, variables, FIT | (facts or {})) for name in names}
    return Inventory({group: list(found) for group in (*GROUPS, "all")}, found, "inventories/x")


def arrange(places: dict[str, str], **groups: list[str]) -> Inventory:
    """Hosts at addresses, in groups."""
    found = {
        name: dataclasses.replace(
            make_host(name, SOUND | {"moztrap_address": address}, FIT),
            groups=tuple(group for group, members in groups.items() if name in members),
        )
        for name, address in places.items()
    }
    return Inventory({**groups, "all": list(found)}, found, "inventories/x")


SEVERAL = {"b": "10.0.0.1", "w1": "10.0.0.2", "w2": "10.0.0.3", "s": "10.0.0.4", "d": "10.0.0.5"}
