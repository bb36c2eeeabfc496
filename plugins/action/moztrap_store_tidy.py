"""Keep the newest releases and those that must stay in the controller's store.

Sets the fact `moztrap_kept`: the ids of the releases that stay, on every host of the play.
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

from ansible.module_utils.moztrap import store  # noqa: E402
from ansible.module_utils.moztrap.pool import Pool  # noqa: E402


class ActionModule(ActionBase):  # type: ignore[misc]
    """Arguments: `store`, `pool`, `keep` (how many), `stay` (release ids)."""

    _supports_check_mode = True
    _supports_diff = False

    def run(
        self, tmp: str | None = None, task_vars: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        _, arguments = self.validate_argument_spec(
            {
                "store": {"type": "path", "required": True},
                "pool": {"type": "path", "required": True},
                "keep": {"type": "int", "required": True},
                "stay": {"type": "list", "elements": "str", "required": True},
            }
        )
        folder, pool = Path(arguments["store"]), Pool(Path(arguments["pool"]))
        preview = self._task.check_mode
        try:
            done = store.tidy(
                folder, pool, keep=arguments["keep"], stay=arguments["stay"], dry_run=preview
            )
        except store.StoreError as error:
            raise AnsibleActionFail(str(error)) from error
        kept = [name for name in store.kept_releases(folder, pool) if name not in done.releases]
        # What is live somewhere counts, kept here or not.
        kept += [name for name in arguments["stay"] if name not in kept]
        verb = "would no longer be kept" if preview else "no longer kept"
        message = f"kept on the controller: {', '.join(kept) or 'nothing'}"
        if done.releases:
            message += f"; {verb}: {', '.join(done.releases)}"
        self._display.display(f"  {message}")
        return result | {
            "changed": bool(done.releases or done.assets.files),
            "msg": message,
            "ansible_facts": {"moztrap_kept": kept},
        }
