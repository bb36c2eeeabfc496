"""What can be wrong with the cache that the web hosts share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ansible.module_utils.moztrap.addresses import is_private
from ansible.module_utils.moztrap.preflight.inventory import Host, Inventory
from ansible.module_utils.moztrap.preflight.problems import Problem
from ansible.module_utils.moztrap.preflight.topology import (
    is_an_address,
    where_its_address_is_set,
)

LISTENERS = {
    "memcached": ("memcached_listen_address", "it lets in whoever reaches it"),
    "redis": ("redis_listen_address", "its password would go over the network in the clear"),
}


def cache_problems(inventory: Inventory) -> Iterator[Problem]:
    """A cache that not every process would share, or that strangers would reach."""
    host = inventory.any_host
    if host is None:
        return
    yield from _sharing_problems(inventory, host)
    backend = str(host.get("moztrap_cache_backend").value)
    if backend in LISTENERS:
        for member in inventory.members("cache"):
            yield from _listening_problems(member, backend)


def _sharing_problems(inventory: Inventory, host: Host) -> Iterator[Problem]:
    web_hosts = len(inventory.groups.get("web", []))
    cache = host.get("moztrap_cache_backend")
    processes = _number(host.get("moztrap_web_processes").value) * web_hosts
    if cache.value == "local" and processes > 1:
        yield Problem(
            "moztrap_cache_backend",
            f"local is a cache inside each process, but {processes} processes would serve: "
            "logins would fail with CSRF errors",
            "Use memcached, redis or database; or file on one web host.",
            cache.where,
        )
    if cache.value == "file" and web_hosts > 1:
        yield Problem(
            "moztrap_cache_backend",
            f"file is a cache on one host's disk, but there are {web_hosts} web hosts",
            "Use memcached, redis or database.",
            cache.where,
        )


def _listening_problems(host: Host, backend: str) -> Iterator[Problem]:
    variable, danger = LISTENERS[backend]
    found, own = host.get(variable), host.get("moztrap_address")
    if not found.is_set or is_private(str(found.value)):
        return
    if found.value != own.value:
        subject, where = variable, found.where
        fix = "Remove it: it follows from moztrap_address."
    elif is_an_address(str(own.value)):
        subject, where = "moztrap_address", where_its_address_is_set(host)
        fix = (
            "Set it beside ansible_host in hosts.yml to the host's address on the private network, "
            "as in\n  moztrap_address: 10.0.0.5"
        )
    else:
        # A name or a placeholder: told with the other addresses.
        return
    yield Problem(
        subject,
        f"is {found.value}, but {backend} may listen at an address that is loopback or private, "
        f"and nowhere else: {danger}",
        fix,
        where,
        host.name,
    )


def _number(value: Any) -> int:
    """A count; what is no number at all is told with the types."""
    return int(value) if isinstance(value, int) or str(value).isdigit() else 0
