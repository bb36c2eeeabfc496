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
    "moztrap_oidc_issuer",
)
# Where the groups' own variables are: see inventories/shared/derived.
DEFAULTS = "derived/"
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
        # Not what the others have by default: what somebody wrote, for the fewest hosts.
        written = [value for value in seen if DEFAULTS not in places[value]] or list(seen)
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
