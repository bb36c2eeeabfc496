"""What variables there are, which hosts need them, and what type each has."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.moztrap.preflight.inventory import Host, Inventory
from ansible.module_utils.moztrap.preflight.problems import Problem

# Which hosts a role runs on; None: all.
ROLE_GROUPS: dict[str, tuple[str, ...] | None] = {
    "preflight": None,
    "base": None,
    "firewall": None,
    "tls": ("web", "static", "balancer"),
    "mysql": ("db",),
    "database": ("web", "db"),
    "memcached": ("cache",),
    "redis": ("cache",),
    "smtp": ("mail", "web"),
    "apache": ("web", "static"),
    "nginx": ("web", "static"),
    "gunicorn": ("web",),
    "haproxy": ("balancer",),
    "artefact": ("build", "web"),
    "assets": ("static",),
    "settings": ("web",),
    "migrate": ("web",),
    "activate": ("web",),
    "lock": ("db",),
    "record": ("db",),
    "backup": ("db", "web"),
}
SHARED_PREFIX = "moztrap"
VAULT_PREFIX = "vault"
NAME = re.compile(r"\b[a-z][a-z0-9_]*\b")


@dataclass
class Specification:
    """Everything that may be set."""

    roles: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    defaults: dict[str, set[str]] = field(default_factory=dict)
    known: set[str] = field(default_factory=set)

    @property
    def prefixes(self) -> set[str]:
        """A variable that begins so must be one that is known."""
        return {*self.roles, SHARED_PREFIX, VAULT_PREFIX}


def read(project: Path) -> Specification:
    """Collect the options of all roles, what the groups derive, and the names playbooks use."""
    found = Specification()
    for path in sorted((project / "roles").glob("*/meta/argument_specs.yml")):
        role = path.parts[-3]
        specs = yaml.safe_load(path.read_text())["argument_specs"]
        options: dict[str, dict[str, Any]] = {}
        for entry_point in specs.values():
            options |= entry_point.get("options", {})
        found.roles[role] = options
        found.known |= set(options)
        defaults = project / "roles" / role / "defaults" / "main.yml"
        content = yaml.safe_load(defaults.read_text()) if defaults.is_file() else None
        found.defaults[role] = set(content or {})
        found.known |= found.defaults[role]
    texts = [*(project / "inventories" / "shared" / "derived").glob("*.yml")]
    texts += (project / "playbooks").rglob("*.yml")
    texts += (project / "roles").glob("*/defaults/main.yml")
    for path in texts:
        found.known |= set(NAME.findall(path.read_text()))
    return found


def unknown_variables(inventory: Inventory, specification: Specification) -> Iterator[Problem]:
    """A misspelt name would be ignored in silence."""
    for host in inventory.hosts.values():
        for name in sorted(host.names - specification.known):
            prefix = name.partition("_")[0]
            if prefix in specification.prefixes and "_" in name:
                yield Problem(
                    name,
                    "no role knows this variable, so it would do nothing",
                    _suggestion(name, specification.known),
                    host.get(name).where,
                    host.name,
                )


def _suggestion(name: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(name, list(known), n=1, cutoff=0.7)
    if close:
        return f"Rename it to {close[0]}, or remove it."
    return f"Remove it, or look up its name in roles/{name.partition('_')[0]}/README.md."


def missing_and_mistyped(inventory: Inventory, specification: Specification) -> Iterator[Problem]:
    """Every option against its role's specification, on the hosts where that role runs."""
    seen: set[tuple[str, str]] = set()
    for role, options in specification.roles.items():
        groups = ROLE_GROUPS.get(role)
        for host in inventory.hosts.values():
            if groups is not None and not set(groups) & set(host.groups):
                continue
            for name, option in options.items():
                if (host.name, name) in seen:
                    continue
                seen.add((host.name, name))
                problem = _option_problem(host, name, option, name in specification.defaults[role])
                if problem:
                    yield problem


def _option_problem(
    host: Host, name: str, option: Mapping[str, Any], has_default: bool
) -> Problem | None:
    if name not in host.names:
        if option.get("required") and not has_default:
            return Problem(
                name,
                f"is missing ({_short(option)})",
                f"Set it in group_vars/all/main.yml of the inventory:\n  {name}: ...",
                host=host.name,
            )
        return None
    found = host.get(name)
    if not found.is_set:
        subject = found.source or name
        fix = f"Set {subject} in the inventory's group_vars/all."
        if subject.startswith(VAULT_PREFIX + "_"):
            fix = (
                "Let `make inventory NAME=x` write an inventory with every secret generated, "
                f"or set {subject} in group_vars/all/vault.yml."
            )
        return Problem(subject, f"is missing: {found.error}", fix, found.where, host.name)
    validator = ArgumentSpecValidator({name: _as_module_option(option)})
    result = validator.validate({name: found.value})
    if not result.error_messages:
        return None
    what = result.error_messages[0]
    if option.get("no_log"):
        what = f"has the wrong type; it must be {option.get('type', 'str')}"
    fix = f"Give it a value of type {option.get('type', 'str')}: {_short(option)}."
    if option.get("choices"):
        fix = f"Use one of: {', '.join(map(str, option['choices']))}."
    return Problem(name, what, fix, found.where, host.name)


def _short(option: Mapping[str, Any]) -> str:
    text = option.get("description", "")
    if isinstance(text, list):
        text = text[0]
    return str(text).strip().rstrip(".")


def _as_module_option(option: Mapping[str, Any]) -> dict[str, Any]:
    """The part of a role's option that decides about type and choice."""
    kept: dict[str, Any] = {"type": option.get("type", "str")}
    for key in ("choices", "elements"):
        if key in option:
            kept[key] = option[key]
    if "options" in option:
        kept["options"] = {
            name: _as_module_option(inner) | {"required": inner.get("required", False)}
            for name, inner in option["options"].items()
        }
    return kept
