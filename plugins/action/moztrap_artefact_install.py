"""Have the release's artefact unpacked on a host, verified; ship it only if it is not intact.

Sets the fact `moztrap_artefact`: `repaired` tells that it was unpacked by this run.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import ansible.module_utils
from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

SHARED = str(Path(__file__).resolve().parents[1] / "module_utils")
# Ansible looks for shared code in this folder for modules only.
if SHARED not in ansible.module_utils.__path__:
    ansible.module_utils.__path__.append(SHARED)

from ansible.module_utils.moztrap import controller, signature, store  # noqa: E402


class ActionModule(ActionBase):  # type: ignore[misc]
    """Arguments: `folder` (in the store), `release_id`, `home`, `signing_key`."""

    _supports_check_mode = True
    _supports_diff = False
    TRANSFERS_FILES = True

    def run(
        self, tmp: str | None = None, task_vars: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        variables = task_vars or {}
        _, arguments = self.validate_argument_spec(
            {
                "folder": {"type": "path", "required": True},
                "release_id": {"type": "str", "required": True},
                "home": {"type": "str", "required": True},
                "signing_key": {"type": "path", "required": True},
            }
        )
        options = {"home": arguments["home"], "release_id": arguments["release_id"]}
        try:
            found = controller.run_module(self, "moztrap_artefact", options, variables)
            result["ansible_facts"] = {"moztrap_artefact": {"repaired": not found["intact"]}}
            if found["intact"]:
                return result | {"changed": False, "msg": "intact"}
            if self._task.check_mode:
                return result | {"changed": True, "msg": found["msg"]}
            options |= self._shipped(arguments)
            done = controller.run_module(self, "moztrap_artefact", options, variables)
            return result | done | {"msg": f"{found['msg']}; unpacked and verified"}
        finally:
            controller.clean_up(self)

    def _shipped(self, arguments: dict[str, Any]) -> dict[str, str]:
        kept = Path(arguments["folder"])
        archive = kept / store.ARTEFACT
        if not archive.is_file():
            raise AnsibleActionFail(
                f"{archive} is not on the controller. "
                "Build it again with: ansible-playbook playbooks/release.yml"
            )
        try:
            public = store.ensure_signing_key(Path(arguments["signing_key"]))
        except store.StoreError as error:
            raise AnsibleActionFail(str(error)) from error
        return {
            "archive": controller.ship(self, archive, store.ARTEFACT),
            "signature": controller.ship(self, kept / store.SIGNATURE, store.SIGNATURE),
            "allowed_signers": signature.allowed_signers(public),
        }
