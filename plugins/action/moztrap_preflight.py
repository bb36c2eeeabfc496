"""List all that is wrong with the inventory and its hosts, at once, and change nothing."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import ansible.module_utils
from ansible._internal._datatag._tags import Origin
from ansible.errors import AnsibleActionFail, AnsibleError
from ansible.plugins.action import ActionBase

SHARED = str(Path(__file__).resolve().parents[1] / "module_utils")
# Ansible looks for shared code in this folder for modules only.
if SHARED not in ansible.module_utils.__path__:
    ansible.module_utils.__path__.append(SHARED)

from ansible.module_utils.moztrap.preflight import (  # noqa: E402
    agreement,
    cache,
    certificates,
    database,
    hosts,
    login,
    mail,
    site,
    specs,
    topology,
)
from ansible.module_utils.moztrap.preflight.inventory import (  # noqa: E402
    MISSING,
    Host,
    Inventory,
    Value,
)
from ansible.module_utils.moztrap.preflight.problems import merge, tell  # noqa: E402

# A value that only passes on another variable, perhaps with a default.
MIRROR = re.compile(r"^\{\{\s*([a-z][a-z0-9_]*)\s*(?:\|\s*default\(.*\)\s*)?\}\}$")
UNDEFINED = re.compile(r"'([a-z][a-z0-9_]*)' is undefined")


class ActionModule(ActionBase):  # type: ignore[misc]
    """Arguments: `project` (folder of the checkout), `limits`."""

    _supports_check_mode = True
    _supports_diff = False

    def run(
        self, tmp: str | None = None, task_vars: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        _, arguments = self.validate_argument_spec(
            {
                "project": {"type": "path", "required": True},
                "limits": {
                    "type": "dict",
                    "required": True,
                    "options": {
                        "releases": {"type": "dict", "required": True},
                        "mysql_releases": {"type": "dict", "required": True},
                        "least_memory_megabytes": {"type": "int", "required": True},
                        "least_disk_megabytes": {"type": "int", "required": True},
                        "most_clock_skew_seconds": {"type": "float", "required": True},
                    },
                },
            }
        )
        inventory = read_inventory(task_vars or {}, self._templar)
        specification = specs.read(Path(arguments["project"]).resolve())
        problems = merge(
            [
                *site.group_problems(inventory),
                *topology.topology_problems(inventory),
                *hosts.host_problems(inventory, hosts.Limits(**arguments["limits"])),
                *site.secret_problems(inventory),
                *site.name_problems(inventory),
                *site.choice_problems(inventory),
                *agreement.agreement_problems(inventory),
                *cache.cache_problems(inventory),
                *certificates.certificate_problems(inventory),
                *database.database_problems(inventory),
                *mail.mail_problems(inventory),
                *login.login_problems(inventory),
                *specs.missing_and_mistyped(inventory, specification),
                *specs.unknown_variables(inventory, specification),
            ]
        )
        if problems:
            own = shortest(os.path.join(inventory.folder, "group_vars", "all", "main.yml"))
            raise AnsibleActionFail(tell(problems, own=own))
        return result | {
            "changed": False,
            "msg": f"{len(inventory.hosts)} hosts and {len(specification.known)} settings checked",
            "ansible_facts": {"moztrap_preflight": True},
        }


def read_inventory(variables: Mapping[str, Any], templar: Any) -> Inventory:
    """The inventory as preflight sees it."""
    groups = {
        str(name): [str(host) for host in names] for name, names in variables["groups"].items()
    }
    all_hosts = variables["hostvars"]
    found = {}
    for name in groups.get("all", []):
        # As a task on that host would see them.
        raw = dict(all_hosts.raw_get(name)) | {"hostvars": all_hosts}
        found[name] = Host(
            name=name,
            groups=tuple(group for group, members in groups.items() if name in members),
            names=frozenset(str(key) for key in raw),
            get=_Reader(raw, templar.copy_with_new_env(available_variables=raw)),
            facts=dict(raw.get("ansible_facts", {})),
        )
    return Inventory(groups=groups, hosts=found, folder=str(variables.get("inventory_dir", "")))


class _Reader:
    """Reads one host's variables, with where each was set."""

    def __init__(self, raw: Mapping[str, Any], templar: Any) -> None:
        self._raw = raw
        self._templar = templar
        self._read: dict[str, Value] = {}

    def __call__(self, name: str) -> Value:
        if name not in self._read:
            self._read[name] = self._value(name)
        return self._read[name]

    def _value(self, name: str) -> Value:
        if name not in self._raw:
            return Value(error="it is not set")
        source = self._source(name)
        where = origin_of(self._raw.get(source)) or origin_of(self._raw[name])
        try:
            value = self._templar.template(self._raw[name])
        except AnsibleError as error:
            text = str(error)
            missing = UNDEFINED.search(text)
            inner = missing.group(1) if missing else ""
            return Value(MISSING, text.splitlines()[0], where, inner or source)
        return Value(value, "", where, source if source != name else "")

    def _source(self, name: str) -> str:
        """Follow mirrors to the variable that a person set."""
        for _ in range(5):
            raw = self._raw.get(name)
            match = MIRROR.match(raw.strip()) if isinstance(raw, str) else None
            if match is None:
                return name
            name = match.group(1)
        return name


def origin_of(value: Any) -> str:
    """File and line that set a value, as short as it can be said."""
    tag = Origin.get_tag(value) if value is not None else None
    if tag is None:
        return ""
    if not tag.path:
        return str(tag.description or "")
    path = shortest(tag.path)
    return f"{path}:{tag.line_num}" if tag.line_num else path


def shortest(path: str) -> str:
    """A path as a person would type it in the current folder."""
    short = os.path.relpath(os.path.realpath(path))
    return path if short.startswith("..") else short
