"""What can be wrong with the hosts themselves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ansible.module_utils.moztrap.preflight.inventory import Host, Inventory
from ansible.module_utils.moztrap.preflight.problems import Problem


@dataclass(frozen=True)
class Limits:
    """What a host must have."""

    releases: Mapping[str, list[str]]
    # Of the host that runs MySQL: those above have no package of it.
    mysql_releases: Mapping[str, list[str]]
    least_memory_megabytes: int
    least_disk_megabytes: int
    most_clock_skew_seconds: float


def host_problems(inventory: Inventory, limits: Limits) -> Iterator[Problem]:
    """Every host by itself, then build and web hosts beside each other."""
    for host in inventory.hosts.values():
        status = host.contact.get("status")
        if not host.contact:
            # --limit left it out: it was not looked at, and will not be touched.
            continue
        if status == "placeholder":
            yield _placeholder(host)
        elif status == "refused":
            yield _refused(host)
        elif status != "reached":
            yield _unreachable(host)
        else:
            yield from _fitness_problems(host, limits)
    yield from _difference_problems(inventory)


def _placeholder(host: Host) -> Problem:
    address = host.contact.get("address", host.name)
    return Problem(
        "ansible_host",
        f"is still the placeholder {address}; the host was not contacted",
        "Set it to the address that this machine reaches the host at, in hosts.yml.",
        host.get("ansible_host").where,
        host.name,
    )


def _refused(host: Host) -> Problem:
    return Problem(
        f"host {host.name}",
        f"is reached, but not as root: {host.contact.get('problem', 'no answer')}",
        "Type the password of sudo when asked, with --ask-become-pass; or set "
        "ansible_become_password in the vault. By hand, this must work:\n"
        f"  ssh {_login(host)} sudo true",
        host.get("ansible_become_password").where or host.get("ansible_user").where,
        host.name,
    )


def _login(host: Host) -> str:
    address = host.contact.get("address", host.name)
    user = host.get("ansible_user")
    return f"{user.value}@{address}" if user.is_set else str(address)


def _unreachable(host: Host) -> Problem:
    return Problem(
        f"host {host.name}",
        f"cannot be reached: {host.contact.get('problem', 'no answer')}",
        f"Make this work without a question, then run again:\n  ssh {_login(host)} true\n"
        "If the host is lost for now, leave it out, and run again when it is back:\n"
        f"  --limit '!{host.name}'",
        host.get("ansible_host").where,
        host.name,
    )


def _fitness_problems(host: Host, limits: Limits) -> Iterator[Problem]:
    facts = host.facts
    distribution = str(facts.get("distribution", "unknown"))
    version = str(facts.get("distribution_major_version", ""))
    yield from _release_problems(host, limits, distribution, version)
    for fact, what, least in (
        ("memtotal_mb", "memory", limits.least_memory_megabytes),
        ("moztrap_disk_free_mb", "free disk space", limits.least_disk_megabytes),
    ):
        found = int(facts.get(fact, 0))
        if found < least:
            yield Problem(
                f"host {host.name}",
                f"has {found} MB of {what}; {least} MB are needed",
                f"Give it more {what}.",
                host=host.name,
            )
    skew = float(host.contact.get("clock_skew", 0))
    if abs(skew) > limits.most_clock_skew_seconds:
        direction = "ahead of" if skew > 0 else "behind"
        yield Problem(
            f"host {host.name}",
            f"its clock is {abs(skew):.0f} s {direction} this machine's: certificates and "
            "logins would seem not yet, or no longer, valid",
            "Set the clock of whichever is wrong, for example with\n  timedatectl set-ntp true",
            host=host.name,
        )


def _release_problems(
    host: Host, limits: Limits, distribution: str, version: str
) -> Iterator[Problem]:
    flavour = host.get("mysql_flavour")
    runs_mysql = flavour.value == "mysql" and "db" in host.groups
    releases = limits.mysql_releases if runs_mysql else limits.releases
    if version in releases.get(distribution, []):
        return
    supported = ", ".join(
        f"{name} {release}" for name, listed in releases.items() for release in listed
    )
    what, fix = "which is not supported", f"Use a host with one of: {supported}."
    where = ""
    if runs_mysql:
        what, where = "which has no package mysql-server of Debian's", flavour.where
        fix = f"Name a host with {supported} in group db, or set mysql_flavour: mariadb."
    elif version in limits.mysql_releases.get(distribution, []):
        what = "which is supported for the database with mysql_flavour: mysql, and nothing else"
    yield Problem(
        f"host {host.name}", f"runs {distribution} {version}, {what}", fix, where, host.name
    )


def _difference_problems(inventory: Inventory) -> Iterator[Problem]:
    """What is built on one host must run on the others."""
    builders = [host for host in inventory.members("build") if _reached(host)]
    if not builders:
        return
    builder = builders[0]
    for host in inventory.members("web"):
        if not _reached(host):
            continue
        differing = [
            f"{what} {theirs} instead of {ours}"
            for (what, ours), (_, theirs) in zip(_abi(builder), _abi(host), strict=True)
            if ours != theirs
        ]
        if differing:
            yield Problem(
                f"host {host.name}",
                f"could not run what {builder.name} builds: it has {' and '.join(differing)}",
                "Use web and build hosts of the same distribution, Python and architecture.",
                host=host.name,
            )


def _reached(host: Host) -> bool:
    return host.contact.get("status") == "reached"


def _abi(host: Host) -> list[tuple[str, Any]]:
    facts = host.facts
    version = dict(facts.get("python", {})).get("version", {})
    return [
        ("distribution", f"{facts.get('distribution')} {facts.get('distribution_major_version')}"),
        ("Python", f"{version.get('major')}.{version.get('minor')}"),
        ("architecture", facts.get("architecture")),
    ]
