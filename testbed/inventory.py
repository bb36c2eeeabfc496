"""The inventory of a topology, made by the generator that operators use."""

import json
import os
from collections.abc import Mapping
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

from inventories.generator import vault, writer
from inventories.generator.plan import HostPlan, InventoryPlan
from testbed.errors import TestbedError
from testbed.paths import CHECKOUT
from testbed.ssh import Access
from testbed.topology import Topology

# What makes it a demo: every mail goes to a local mailbox, whoever it is for, and work
# that is not committed yet can be looked at.
_DEMO = {"smtp_sink_mailbox": True, "release_dirty": True}


def write(
    state: Path, topology: Topology, hosts: Mapping[str, IPv4Address], access: Access
) -> None:
    """Write or bring up to date `inventory/`, `url`, `credentials.json` and `ca.pem`."""
    entrance = hosts[topology.entrance().name]
    plan = InventoryPlan(
        # A host in no group is no business of the inventory's: it is left bare.
        hosts=tuple(
            HostPlan(host.name, str(hosts[host.name]), host.groups)
            for host in topology.hosts
            if host.groups
        ),
        # The address itself, so that the site opens without touching name resolution.
        server_name=str(entrance),
        admin_email="admin@moztrap.internal",
        from_email="MozTrap <do-not-reply@moztrap.internal>",
        variables={**_DEMO, **topology.variables},
        connection={
            "ansible_ssh_private_key_file": str(access.key),
            "ansible_ssh_common_args": access.arguments(),
        },
    )
    target = state / "inventory"
    values = _secrets(target, plan, topology.name)
    (state / "url").write_text(f"https://{entrance}/\n")
    _write_private(
        state / "credentials.json",
        {"username": plan.admin_username, "password": values["vault_moztrap_admin_password"]},
    )
    authority = state / "ca.pem"
    if not authority.is_symlink():
        authority.unlink(missing_ok=True)
        # Role tls makes it; until the first converge the link leads nowhere.
        authority.symlink_to("inventory/.state/tls/ca.pem")


def _secrets(target: Path, plan: InventoryPlan, name: str) -> dict[str, Any]:
    try:
        password = vault.ensure_password(CHECKOUT)
        if not target.exists():
            return writer.create(target, plan, password)
        values = writer.secrets_of(target, password)
    except vault.VaultPasswordError as error:
        raise TestbedError(str(error), f"python -m testbed down {name}, then up again") from error
    writer.write_plan(target, plan)
    return values


def _write_private(path: Path, content: Mapping[str, str]) -> None:
    temporary = path.with_suffix(".new")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(content, file, indent=1)
        file.write("\n")
    temporary.replace(path)
