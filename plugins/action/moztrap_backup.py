"""Make a backup on the controller, step by step: database, media, then keep it.

What grows is no backup yet: its folder ends in `.partial` until all of it is there.
The account's password is no task argument, so that no callback or log can show it.
"""

from __future__ import annotations

import os
import shutil
import time
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

from ansible.module_utils.moztrap import backups, controller  # noqa: E402

# How long to wait for another backup that goes on.
PATIENCE_SECONDS = 600
PAUSE_SECONDS = 2

ARGUMENTS: dict[str, dict[str, Any]] = {
    "database": {
        "store": {"type": "path", "required": True},
        "reason": {"type": "str", "required": True},
        "site": {"type": "str", "required": True},
        "deployment": {"type": "str", "default": ""},
        "database": {"type": "str", "required": True},
        "former": {"type": "str", "required": True},
        "option_template": {"type": "str", "required": True},
        "is_elsewhere": {"type": "bool", "default": False},
        "reserve_megabytes": {"type": "int", "required": True},
        "media": {"type": "dict", "default": {}},
    },
    "media": {
        "partial": {"type": "path", "required": True},
        "home": {"type": "str", "required": True},
    },
    "keep": {
        "partial": {"type": "path", "required": True},
        "keep": {"type": "int", "required": True},
    },
    "list": {"store": {"type": "path", "required": True}},
}


class ActionModule(ActionBase):  # type: ignore[misc]
    """Arguments: `step`, one of database, media, keep and list, and what that step needs."""

    _supports_check_mode = True
    _supports_diff = False

    def run(
        self, tmp: str | None = None, task_vars: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        step = str(self._task.args.get("step"))
        if step not in ARGUMENTS:
            raise AnsibleActionFail(f"There is no step '{step}' of a backup.")
        spec = {"step": {"type": "str", "required": True}, **ARGUMENTS[step]}
        _, arguments = self.validate_argument_spec(spec)
        try:
            done = getattr(self, f"_{step}")(arguments, task_vars or {})
        except backups.BackupError as error:
            raise AnsibleActionFail(str(error)) from error
        finally:
            controller.clean_up(self)
        return result | done

    def _on_host(
        self, module: str, arguments: dict[str, Any], variables: dict[str, Any]
    ) -> dict[str, Any]:
        return controller.run_module(self, module, arguments, variables)

    def _fetch(self, path: str, target: Path) -> None:
        # Nobody else may read it while it arrives.
        target.touch(0o600)
        self._connection.fetch_file(path, str(target))
        target.chmod(0o600)

    def _database(self, arguments: dict[str, Any], variables: dict[str, Any]) -> dict[str, Any]:
        store = Path(arguments["store"])
        name = backups.new_name(arguments["reason"], time.time())
        where = {"database": arguments["database"], "former": arguments["former"]}
        account = self._render(arguments["option_template"])
        if arguments["is_elsewhere"]:
            where |= {"is_elsewhere": True, "account_options": account}
        found = self._on_host("moztrap_dump", {"state": "measured", **where}, variables)
        if not found["tables"]:
            said = f"the database {arguments['database']} has no tables yet: nothing to back up"
            self._display.display(f"  {said}")
            return {"changed": False, "partial": "", "former": False, "msg": said}
        self._require_space(arguments, found, variables)
        if self._task.check_mode:
            said = f"{name} would be made"
            return {"changed": True, "partial": "", "former": False, "msg": said}
        partial = self._begin(store, name)
        try:
            options = where | {
                "state": "dumped",
                "file": backups.DUMP,
                "account_options": account,
                "reader_of": controller.own_folder(self),
            }
            dumped = self._on_host("moztrap_dump", options, variables)
            self._fetch(dumped["path"], partial / backups.DUMP)
            self._on_host("moztrap_dump", where | {"state": "swept"}, variables)
        except BaseException:
            shutil.rmtree(partial, ignore_errors=True)
            raise
        deployment = arguments["deployment"]
        known = {
            "reason": arguments["reason"],
            "site": arguments["site"],
            "deployment": deployment or None,
            "release": deployment.rpartition("-")[0] or None,
            "server": found["server"],
            "database": arguments["database"],
            "data_bytes": found["data_bytes"],
            "total_bytes": found["total_bytes"],
            "migrations": dumped["migrations"],
            "media": None,
            **dumped["contents"],
        }
        backups.draft(partial, known)
        return {"changed": True, "partial": str(partial), "former": found["former"]}

    def _begin(self, store: Path, name: str) -> Path:
        """Wait for a backup that goes on, a nightly one for instance, and begin."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        # This process ends with the task; the one above it is the whole run.
        run = os.getppid()
        while True:
            try:
                partial, swept = backups.begin(store, name, run)
            except backups.UnderWayError as error:
                if time.monotonic() > deadline:
                    raise
                self._display.vv(str(error))
                time.sleep(PAUSE_SECONDS)
                continue
            for left in swept:
                self._display.display(f"  removed {left}, which was interrupted")
            return Path(partial)

    def _require_space(
        self, arguments: dict[str, Any], found: dict[str, Any], variables: dict[str, Any]
    ) -> None:
        """Both disks, before anything is written to either."""
        store = Path(arguments["store"])
        reserve = arguments["reserve_megabytes"] * backups.MEGABYTE
        size = backups.expected_size(backups.read_all(store), found["data_bytes"])
        media = arguments["media"]
        there = str(variables["inventory_hostname"])
        backups.require_space(there, found["folder"], found["free_bytes"], size, reserve)
        if media:
            backups.require_space(
                media["host"], media["folder"], int(media["free_bytes"]), int(media["bytes"]),
                reserve,
            )  # fmt: skip
        here = backups.free_bytes(store)
        needed = size + int(media.get("bytes", 0))
        backups.require_space("the controller", str(store), here, needed, reserve)

    def _render(self, template: str) -> str:
        expression = "{{ lookup('ansible.builtin.template', '" + template + "') }}"
        return str(self._templar.template(trust_as_template(expression)))

    def _media(self, arguments: dict[str, Any], variables: dict[str, Any]) -> dict[str, Any]:
        partial = Path(arguments["partial"])
        options = {
            "state": "packed",
            "home": arguments["home"],
            "file": backups.MEDIA,
            "reader_of": controller.own_folder(self),
        }
        packed = self._on_host("moztrap_media", options, variables)
        self._fetch(packed["path"], partial / backups.MEDIA)
        backups.draft(partial, {"media": packed["media"]})
        self._on_host("moztrap_media", {"state": "swept", "home": arguments["home"]}, variables)
        return {"changed": True, "msg": f"fetched {packed['media']['files']} files"}

    def _keep(self, arguments: dict[str, Any], variables: dict[str, Any]) -> dict[str, Any]:
        del variables
        partial = Path(arguments["partial"])
        kept = backups.finish(partial)
        store = kept.folder.parent
        backups.verify(kept)
        self._display.display(
            f"  {kept.name}: {kept.rows} rows, {kept.size / 1e6:.1f} MB, in {kept.folder}"
        )
        removed = backups.prune(store, arguments["keep"])
        for name in removed:
            self._display.display(f"  removed {name}: more than backup_keep={arguments['keep']}")
        warning = backups.shrinkage(backups.read_all(store))
        if warning:
            self._display.warning(warning)
        return {"changed": True, "name": kept.name, "removed": removed}

    def _list(self, arguments: dict[str, Any], variables: dict[str, Any]) -> dict[str, Any]:
        del variables
        found = backups.read_all(Path(arguments["store"]))
        self._display.display("\n" + backups.listing(found, time.time()) + "\n")
        return {"changed": False, "backups": [backup.name for backup in found]}
