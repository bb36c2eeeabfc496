"""Render a role's template as Ansible would on a host of an inventory, without a host."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import init_plugin_loader
from ansible.template import Templar, trust_as_template

# Else Ansible finds none of its plugins by their whole names.
init_plugin_loader()

ROOT = Path(__file__).resolve().parents[2]
SECRETS = {
    "vault_moztrap_secret_key": "s" * 50,
    "vault_moztrap_admin_password": "admin-password",
    "vault_mysql_owner_password": "owner-password",
    "vault_mysql_runtime_password": "runtime-password",
    "vault_mysql_backup_password": "backup-password",
    "vault_redis_password": "redis-password",
}
SINGLE = {"one": ["web", "static", "db", "cache", "mail", "build"]}
MULTI = {
    "front": ["balancer"],
    "web1": ["web"],
    "web2": ["web"],
    "files": ["static"],
    "data": ["db", "cache"],
    "post": ["mail"],
}


def addresses(hosts: dict[str, list[str]]) -> dict[str, str]:
    """Give each host a private address."""
    return {host: f"10.0.0.{number}" for number, host in enumerate(hosts, start=1)}


def variables(
    role: str, hosts: dict[str, list[str]], host: str, overrides: dict[str, Any]
) -> dict[str, Any]:
    """Put a host's variables together, in Ansible's order of precedence."""
    loader = DataLoader()
    merged: dict[str, Any] = {}
    for path in (
        ROOT / "roles" / role / "defaults" / "main.yml",
        *(ROOT / "inventories" / "shared" / "derived").glob("*.yml"),
        ROOT / "inventories" / "single" / "group_vars" / "all" / "main.yml",
        ROOT / "roles" / role / "vars" / "main.yml",
    ):
        if path.exists():
            merged.update(loader.load_from_file(str(path), trusted_as_template=True) or {})
    names = {name for groups in hosts.values() for name in groups}
    places = addresses(hosts)
    merged.update(SECRETS)
    members = {name: [h for h, groups in hosts.items() if name in groups] for name in names}
    merged.update(
        inventory_hostname=host,
        ansible_host=places[host],
        ansible_check_mode=False,
        ansible_managed="Ansible managed",
        inventory_dir="/inventory",
        groups={**members, "all": list(hosts)},
        hostvars={h: {"moztrap_address": address} for h, address in places.items()},
    )
    merged.update(overrides)
    return merged


def render(
    role: str,
    template: str,
    hosts: dict[str, list[str]] | None = None,
    host: str = "one",
    **overrides: Any,
) -> str:
    """Render one template of one role for one host."""
    folder = ROOT / "roles" / role / "templates"
    templar = Templar(
        loader=DataLoader(), variables=variables(role, hosts or SINGLE, host, overrides)
    ).copy_with_new_env(searchpath=[str(folder)])
    text = trust_as_template((folder / template).read_text(encoding="utf-8"))
    return str(templar.template(text, overrides={"trim_blocks": True}))


def value(
    role: str,
    expression: str,
    hosts: dict[str, list[str]] | None = None,
    host: str = "one",
    **overrides: Any,
) -> Any:
    """Evaluate an expression among a role's variables."""
    templar = Templar(
        loader=DataLoader(), variables=variables(role, hosts or SINGLE, host, overrides)
    )
    return templar.template(trust_as_template("{{ " + expression + " }}"))
