"""Read and keep the record of what a site runs.

Sets the fact `moztrap_record`, and `moztrap_target` where a rollback asks for it.
"""

from __future__ import annotations

import getpass
import socket
from pathlib import Path
from typing import Any

import ansible.module_utils
from ansible.plugins.action import ActionBase

SHARED = str(Path(__file__).resolve().parents[1] / "module_utils")
# Ansible looks for shared code in this folder for modules only.
if SHARED not in ansible.module_utils.__path__:
    ansible.module_utils.__path__.append(SHARED)

from ansible.module_utils.moztrap import controller  # noqa: E402


class ActionModule(ActionBase):  # type: ignore[misc]
    """Arguments: those of the module, but who goes back."""

    _supports_check_mode = True
    _supports_diff = False

    def run(
        self, tmp: str | None = None, task_vars: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        options = dict(self._task.args)
        options["by"] = f"{getpass.getuser()}@{socket.gethostname()}"
        try:
            done = controller.run_module(self, "moztrap_record", options, task_vars or {})
        finally:
            controller.clean_up(self)
        record = done["record"]
        facts: dict[str, Any] = {"moztrap_record": record}
        if options["step"] == "back":
            facts["moztrap_target"] = done["target"]
        return result | {"changed": False, "ansible_facts": facts, "msg": summary(record)}


def summary(record: dict[str, Any]) -> str:
    """The record in a line."""
    if not record["current"]:
        return "no release was activated so far"
    parts = [f"live {record['deployment']}", f"before {record['previous'] or 'nothing'}"]
    hold = record["hold"]
    if hold:
        parts.append(f"held at {hold['release']} by {hold['by']} since {hold['at']}")
    return ", ".join(parts)
