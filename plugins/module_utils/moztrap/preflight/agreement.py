"""What hosts may not see differently: a site has one of each choice."""

from __future__ import annotations

from collections.abc import Iterator

from ansible.module_utils.moztrap.preflight.inventory import SHARED_DEFAULTS, Inventory
from ansible.module_utils.moztrap.preflight.problems import Problem
from ansible.module_utils.moztrap.preflight.site import AVAILABLE, NEEDED_GROUPS

OF_THE_SITE = (
    *AVAILABLE,
    "moztrap_server_name",
    "moztrap_site_url",
    "moztrap_oidc_issuer",
    "moztrap_database_server",
    "moztrap_mail_server",
    "tls_provider",
)
# Of those that the groups' variables do not have.
ROLE_DEFAULTS = {"tls_provider": "private_ca"}
MEMBERS = frozenset({*NEEDED_GROUPS, "balancer"})


def agreement_problems(inventory: Inventory) -> Iterator[Problem]:
    """Choices that a host's or a group's variables set apart from the others."""
    hosts = [host for host in inventory.hosts.values() if not MEMBERS.isdisjoint(host.groups)]
    for name in OF_THE_SITE:
        seen: dict[str, list[str]] = {}
        places: dict[str, str] = {}
        for host in hosts:
            found = host.get(name)
            if not found.is_set and name not in ROLE_DEFAULTS:
                continue
            value = str(found.value) if found.is_set else ROLE_DEFAULTS[name]
            seen.setdefault(value, []).append(host.name)
            places.setdefault(value, found.where if found.is_set else SHARED_DEFAULTS)
        if len(seen) < 2:
            continue
        # Not what the others have by default: what somebody wrote, for the fewest hosts.
        written = [value for value in seen if SHARED_DEFAULTS not in places[value]] or list(seen)
        apart = min(written, key=lambda value: len(seen[value]))
        others = "; ".join(
            f"{value or 'empty'} on {', '.join(names)}"
            for value, names in seen.items()
            if value != apart
        )
        yield Problem(
            name,
            f"is {apart or 'empty'}, but {others}: all hosts of a site have the same",
            "Set it once, in group_vars/all/main.yml, and nowhere else.",
            places[apart],
            ", ".join(seen[apart]),
        )
