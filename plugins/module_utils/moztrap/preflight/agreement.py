"""What hosts may not see differently: a site has one of each choice."""

from __future__ import annotations

from collections.abc import Iterator

from ansible.module_utils.moztrap.preflight.inventory import Inventory
from ansible.module_utils.moztrap.preflight.problems import Problem
from ansible.module_utils.moztrap.preflight.site import AVAILABLE, NEEDED_GROUPS

OF_THE_SITE = (
    *AVAILABLE,
    "moztrap_server_name",
    "moztrap_site_url",
    "moztrap_database_server",
    "moztrap_mail_server",
    "moztrap_oidc_issuer",
)
MEMBERS = frozenset({*NEEDED_GROUPS, "balancer"})


def agreement_problems(inventory: Inventory) -> Iterator[Problem]:
    """Choices that a host's or a group's variables set apart from the others."""
    hosts = [host for host in inventory.hosts.values() if not MEMBERS.isdisjoint(host.groups)]
    for name in OF_THE_SITE:
        seen: dict[str, list[str]] = {}
        places: dict[str, str] = {}
        for host in hosts:
            found = host.get(name)
            if found.is_set:
                seen.setdefault(str(found.value), []).append(host.name)
                places.setdefault(str(found.value), found.where)
        if len(seen) < 2:
            continue
        # Whoever is in the minority was set apart, mostly by mistake.
        apart = min(seen, key=lambda value: len(seen[value]))
        others = next(value for value in seen if value != apart)
        yield Problem(
            name,
            f"is {apart or 'empty'}, but {others or 'empty'} on {', '.join(seen[others])}: "
            "all hosts of a site have the same",
            "Set it once, in group_vars/all/main.yml, and nowhere else.",
            places[apart],
            ", ".join(seen[apart]),
        )
