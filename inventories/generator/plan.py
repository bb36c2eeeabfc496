"""What only an operator knows: hosts, the site's name, mail."""

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

GROUPS = ("balancer", "web", "static", "db", "cache", "mail", "build")
# On one host the web server itself faces the network.
EVERY_GROUP_OF_ONE_HOST = GROUPS[1:]
_NEEDED_GROUPS = ("web", "static", "db", "cache", "mail", "build")
_HOST = re.compile(
    r"^(?:(?P<name>[^=:@\s]+)=)?(?:(?P<user>[^=:@\s]+)@)?(?P<address>[^=:@\s]+)"
    r"(?::(?P<groups>[a-z,]+))?$"
)
_LABEL = r"[a-z0-9]([a-z0-9-]*[a-z0-9])?"
_SERVER_NAME = re.compile(rf"^(?=.{{1,253}}$){_LABEL}(\.{_LABEL})*$")
_MAIL = re.compile(r"^[^@\s<>]+@[^@\s<>]+$")


class PlanError(ValueError):
    """An answer that cannot be right, and what a right one looks like."""


@dataclass(frozen=True)
class HostPlan:
    """One host and how the controller reaches it."""

    name: str
    address: str
    groups: tuple[str, ...]
    user: str = "root"
    variables: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class InventoryPlan:
    """Everything an inventory is made of, but its secrets."""

    hosts: tuple[HostPlan, ...]
    server_name: str
    admin_email: str
    from_email: str
    admin_username: str = "admin"
    variables: dict[str, Any] = field(default_factory=dict)
    """Further variables of the whole inventory, below what the operator was asked."""
    connection: dict[str, Any] = field(default_factory=dict)
    """How Ansible connects to every host."""


def parse_hosts(words: str) -> tuple[HostPlan, ...]:
    """Read `[NAME=][USER@]ADDRESS[:GROUP,…]`, separated by spaces."""
    given = words.split()
    if not given:
        raise PlanError("no host was named: HOSTS=203.0.113.10")
    hosts = []
    for word in given:
        match = _HOST.match(word)
        if not match:
            raise PlanError(
                f"{word!r} is no host: write [NAME=][USER@]ADDRESS[:GROUP,GROUP], "
                "for example db1=203.0.113.10:db,cache"
            )
        groups = tuple((match["groups"] or "").split(",")) if match["groups"] else ()
        unknown = [group for group in groups if group not in GROUPS]
        if unknown:
            raise PlanError(
                f"{word!r}: unknown group {', '.join(unknown)}; there are {', '.join(GROUPS)}"
            )
        if not groups and len(given) > 1:
            raise PlanError(
                f"{word!r}: with several hosts, say what each is for, as in {word}:web,static"
            )
        hosts.append(
            HostPlan(
                name=match["name"] or match["address"],
                address=match["address"],
                groups=groups or EVERY_GROUP_OF_ONE_HOST,
                user=match["user"] or "root",
            )
        )
    _check_hosts(hosts)
    return tuple(hosts)


def _check_hosts(hosts: Sequence[HostPlan]) -> None:
    names = [host.name for host in hosts]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise PlanError(f"host {', '.join(twice)} is named twice")
    filled = {group for host in hosts for group in host.groups}
    empty = [group for group in _NEEDED_GROUPS if group not in filled]
    if empty:
        raise PlanError(f"no host is in group {', '.join(empty)}: each needs at least one")
    if len(hosts) > 1:
        _check_addresses(hosts)
        _check_balancers(hosts)


def _check_addresses(hosts: Sequence[HostPlan]) -> None:
    seen: set[str] = set()
    for host in hosts:
        if host.address in seen:
            raise PlanError(
                f"address {host.address} is named twice: a machine that plays several parts is "
                f"one host, as in {host.address}:web,static"
            )
        seen.add(host.address)
        if set(host.groups) <= {"build"}:
            continue
        try:
            ipaddress.ip_address(host.address)
        except ValueError:
            raise PlanError(
                f"{host.address!r} is a name, but other hosts connect to this one: write "
                f"NAME=ADDRESS with its address, as in {host.name}=203.0.113.10:db"
            ) from None


def _check_balancers(hosts: Sequence[HostPlan]) -> None:
    def members(group: str) -> set[str]:
        return {host.name for host in hosts if group in host.groups}

    both = members("balancer") & (members("web") | members("static"))
    if both:
        raise PlanError(
            f"{', '.join(sorted(both))}: a balancer needs ports 80 and 443 for itself, "
            "so that it cannot be a web or static server"
        )
    if members("balancer"):
        return
    if len(members("web")) > 1:
        raise PlanError(
            f"there are {len(members('web'))} web hosts, and no balancer to spread requests over "
            "them: add one, as in 203.0.113.9:balancer"
        )
    if members("web") - members("static"):
        raise PlanError(
            "static files are on other hosts than the application, and no balancer sends "
            "visitors to them: add one, as in 203.0.113.9:balancer"
        )


def check_server_name(name: str) -> str:
    """A name or address as it stands in the address bar."""
    if not _SERVER_NAME.match(name):
        raise PlanError(
            f"{name!r} is no server name: write it as it stands in the address bar, "
            "without https://, for example moztrap.example.com"
        )
    return name


def check_mail(address: str) -> str:
    """One plain mail address."""
    if not _MAIL.match(address):
        raise PlanError(f"{address!r} is no mail address: write someone@example.com")
    return address
