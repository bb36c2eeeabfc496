"""Fetch a built artefact from the build host, sign it and keep it on the controller."""

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

from ansible.module_utils.moztrap import store  # noqa: E402
from ansible.module_utils.moztrap.pool import Pool  # noqa: E402


class ActionModule(ActionBase):  # type: ignore[misc]
    """`built` (folder on the build host), `folder`, `pool`, `signing_key`, `release_id`."""

    _supports_check_mode = True
    _supports_diff = False

    def run(
        self, tmp: str | None = None, task_vars: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        _, arguments = self.validate_argument_spec(
            {
                "built": {"type": "str", "required": True},
                "folder": {"type": "path", "required": True},
                "pool": {"type": "path", "required": True},
                "signing_key": {"type": "path", "required": True},
                "release_id": {"type": "str", "required": True},
            }
        )
        if self._task.check_mode:
            return result | {"changed": True, "msg": "the artefact would be fetched and signed"}
        folder = Path(arguments["folder"])
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".fetch.", dir=folder.parent) as temporary:
            fetched = Path(temporary)
            for name in store.BUILT_FILES:
                self._connection.fetch_file(f"{arguments['built']}/{name}", str(fetched / name))
            self._check(fetched, arguments["release_id"])
            try:
                store.keep(
                    fetched, folder, Path(arguments["signing_key"]), Pool(Path(arguments["pool"]))
                )
            except store.StoreError as error:
                raise AnsibleActionFail(str(error)) from error
        size = (folder / store.ARTEFACT).stat().st_size
        return result | {
            "changed": True,
            "msg": f"signed and kept in {folder} ({size / 1e6:.1f} MB)",
        }

    @staticmethod
    def _check(fetched: Path, release_id: str) -> None:
        for name in (store.ASSET_MANIFEST, store.RELEASE):
            found = json.loads((fetched / name).read_text()).get("release_id")
            if found != release_id:
                raise AnsibleActionFail(
                    f"{name} from the build host is of release {found!r}, not {release_id!r}. "
                    "It was not signed. Run the release again."
                )
