"""Ship the source to the build host, have it built there, and tell what is going on.

Sets the fact `moztrap_build`: the id of the release whose build has begun.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import ansible.module_utils
from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

SHARED = str(Path(__file__).resolve().parents[1] / "module_utils")
# Ansible looks for shared code in this folder for modules only.
if SHARED not in ansible.module_utils.__path__:
    ansible.module_utils.__path__.append(SHARED)

from ansible.module_utils.moztrap import archive, controller, release  # noqa: E402
from ansible.module_utils.moztrap.build import PHASES  # noqa: E402


class ActionModule(ActionBase):  # type: ignore[misc]
    """Arguments: the module's, `source` a folder here, and `platform`, `packages`, `dirty`."""

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
                "step": {"type": "str", "required": True, "choices": ["begin", "wait"]},
                "release_id": {"type": "str", "required": True},
                "folder": {"type": "str", "required": True},
                "source": {"type": "path"},
                "user": {"type": "str"},
                "installed_root": {"type": "str"},
                "static_url": {"type": "str"},
                "environment": {"type": "str"},
                "packages": {"type": "list", "elements": "str"},
                "platform": {"type": "dict"},
                "dirty": {"type": "bool"},
            }
        )
        arguments = {name: value for name, value in arguments.items() if value is not None}
        identifier = arguments["release_id"]
        result["ansible_facts"] = {"moztrap_build": identifier}
        if self._task.check_mode:
            return result | {"changed": True, "msg": f"release {identifier} would be built"}
        try:
            if arguments["step"] == "wait":
                self._wait(arguments, variables)
                return result | {"changed": False, "msg": f"release {identifier} is built"}
            begun = self._begin(arguments, variables)
        finally:
            controller.clean_up(self)
        said = f"the build of {identifier} goes on meanwhile"
        return result | {"changed": begun["changed"], "msg": said}

    def _begin(self, arguments: dict[str, Any], variables: dict[str, Any]) -> dict[str, Any]:
        identifier = arguments["release_id"]
        arguments["description"] = {
            "release_id": identifier,
            "name": identifier + ("-dirty" if arguments.pop("dirty") else ""),
            "platform": json.loads(json.dumps(arguments.pop("platform"), default=str)),
            # What a host needs to run it is known without its source.
            "environment": str(arguments["environment"]),
            "packages": [str(name) for name in arguments.pop("packages")],
        }
        source = release.read_source(Path(arguments["source"]).resolve())
        with tempfile.TemporaryDirectory() as temporary:
            packed = Path(temporary) / "source.tar.gz"
            archive.pack(source.root, source.files, packed)
            arguments["source"] = controller.ship(self, packed, packed.name)
        return controller.run_module(self, "moztrap_build", arguments, variables)

    def _wait(self, arguments: dict[str, Any], variables: dict[str, Any]) -> None:
        identifier = arguments["release_id"]
        seen = ""
        while True:
            found = controller.run_module(
                self, "moztrap_build", arguments | {"seen": seen}, variables
            )
            phase = found["phase"]
            what = PHASES[phase][0] if phase in PHASES else "beginning"
            if found["state"] == "done":
                return
            if found["state"] == "failed":
                raise AnsibleActionFail(f"The build stopped while {what}: {found['problem']}")
            if found["state"] == "absent":
                raise AnsibleActionFail(
                    f"The build of release {identifier} was killed while {what}. "
                    "Run the release again: it begins anew."
                )
            if phase != seen:
                self._display.display(f"  release {identifier}: {what}")
            seen = phase
