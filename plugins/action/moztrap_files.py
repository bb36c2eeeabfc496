"""Render a role's files on the controller and have them kept in one call to the host.

The texts never are in what the task returns, so no callback or log shows one but
as a difference, and secrets not even there.
"""

from __future__ import annotations

import json
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

from ansible.module_utils.moztrap import controller  # noqa: E402


class ActionModule(ActionBase):  # type: ignore[misc]
    """`moztrap_files`: see the module's text."""

    _supports_check_mode = True
    _supports_diff = True

    def run(
        self, tmp: str | None = None, task_vars: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        _, arguments = self.validate_argument_spec(
            {"files": {"type": "list", "elements": "dict", "required": True}}
        )
        files = [self._rendered(dict(file)) for file in arguments["files"]]
        if not files:
            return result | {"changed": False, "paths": []}
        try:
            packed = {"files": json.dumps(files, default=str)}
            done = controller.run_module(self, "moztrap_files", packed, task_vars or {})
        finally:
            controller.clean_up(self)
        return result | done

    def _rendered(self, file: dict[str, Any]) -> dict[str, Any]:
        if file.get("state") == "absent":
            return {"path": file["path"], "state": "absent"}
        if file.get("state") == "link":
            if not file.get("target"):
                raise AnsibleActionFail(f"The link {file['path']} needs a target.")
            return {"path": file["path"], "state": "link", "target": file["target"]}
        template = file.pop("template", None)
        if (template is None) == (file.get("content") is None):
            raise AnsibleActionFail(
                f"The file {file.get('path', '(without path)')} needs a template or a content, "
                "and not both."
            )
        if template is not None:
            expression = f"{{{{ lookup('ansible.builtin.template', '{template}') }}}}"
            file["content"] = str(self._templar.template(trust_as_template(expression)))
        return file
