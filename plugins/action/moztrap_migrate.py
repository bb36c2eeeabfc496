"""Plan and apply migrations for a deployment; the owner's password is no task argument.

Sets the fact `moztrap_migration`: `pending`, what the plan found, and `left`, tables that only
an earlier choice needed.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import ansible.module_utils
from ansible.plugins.action import ActionBase
from ansible.template import trust_as_template

SHARED = str(Path(__file__).resolve().parents[1] / "module_utils")
# Ansible looks for shared code in this folder for modules only.
if SHARED not in ansible.module_utils.__path__:
    ansible.module_utils.__path__.append(SHARED)

from ansible.module_utils.moztrap import controller  # noqa: E402


class ActionModule(ActionBase):  # type: ignore[misc]
    """Arguments: those of the module, with `option_template` for the owner's option file."""

    _supports_check_mode = True
    _supports_diff = False

    def run(
        self, tmp: str | None = None, task_vars: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        options = dict(self._task.args)
        template = options.pop("option_template", None)
        if template:
            expression = "{{ lookup('ansible.builtin.template', '" + template + "') }}"
            options["owner_options"] = str(self._templar.template(trust_as_template(expression)))
        try:
            done = controller.run_module(self, "moztrap_migrate", options, task_vars or {})
        finally:
            controller.clean_up(self)
        if options["step"] == "plan":
            found = {"pending": done["pending"], "left": done["left"]}
            result["ansible_facts"] = {"moztrap_migration": found}
            # Only applying them changes anything, and a dry run has to foresee that.
            done["changed"] = done["changed"] and self._task.check_mode
        return result | done
