"""What preflight knows of the inventory: plain values, and where each was set."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

MISSING = object()
# Where what all inventories have by default is set: see inventories/shared/derived.
SHARED_DEFAULTS = "derived/"


@dataclass(frozen=True)
class Value:
    """A variable of a host: its value, or why it has none, and where it was set."""

    value: Any = MISSING
    error: str = ""
    where: str = ""
    # The inventory's own variable behind a mere mirror such as "{{ vault_x }}".
    source: str = ""

    @property
    def is_set(self) -> bool:
        """Does it have a value?"""
        return self.value is not MISSING


@dataclass
class Host:
    """A host: its variables, its groups, and what a look at it found."""

    name: str
    groups: tuple[str, ...]
    names: frozenset[str]
    get: Callable[[str], Value]
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def contact(self) -> Mapping[str, Any]:
        """How the attempt to reach it ended."""
        return dict(self.facts.get("moztrap_contact", {}))


@dataclass
class Inventory:
    """All hosts and groups."""

    groups: Mapping[str, list[str]]
    hosts: Mapping[str, Host]
    folder: str

    def members(self, group: str) -> list[Host]:
        """Hosts of a group, in the inventory's order."""
        return [self.hosts[name] for name in self.groups.get(group, []) if name in self.hosts]

    @property
    def any_host(self) -> Host | None:
        """A host to read site-wide variables from: a web host where there is one."""
        for host in self.members("web"):
            return host
        return next(iter(self.hosts.values()), None)
