"""Writes the files of an inventory, in the shape of `inventories/single`."""

import os
import shutil
from pathlib import Path
from typing import Any

import yaml

from inventories.generator import vault
from inventories.generator.plan import GROUPS, InventoryPlan

INVENTORIES = Path(__file__).resolve().parent.parent
CHECKOUT = INVENTORIES.parent
_EXAMPLE_VAULT = INVENTORIES / "single" / "group_vars" / "all" / "vault.yml"
_SHARED = INVENTORIES / "shared" / "derived"
_VARIABLES = Path("group_vars") / "all"


class InventoryExists(ValueError):
    """An inventory holds secrets that live hosts use: it is never overwritten."""


def create(target: Path, plan: InventoryPlan, password: bytes) -> dict[str, Any]:
    """Write a new inventory, whole or not at all; return its secrets."""
    if target.exists():
        raise InventoryExists(
            f"{target} exists already and is left as it is; "
            "choose another NAME, or remove that folder if no host uses its secrets"
        )
    values = vault.generate(_EXAMPLE_VAULT)
    unfinished = target.with_name(f".{target.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    folder = unfinished / _VARIABLES
    folder.mkdir(parents=True)
    link = os.path.relpath(_SHARED, target / _VARIABLES)
    (folder / "00-derived").symlink_to(link)
    (folder / "vault.yml").write_text(vault.encrypt(values, password))
    (folder / "vault.yml").chmod(0o600)
    write_plan(unfinished, plan)
    unfinished.rename(target)
    return values


def write_plan(target: Path, plan: InventoryPlan) -> None:
    """Write hosts and plain variables; secrets stay as they are."""
    (target / "hosts.yml").write_text(render_hosts(plan))
    (target / _VARIABLES / "main.yml").write_text(render_variables(plan))


def secrets_of(target: Path, password: bytes) -> dict[str, Any]:
    """The secrets of an inventory that was written earlier."""
    return vault.decrypt(target / _VARIABLES / "vault.yml", password)


def render_hosts(plan: InventoryPlan) -> str:
    """The text of hosts.yml."""
    hosts = {
        host.name: {"ansible_host": host.address, "ansible_user": host.user, **host.variables}
        for host in plan.hosts
    }
    children: dict[str, Any] = {}
    for group in GROUPS:
        members: dict[str, Any] = {host.name: {} for host in plan.hosts if group in host.groups}
        children[group] = {"hosts": members} if members else {}
    everything: dict[str, Any] = {"hosts": hosts}
    if plan.connection:
        everything["vars"] = plan.connection
    everything["children"] = children
    return "---\n# Hosts, and what each is for.\n" + _yaml({"all": everything})


def render_variables(plan: InventoryPlan) -> str:
    """The text of group_vars/all/main.yml."""
    parts = [
        "---",
        "# What only an operator knows. Everything else has a default: see the README of",
        "# each role, and 00-derived for what follows from the groups.",
        "",
        "# The name in the address bar. Must match the certificate and SITE_URL.",
        _yaml({"moztrap_server_name": plan.server_name}),
        "# Who mail from the site comes from.",
        _yaml({"moztrap_default_from_email": plan.from_email}),
        "# The first administrator; the password is vault_moztrap_admin_password.",
        _yaml(
            {
                "moztrap_admin_username": plan.admin_username,
                "moztrap_admin_email": plan.admin_email,
            }
        ),
    ]
    if plan.variables:
        parts += ["# Of this inventory alone.", _yaml(plan.variables)]
    return "\n".join(parts).rstrip() + "\n"


def _yaml(values: dict[str, Any]) -> str:
    return yaml.safe_dump(values, default_flow_style=False, sort_keys=False, allow_unicode=True)
