"""Remove a static server's assets that no release needs any more, and tell what."""

from __future__ import annotations

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
    """Arguments: those of the module, and `reports`, where the controller keeps reports."""

    _supports_check_mode = True
    _supports_diff = False

    def run(
        self, tmp: str | None = None, task_vars: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        variables = task_vars or {}
        _, arguments = self.validate_argument_spec(
            {
                "folder": {"type": "str", "required": True},
                "kept": {"type": "list", "elements": "str", "required": True},
                "grace_days": {"type": "float", "required": True},
                "remove_unexpected": {"type": "bool", "default": False},
                "reports": {"type": "path", "required": True},
            }
        )
        reports = arguments.pop("reports")
        try:
            done = controller.run_module(self, "moztrap_assets_prune", arguments, variables)
        finally:
            controller.clean_up(self)
        preview = self._task.check_mode
        report = {
            "kind": "would-prune" if preview else "pruned",
            "folder": "" if preview else reports,
            "server": str(variables["inventory_hostname"]),
            **{name: done[name] for name in ("removed", "count", "bytes", "releases", "files")},
            "unexpected": len(done["unexpected"]),
            "problem": "",
            "drift": [["unexpected", path, "in no manifest"] for path in done["unexpected"]]
            if not arguments["remove_unexpected"]
            else [],
        }
        verb = "would be removed" if preview else "removed"
        return result | {
            "changed": done["changed"],
            "msg": f"{done['count']} files ({done['bytes'] / 1e6:.1f} MB) {verb}, "
            f"{done['files']} left, {len(done['unexpected'])} unexpected",
            "report": report,
        }
