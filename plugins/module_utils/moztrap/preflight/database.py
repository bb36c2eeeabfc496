"""What can be wrong with the database server, the site's own or somebody else's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ansible.module_utils.moztrap.preflight import authorities
from ansible.module_utils.moztrap.preflight.inventory import Host, Inventory
from ansible.module_utils.moztrap.preflight.placeholders import is_placeholder_host
from ansible.module_utils.moztrap.preflight.problems import Problem

ACCOUNTS = ("runtime", "owner", "backup")
OWN = "let the site have its own: mysql_flavour: mariadb"
# Servers of the site's own, and the package of the one that cannot be on the same host.
RIVALS = {"mariadb": "mysql-server", "mysql": "mariadb-server"}
FLAVOURS = {"mysql-server": "mysql", "mariadb-server": "mariadb"}
# What else a host may be for.
OTHER_GROUPS = ("balancer", "web", "static", "cache", "mail", "build")
PAGE = "docs/operators/choices-database.md"


def database_problems(inventory: Inventory) -> Iterator[Problem]:
    """Combinations that cannot work, and what the server said to those who tried."""
    host = inventory.any_host
    if host is None:
        return
    if host.get("mysql_flavour").value != "external":
        yield from _unused(host)
        yield from _own_server_problems(inventory)
        return
    server, authority = host.get("moztrap_database_server"), host.get("moztrap_database_ca")
    if server.is_set and is_placeholder_host(str(server.value)):
        yield Problem(
            "moztrap_database_server",
            f"is {server.value or 'empty'}, but mysql_flavour: external needs one",
            f"Set it to the name that the server's certificate bears, or {OWN}.",
            server.where,
        )
    if authority.is_set and not str(authority.value):
        yield Problem(
            "moztrap_database_ca",
            "is empty, so that nobody could tell whether the server is the right one",
            "Set it to a PEM file on this machine, the authority of the server's certificate.",
            authority.where,
        )
    elif authority.is_set and (what := authorities.what_is_wrong(str(authority.value))):
        yield Problem(
            "moztrap_database_ca",
            what,
            "Give the whole path of a PEM file, the authority of the server's certificate.",
            authority.where,
        )
    for one in inventory.hosts.values():
        for finding in one.facts.get("moztrap_database_trial", []):
            if finding["kind"] != "unknown":
                yield _told(one, finding)


def _unused(host: Host) -> Iterator[Problem]:
    for name in ("moztrap_database_server", "moztrap_database_ca"):
        found = host.get(name)
        if found.is_set and found.value:
            yield Problem(
                name,
                "is for mysql_flavour: external; the site would use a server of its own",
                "Remove it, or set mysql_flavour: external.",
                found.where,
            )


def _own_server_problems(inventory: Inventory) -> Iterator[Problem]:
    """MySQL needs a Debian that nothing else runs on; no run replaces a server by another."""
    for host in inventory.members("db"):
        flavour = host.get("mysql_flavour")
        others = [group for group in OTHER_GROUPS if group in host.groups]
        if flavour.value == "mysql" and others:
            yield Problem(
                "mysql_flavour",
                "mysql needs Debian sid, which is for nothing but the database, but the host is in "
                f"group {', '.join(others)} as well",
                "Name a host of its own under children, db, hosts in hosts.yml, or set "
                "mysql_flavour: mariadb.",
                flavour.where,
                host.name,
            )
        rival = RIVALS.get(str(flavour.value))
        if rival in host.facts.get("moztrap_packages", []):
            yield Problem(
                "mysql_flavour",
                f"is {flavour.value}, but the host has {rival}: the two exclude each other, and "
                "keep their data in the same place",
                f"Set mysql_flavour: {FLAVOURS[str(rival)]}, as it was. Or name another host in "
                f"group db, and move there: {PAGE} tells how.",
                flavour.where,
                host.name,
            )


def _told(host: Host, finding: Mapping[str, Any]) -> Problem:
    server = host.get("moztrap_database_server")
    kind, what, fix = finding["kind"], finding["what"], finding["fix"]
    name = f"{server.value}:{host.get('moztrap_database_port').value}"
    subject, where = "moztrap_database_server", server.where
    if kind == "unreachable":
        what = f"{name} cannot be reached: {what}"
        fix = "Open its firewall for this host, or correct the name and moztrap_database_port."
    elif kind == "insecure":
        what = f"the connection to {name} cannot be trusted: {what}"
        fix = "Name the server as its certificate does, and its authority in moztrap_database_ca."
    elif kind == "account":
        subject, where = _password_of(host, finding["account"])
        what = f"is not accepted by {name} for {finding['account']}: {what}"
        fix = (
            "Correct it with ansible-vault edit; or have the account get that password on the "
            "server, for wherever it comes from:\n"
            f"  ALTER USER '{finding['account']}'@'%' IDENTIFIED BY 'what {subject} holds';"
        )
    elif kind == "grants":
        subject = f"account {finding['account']} at {name}"
        fix = f"Have this typed there, for wherever the account comes from:\n  {fix}"
    else:
        what = f"{name} {what}"
        fix = f"Have this done there:\n  {fix}" if fix else "Ask whoever runs it."
    return Problem(subject, what, fix, where, host.name)


def _password_of(host: Host, account: str) -> tuple[str, str]:
    for kind in ACCOUNTS:
        if host.get(f"mysql_{kind}_account").value == account:
            password = host.get(f"mysql_{kind}_password")
            return password.source or f"mysql_{kind}_password", password.where
    return "mysql_runtime_password", ""
