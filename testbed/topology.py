"""Which hosts there are and what each is for: a YAML file of hosts and their groups."""

import ipaddress
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from testbed.errors import TestbedError
from testbed.paths import TOPOLOGIES

GROUPS = ("balancer", "web", "static", "db", "cache", "mail", "build")
_NAME = re.compile(r"^[a-z][a-z0-9-]{0,30}$")


@dataclass(frozen=True)
class Host:
    """One disposable host; no groups: it has no business with the others."""

    name: str
    groups: tuple[str, ...]
    suite: str


@dataclass(frozen=True)
class Topology:
    """Hosts that belong together on one network."""

    name: str
    hosts: tuple[Host, ...]
    network: str | None = None
    variables: dict[str, Any] = field(default_factory=dict)

    def in_group(self, group: str) -> list[Host]:
        """Hosts of a group, in the file's order."""
        return [host for host in self.hosts if group in host.groups]

    def entrance(self) -> Host:
        """The host that a browser talks to."""
        found = self.in_group("balancer") or self.in_group("web") or list(self.hosts)
        return found[0]


def load(name: str, file: Path | None = None, suite: str | None = None) -> Topology:
    """Read `topologies/NAME.yml`, another file, or the single host when there is none."""
    if not _NAME.match(name):
        raise TestbedError(
            f"{name!r} is no name for a topology", "use lower-case letters, digits and dashes"
        )
    path = file or TOPOLOGIES / f"{name}.yml"
    if file and not file.is_file() and (TOPOLOGIES / f"{file}.yml").is_file():
        path = TOPOLOGIES / f"{file}.yml"
    if not file and not path.is_file():
        path = TOPOLOGIES / "single.yml"
    return parse(name, _content(path), str(path), suite)


def _content(path: Path, said_by: tuple[Path, ...] = ()) -> Any:
    """What a file says, on top of what the shipped one says that it is `like`."""
    if path in said_by:
        raise TestbedError(f"{path} is like itself", "like: the name of another topology")
    if not path.is_file():
        known = ", ".join(sorted(known.stem for known in TOPOLOGIES.glob("*.yml")))
        if said_by:
            raise TestbedError(f"{said_by[-1]} is like {path.stem}: no topology", f"like: {known}")
        raise TestbedError(f"there is no topology {path}", f"--topology one of: {known}; or a file")
    try:
        content = yaml.safe_load(path.read_text())
    except yaml.YAMLError as error:
        raise TestbedError(f"{path} is no YAML: {error}") from error
    if not isinstance(content, dict) or "like" not in content:
        return content
    other = _content(TOPOLOGIES / f"{content.pop('like')}.yml", (*said_by, path))
    variables = (other.get("variables") or {}) | (content.get("variables") or {})
    return other | content | {"variables": variables}


def parse(name: str, content: Any, where: str, suite: str | None = None) -> Topology:
    """Build a topology from a file's content; `suite` wins over what the file says."""
    if not isinstance(content, dict) or not isinstance(content.get("hosts"), dict):
        raise TestbedError(f"{where} has no hosts", "hosts: {NAME: {groups: [web, db, …]}}")
    unknown = set(content) - {"hosts", "suite", "network", "variables"}
    if unknown:
        raise TestbedError(
            f"{where}: unknown key {', '.join(sorted(unknown))}",
            "use hosts, like, suite, network, variables",
        )
    hosts = []
    for host, given in content["hosts"].items():
        settings = given or {}
        if not _NAME.match(str(host)):
            raise TestbedError(f"{where}: {host!r} is no host name")
        groups = settings.get("groups", [])
        groups = list(GROUPS[1:]) if groups == "all" else groups
        wrong = [group for group in groups if group not in GROUPS]
        if wrong:
            raise TestbedError(
                f"{where}: host {host} is in unknown group {', '.join(map(str, wrong))}",
                f"use {', '.join(GROUPS)}, or `all` for every group but balancer",
            )
        own_suite = suite or settings.get("suite") or content.get("suite") or "bookworm"
        hosts.append(Host(str(host), tuple(groups), own_suite))
    if not hosts:
        raise TestbedError(f"{where} has no hosts", "hosts: {NAME: {groups: [web, db, …]}}")
    network = content.get("network")
    if network is not None:
        try:
            ipaddress.IPv4Network(network)
        except ValueError as error:
            raise TestbedError(f"{where}: network {network!r}: {error}") from error
    return Topology(name, tuple(hosts), network, content.get("variables") or {})
