"""Ship the source to the build host and build there, telling what is going on."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import ansible.module_utils
from ansible.plugins.action import ActionBase

SHARED = str(Path(__file__).resolve().parents[1] / "module_utils")
# Ansible looks for shared code in this folder for modules only.
if SHARED not in ansible.module_utils.__path__:
    ansible.module_utils.__path__.append(SHARED)

from ansible.module_utils.moztrap import archive, controller, release  # noqa: E402
from ansible.module_utils.moztrap.build import PHASES  # noqa: E402


class ActionModule(ActionBase):  # type: ignore[misc]
    """Arguments: those of the module, with `source` a folder here, `platform` and `dirty`."""

    _supports_check_mode = True
    _supports_diff = False
    TRANSFERS_FILES = True

    def run(
        self, tmp: str | None = None, task_vars: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        _, arguments = self.validate_argument_spec(
            {
                "release_id": {"type": "str", "required": True},
                "source": {"type": "path", "required": True},
                "folder": {"type": "str", "required": True},
                "user": {"type": "str", "required": True},
                "installed_root": {"type": "str", "required": True},
                "static_url": {"type": "str", "required": True},
                "platform": {"type": "dict", "required": True},
                "dirty": {"type": "bool", "required": True},
            }
        )
        result["changed"] = True
        if self._task.check_mode:
            return result | {"msg": f"release {arguments['release_id']} would be built"}
        name = arguments["release_id"] + ("-dirty" if arguments.pop("dirty") else "")
        platform = json.loads(json.dumps(arguments.pop("platform"), default=str))
        arguments["description"] = {
            "release_id": arguments["release_id"],
            "name": name,
            "platform": platform,
        }
        source = release.read_source(Path(arguments["source"]).resolve())
        try:
            with tempfile.TemporaryDirectory() as temporary:
                packed = Path(temporary) / "source.tar.gz"
                archive.pack(source.root, source.files, packed)
                arguments["source"] = controller.ship(self, packed, packed.name)
            for phase, (what, _) in PHASES.items():
                self._display.display(f"  release {name}: {what}")
                controller.run_module(
                    self, "moztrap_build", arguments | {"phase": phase}, task_vars or {}
                )
        finally:
            controller.clean_up(self)
        return result | {"msg": f"release {name} is built"}
