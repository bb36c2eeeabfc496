"""What can be wrong with how the hosts find each other."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from ansible.module_utils.moztrap.preflight.inventory import Host, Inventory
from ansible.module_utils.moztrap.preflight.placeholders import is_placeholder_host
from ansible.module_utils.moztrap.preflight.problems import Problem

# Others connect to these, or tell by the address that a request comes from one of them.
CONNECTED_GROUPS = ("balancer", "web", "static", "db", "cache", "mail")
OWN_HOST = "Name a host of its own under children, balancer, hosts in hosts.yml."


def topology_problems(inventory: Inventory) -> Iterator[Problem]:
    """Who spreads the requests, and at which address each host is."""
    yield from _balancer_problems(inventory)
    yield from _database_problems(inventory)
    connected = {host.name: host for group in CONNECTED_GROUPS for host in inventory.members(group)}
    if len(connected) > 1:
        yield from _address_problems(list(connected.values()))


def _balancer_problems(inventory: Inventory) -> Iterator[Problem]:
    members = {
        group: {host.name for host in inventory.members(group)}
        for group in ("balancer", "web", "static")
    }
    if not members["balancer"]:
        if len(members["web"]) > 1:
            yield Problem(
                "group balancer",
                f"is empty, but there are {len(members['web'])} web hosts: nothing spreads the "
                "requests over them",
                OWN_HOST,
                inventory.folder,
            )
        elif members["web"] - members["static"] and members["static"]:
            yield Problem(
                "group balancer",
                "is empty, but static files are on other hosts than the application: nothing "
                "sends visitors to them",
                OWN_HOST + " Or name the web host under static too.",
                inventory.folder,
            )
    for name in sorted(members["balancer"] & (members["web"] | members["static"])):
        yield Problem(
            "group balancer",
            "has a host that is a web or static server too; both want ports 80 and 443",
            OWN_HOST + " One web host that is all there is needs no balancer.",
            inventory.folder,
            name,
        )


def _database_problems(inventory: Inventory) -> Iterator[Problem]:
    names = [host.name for host in inventory.members("db")]
    if len(names) > 1:
        yield Problem(
            "group db",
            f"has {len(names)} hosts, but a site needs one: {names[0]} would be used, and the "
            "others would be set up for nothing",
            "Leave the one that holds the data.",
            inventory.folder,
            ", ".join(names),
        )


def _address_problems(connected: list[Host]) -> Iterator[Problem]:
    seen: dict[str, str] = {}
    for host in connected:
        found = host.get("moztrap_address")
        address = str(found.value)
        if not found.is_set or is_placeholder_host(address):
            continue
        where = where_its_address_is_set(host)
        what = _what_is_wrong(address)
        if what:
            yield Problem(
                "moztrap_address",
                f"is {address}, {what}",
                "Set it beside ansible_host in hosts.yml to the address at which the other hosts "
                "reach this one, as in\n  moztrap_address: 10.0.0.5",
                where,
                host.name,
            )
        elif address in seen:
            yield Problem(
                "moztrap_address",
                f"is {address}, which is the address of {seen[address]} too",
                "Give each host its own. One machine that plays several parts is one host, named "
                "in several groups.",
                where,
                host.name,
            )
        seen.setdefault(address, host.name)


def where_its_address_is_set(host: Host) -> str:
    """The file and line that gave a host its address, mostly that of ansible_host."""
    found = host.get("moztrap_address")
    for source in ("moztrap_address", "ansible_host"):
        if source in host.names and host.get(source).value == found.value:
            return host.get(source).where
    return found.where


def is_an_address(text: str) -> bool:
    """Is it an IP address, and not a name?"""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _what_is_wrong(address: str) -> str:
    if not is_an_address(address):
        return "a name; firewalls, database accounts and web servers know each other by address"
    is_loopback = ipaddress.ip_address(address).is_loopback
    return "where each host reaches only itself" if is_loopback else ""
