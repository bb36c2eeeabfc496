"""See from the controller, as a visitor would, that the site answers as it must."""

from __future__ import annotations

import http.client
from pathlib import Path
from typing import Any

import ansible.module_utils
from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

SHARED = str(Path(__file__).resolve().parents[1] / "module_utils")
# Ansible looks for shared code in this folder for modules only.
if SHARED not in ansible.module_utils.__path__:
    ansible.module_utils.__path__.append(SHARED)

from ansible.module_utils.moztrap import visit  # noqa: E402


class ActionModule(ActionBase):  # type: ignore[misc]
    """Arguments: `addresses`, `server_name`, `ca_path` (on the controller), `deployment`."""

    _supports_check_mode = True
    _supports_diff = False

    def run(
        self, tmp: str | None = None, task_vars: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        _, arguments = self.validate_argument_spec(
            {
                "addresses": {"type": "list", "elements": "str", "required": True},
                "server_name": {"type": "str", "required": True},
                "ca_path": {"type": "path"},
                "deployment": {"type": "str", "required": True},
            }
        )
        if self._task.check_mode:
            return result | {"changed": False, "msg": "nothing is verified in check mode"}
        authority = arguments["ca_path"]
        if authority and not Path(authority).is_file():
            # A certificate of a public authority needs no file of ours.
            authority = None
        messages = [
            self._visit(address, arguments["server_name"], authority, arguments["deployment"])
            for address in arguments["addresses"]
        ]
        return result | {"changed": False, "msg": "; ".join(messages)}

    def _visit(self, address: str, server_name: str, authority: str | None, deployment: str) -> str:
        try:
            problems, message = visit.visit_login_page(
                address=address,
                server_name=server_name,
                ca_path=authority,
                deployment=deployment,
            )
        except (OSError, http.client.HTTPException) as error:
            raise AnsibleActionFail(
                f"https://{server_name} at {address} does not answer the controller: {error}"
            ) from error
        if problems:
            lines = "\n".join(f"  - {problem}" for problem in problems)
            raise AnsibleActionFail(f"The site at {address} answers, but not as it must:\n{lines}")
        return f"{message} at {address}"
