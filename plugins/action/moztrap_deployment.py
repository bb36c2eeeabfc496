"""Render the settings, name the deployment, and have its folder prepared on the host.

The rendered text never is a task's argument, so no callback or log can show it.
Sets the fact `moztrap_deployment`: `id`, `folder` and `repaired`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import ansible.module_utils
from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible.template import trust_as_template

SHARED = str(Path(__file__).resolve().parents[1] / "module_utils")
# Ansible looks for shared code in this folder for modules only.
if SHARED not in ansible.module_utils.__path__:
    ansible.module_utils.__path__.append(SHARED)

from ansible.module_utils.moztrap import controller, deployment  # noqa: E402


class ActionModule(ActionBase):  # type: ignore[misc]
    """Arguments: `template`, `secret_key_variable`, `release_id`, `home`, `group`."""

    _supports_check_mode = True
    _supports_diff = False

    def run(
        self, tmp: str | None = None, task_vars: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        variables = task_vars or {}
        _, arguments = self.validate_argument_spec(
            {
                "template": {"type": "str", "required": True},
                "secret_key_variable": {"type": "str", "required": True, "no_log": False},
                "release_id": {"type": "str", "required": True},
                "home": {"type": "str", "required": True},
                "group": {"type": "str", "required": True},
            }
        )
        text = self._render(f"lookup('ansible.builtin.template', '{arguments['template']}')")
        self._refuse_broken(text, arguments["template"])
        digest = deployment.settings_digest(self._render(arguments["secret_key_variable"]), text)
        identifier = f"{arguments['release_id']}-{digest}"
        options = {
            "home": arguments["home"],
            "release_id": arguments["release_id"],
            "digest": digest,
            "settings": text,
            "group": arguments["group"],
        }
        try:
            done = controller.run_module(self, "moztrap_deployment", options, variables)
        finally:
            controller.clean_up(self)
        differences = done.pop("differences", {})
        if differences:
            done["msg"] = ", ".join(f"{path} {kind}" for path, kind in differences.items())
        folder = f"{arguments['home']}/releases/{identifier}"
        # A folder that is new has no process yet that read it before it was put right.
        repaired = bool(differences) and "." not in differences
        fact = {"id": identifier, "folder": folder, "repaired": repaired}
        done["ansible_facts"] = {"moztrap_deployment": fact}
        return result | done

    def _render(self, expression: str) -> str:
        return str(self._templar.template(trust_as_template("{{ " + expression + " }}")))

    @staticmethod
    def _refuse_broken(text: str, name: str) -> None:
        try:
            compile(text, name, "exec")
        except SyntaxError as error:
            # Only the line number: the line itself may hold a secret.
            raise AnsibleActionFail(
                f"{name} renders to invalid Python at line {error.lineno} ({error.msg}). "
                "Give every value through the filter moztrap_python."
            ) from None
