"""Add a release's assets to a static server: look, ship what is lacking, prove."""

from __future__ import annotations

import tarfile
import tempfile
from pathlib import Path
from typing import Any

import ansible.module_utils
from ansible.plugins.action import ActionBase

SHARED = str(Path(__file__).resolve().parents[1] / "module_utils")
# Ansible looks for shared code in this folder for modules only.
if SHARED not in ansible.module_utils.__path__:
    ansible.module_utils.__path__.append(SHARED)

from ansible.module_utils.moztrap import controller, store  # noqa: E402


class ActionModule(ActionBase):  # type: ignore[misc]
    """Arguments: `release_folder` (in the store), `folder`, `server`."""

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
                "release_folder": {"type": "path", "required": True},
                "folder": {"type": "str", "required": True},
                "server": {"type": "dict", "required": True},
            }
        )
        kept = Path(arguments["release_folder"])
        manifest = kept / store.ASSET_MANIFEST
        if self._task.check_mode and not manifest.is_file():
            return result | {"changed": True, "msg": "the assets of a release not built yet"}
        options = {
            "manifest": manifest.read_text(),
            "folder": arguments["folder"],
            "server": arguments["server"],
        }
        try:
            found = controller.run_module(self, "moztrap_assets", options, variables)
            lacking = found.pop("lacking")
            if lacking and not self._task.check_mode:
                options["archive"] = self._ship(kept / store.ASSETS, lacking)
                done = controller.run_module(self, "moztrap_assets", options, variables)
                found["proven"] = done["proven"]
        finally:
            controller.clean_up(self)
        found["msg"] = (
            f"{found['files']} files: {found['missing']} missing, {found['altered']} altered "
            f"({found['size'] / 1e6:.1f} MB), {found['proven']} proven over HTTPS"
        )
        return result | found

    def _ship(self, archive: Path, lacking: list[str]) -> str:
        """Ship only what the server lacks."""
        wanted = set(lacking)
        with tempfile.TemporaryDirectory() as temporary:
            part = Path(temporary) / "part.tar"
            with tarfile.open(archive, "r:gz") as packed, tarfile.open(part, "w") as chosen:
                for entry in packed:
                    if entry.name in wanted:
                        chosen.addfile(entry, packed.extractfile(entry))
            return controller.ship(self, part, "assets.tar")
