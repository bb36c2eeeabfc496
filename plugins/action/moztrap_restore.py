"""Restore a backup of the controller: verify it here, then prove it on the hosts.

`verify` reads every byte before any host is touched. `database` and `media` ship what is
verified and have it proven beside what is live. `conclude` says what holds and what to type.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import ansible.module_utils
from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

SHARED = str(Path(__file__).resolve().parents[1] / "module_utils")
# Ansible looks for shared code in this folder for modules only.
if SHARED not in ansible.module_utils.__path__:
    ansible.module_utils.__path__.append(SHARED)

from ansible.module_utils.moztrap import backups, controller  # noqa: E402

FORMER = "former"
COMMAND = "ansible-playbook playbooks/restore.yml"
STEPS: dict[str, dict[str, dict[str, Any]]] = {
    "verify": {
        "store": {"type": "path", "required": True},
        "from": {"type": "str", "required": True},
        "replace": {"type": "str", "required": True},
        "site": {"type": "str", "required": True},
        "media_storage": {"type": "str", "required": True},
        "database": {"type": "str", "required": True},
        "former": {"type": "str", "required": True},
    },
    "database": {
        "store": {"type": "path", "required": True},
        "name": {"type": "str", "required": True},
        "database": {"type": "str", "required": True},
        "owner": {"type": "str", "required": True},
        "reserve_megabytes": {"type": "int", "required": True},
    },
    "media": {
        "store": {"type": "path", "required": True},
        "name": {"type": "str", "required": True},
        "home": {"type": "str", "required": True},
        "reserve_megabytes": {"type": "int", "required": True},
    },
    "conclude": {
        "backup": {"type": "dict", "required": True},
        "proven": {"type": "dict", "default": {}},
        "exchanged": {"type": "dict", "default": {}},
        "site": {"type": "str", "required": True},
        "live": {"type": "str", "default": ""},
    },
}


class ActionModule(ActionBase):  # type: ignore[misc]
    """Arguments: `step`, one of verify, database, media and conclude, and what it needs."""

    _supports_check_mode = True
    _supports_diff = False

    def run(
        self, tmp: str | None = None, task_vars: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        step = str(self._task.args.get("step"))
        if step not in STEPS:
            raise AnsibleActionFail(f"There is no step '{step}' of a restore.")
        spec = {"step": {"type": "str", "required": True}, **STEPS[step]}
        _, arguments = self.validate_argument_spec(spec)
        try:
            done = getattr(self, f"_{step}")(arguments, task_vars or {})
        except backups.BackupError as error:
            raise AnsibleActionFail(str(error)) from error
        finally:
            controller.clean_up(self)
        return result | done

    def _say(self, text: str) -> None:
        self._display.display(f"  {text}")

    def _verify(self, arguments: dict[str, Any], variables: dict[str, Any]) -> dict[str, Any]:
        site, replace = arguments["site"], arguments["replace"]
        if replace and replace != site:
            raise backups.BackupError(
                f"restore_replace is '{replace}', but this inventory is of the site '{site}'. "
                f"To replace its live database, type: -e restore_replace={site}"
            )
        if arguments["from"] == FORMER:
            return self._verify_former(arguments, variables)
        backup = backups.find(Path(arguments["store"]), arguments["from"])
        backups.verify(backup)
        manifest = backup.manifest
        self._say(f"{backup.name}: every file is what was written ({backup.size / 1e6:.1f} MB)")
        if manifest["site"] != site:
            self._display.warning(
                f"{backup.name} is of the site {manifest['site']}, this one is {site}."
            )
        in_files = arguments["media_storage"] == "filesystem"
        if in_files and not manifest["media"]:
            self._display.warning(f"{backup.name} has no media: those of the site stay.")
        return {
            "changed": False,
            "name": backup.name,
            "media": bool(in_files and manifest["media"]),
            "release": manifest["release"] or "",
        }

    def _verify_former(
        self, arguments: dict[str, Any], variables: dict[str, Any]
    ) -> dict[str, Any]:
        """What the last restore has replaced: there is nothing to prove, but it must be there."""
        site, former = arguments["site"], arguments["former"]
        if not arguments["replace"]:
            raise backups.BackupError(
                "restore_from=former brings back what the last restore has replaced. There is "
                f"nothing to prove; to do it, add: -e restore_replace={site}"
            )
        options = {"state": "measured", "database": arguments["database"], "former": former}
        if not controller.run_module(self, "moztrap_dump", options, variables)["former"]:
            raise backups.BackupError(
                f"There is no database {former} on this host: what a restore has replaced is kept "
                "until the next backup or restore. Restore a backup instead: "
                "-e restore_from=<name>."
            )
        in_files = arguments["media_storage"] == "filesystem"
        return {"changed": False, "name": FORMER, "media": in_files, "release": ""}

    def _database(self, arguments: dict[str, Any], variables: dict[str, Any]) -> dict[str, Any]:
        backup = backups.find(Path(arguments["store"]), arguments["name"])
        if self._task.check_mode:
            return {"changed": True, "msg": f"{backup.name} would be proven in a scratch database"}
        where = {"database": arguments["database"]}
        options = where | {"state": "staged", "reader_of": controller.own_folder(self)}
        staged = controller.run_module(self, "moztrap_scratch", options, variables)
        there = str(variables["inventory_hostname"])
        backups.require_kin(backup, there, staged["server"])
        reserve = arguments["reserve_megabytes"] * backups.MEGABYTE
        size = backup.manifest["files"][backups.DUMP]["bytes"]
        tables = backup.manifest["total_bytes"]
        backups.require_space(there, staged["path"], staged["free_bytes"], size, reserve)
        backups.require_space(
            there, staged["data_directory"], staged["data_free_bytes"], tables + size, reserve
        )
        remote = f"{staged['path']}/{backups.DUMP}"
        self._transfer_file(str(backup.folder / backups.DUMP), remote)
        manifest = {name: backup.manifest[name] for name in ("tables", "objects")}
        options = where | {
            "state": "proven",
            "path": remote,
            "owner": arguments["owner"],
            "manifest": json.dumps(manifest),
        }
        proven = controller.run_module(self, "moztrap_scratch", options, variables)
        self._say(
            f"{backup.name}: restored into a scratch database, {proven['tables']} tables and "
            f"{proven['rows']} rows are what the manifest tells (loaded in "
            f"{proven['load_seconds']} s, compared in {proven['compare_seconds']} s)"
        )
        return proven

    def _media(self, arguments: dict[str, Any], variables: dict[str, Any]) -> dict[str, Any]:
        backup = backups.find(Path(arguments["store"]), arguments["name"])
        if self._task.check_mode:
            return {"changed": True, "msg": f"the media of {backup.name} would be proven"}
        where = {"home": arguments["home"]}
        options = where | {"state": "staged", "reader_of": controller.own_folder(self)}
        staged = controller.run_module(self, "moztrap_media", options, variables)
        there = str(self._task.delegate_to or variables["inventory_hostname"])
        reserve = arguments["reserve_megabytes"] * backups.MEGABYTE
        expected = backup.manifest["media"]
        size = backup.manifest["files"][backups.MEDIA]["bytes"]
        backups.require_space(there, staged["path"], staged["free_bytes"], size, reserve)
        backups.require_space(
            there, f"{arguments['home']}/media", staged["media_free_bytes"],
            expected["bytes"] + size, reserve,
        )  # fmt: skip
        remote = f"{staged['path']}/{backups.MEDIA}"
        self._transfer_file(str(backup.folder / backups.MEDIA), remote)
        options = where | {"state": "unpacked", "path": remote, "expected": expected}
        proven = controller.run_module(self, "moztrap_media", options, variables)
        self._say(f"{backup.name}: {proven['files']} media files are what the manifest tells")
        return proven

    def _conclude(self, arguments: dict[str, Any], variables: dict[str, Any]) -> dict[str, Any]:
        del variables
        if self._task.check_mode:
            return {"changed": False, "msg": "nothing was restored in check mode"}
        name, site = arguments["backup"]["name"], arguments["site"]
        replaced = bool(arguments["exchanged"])
        found = arguments["exchanged"] if replaced else arguments["proven"]
        distance = departure(found, arguments["backup"]["release"], arguments["live"])
        if not replaced:
            self._say("Nothing was replaced, and the scratch database is gone. To replace the live")
            self._say(f"database: {COMMAND} -e restore_from={name} -e restore_replace={site}")
            if distance:
                self._display.warning(f"Once it is live, {distance}")
            return {"changed": False}
        self._say(f"The live database is that of {name}. What it was before is kept until the next")
        self._say("backup or restore, in the database " + arguments["exchanged"]["former"] + ".")
        self._say(f"To go back: {COMMAND} -e restore_from={FORMER} -e restore_replace={site}")
        if distance:
            raise AnsibleActionFail(
                f"The database was restored, but {distance}\n"
                "Until then visitors are asked to come again in a moment (503)."
            )
        return {"changed": False}


def departure(found: dict[str, Any], release: str, live: str) -> str:
    """What to type if the live code and the restored database do not belong together."""
    behind, ahead = found.get("behind", []), found.get("ahead", [])
    if not behind and not ahead:
        return ""
    parts = []
    if behind:
        parts.append(f"lacks {counted(behind)} that the live release needs")
    if ahead:
        parts.append(f"has {counted(ahead)} that the live release lacks")
    choices = []
    if release and release != live.rpartition("-")[0]:
        choices.append(
            "release the code that it belongs to: "
            f"ansible-playbook playbooks/release.yml -e release_id={release}"
        )
    if behind and not ahead:
        choices.append("apply those migrations again: ansible-playbook playbooks/release.yml")
    if not choices:
        choices.append(
            "release the version of MozTrap that the backup was made with: check it out, then "
            "ansible-playbook playbooks/release.yml"
        )
    return f"it {' and '.join(parts)};\n" + "\nor ".join(choices)


def counted(migrations: list[str]) -> str:
    """How many, and the first of them."""
    rest = f" and {len(migrations) - 1} more" if len(migrations) > 1 else ""
    return f"the migration {migrations[0]}{rest}"
