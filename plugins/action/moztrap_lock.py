"""Take, hold, give back or break the lock of a site, as this run.

Sets the fact `moztrap_lock` when it takes the lock: the run's token. A run whose process
on this machine is over has no claim any more: its lock is taken over at once.
"""

from __future__ import annotations

import getpass
import hashlib
import os
import socket
import uuid
from pathlib import Path
from typing import Any

import ansible.module_utils
from ansible import context
from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

SHARED = str(Path(__file__).resolve().parents[1] / "module_utils")
# Ansible looks for shared code in this folder for modules only.
if SHARED not in ansible.module_utils.__path__:
    ansible.module_utils.__path__.append(SHARED)

from ansible.module_utils.moztrap import controller  # noqa: E402


class ActionModule(ActionBase):  # type: ignore[misc]
    """Arguments: `step`, `folder`, and to take it `reason`, `ttl` and `outlives` (the run)."""

    _supports_check_mode = True
    _supports_diff = False

    def run(
        self, tmp: str | None = None, task_vars: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        variables = task_vars or {}
        _, arguments = self.validate_argument_spec(
            {
                "step": {"type": "str", "required": True},
                "folder": {"type": "str", "required": True},
                "token": {"type": "str", "default": "", "no_log": False},
                "reason": {"type": "str", "default": ""},
                "ttl": {"type": "float", "default": 3600.0},
                "outlives": {"type": "bool", "default": False},
            }
        )
        step = arguments["step"]
        options = {"step": step, "folder": arguments["folder"], "token": arguments["token"]}
        try:
            if step == "take":
                found = self._run({"step": "show", "folder": arguments["folder"]}, variables)
                token = arguments["token"] or uuid.uuid4().hex
                options |= claim(arguments, token, found["lock"])
                result["ansible_facts"] = {"moztrap_lock": token}
                if self._task.check_mode and found["lock"]:
                    self._display.warning(f"{found['shown']}: a real run would wait for it.")
            done = self._run(options, variables)
        except AnsibleActionFail as error:
            inventory = variables.get("inventory_dir") or "INVENTORY"
            said = str(error).replace("{inventory}", os.path.relpath(str(inventory)))
            raise AnsibleActionFail(said) from error
        finally:
            controller.clean_up(self)
        result["warnings"] = done.get("warnings", [])
        return result | {"changed": done["changed"], "msg": done["shown"]}

    def _run(self, options: dict[str, Any], variables: dict[str, Any]) -> dict[str, Any]:
        return controller.run_module(self, "moztrap_lock", options, variables)


def claim(arguments: dict[str, Any], token: str, present: dict[str, Any]) -> dict[str, Any]:
    """Who this run is, and whether the run that holds the lock is known to be over."""
    # Tasks run in children of the process that the person started.
    process = "" if arguments["outlives"] else identity_of(os.getppid())
    ended = ""
    if present and present["controller"] == this_machine() and present["process"]:
        number = int(present["process"].partition(":")[0])
        if identity_of(number) != present["process"]:
            ended = present["token"]
    return {
        "token": token,
        "owner": f"{getpass.getuser()}@{socket.gethostname()}",
        "reason": arguments["reason"] or running(),
        "controller": this_machine(),
        "process": process,
        "ended": ended,
        "ttl": arguments["ttl"],
    }


def running() -> str:
    """The playbooks that the person started."""
    return ", ".join(context.CLIARGS.get("args") or ()) or "a run"


def identity_of(process: int, proc: Path = Path("/proc")) -> str:
    """Number and start of a process, which together never come again; nothing if it is over."""
    try:
        text = (proc / str(process) / "stat").read_text()
    except OSError:
        return ""
    # The second field is the program's name, which may hold anything.
    fields = text.rpartition(")")[2].split()
    # One that is only not buried yet is over too.
    return "" if fields[0] == "Z" else f"{process}:{fields[19]}"


def this_machine() -> str:
    """A name of this machine that tells nothing about it."""
    file = Path("/etc/machine-id")
    own = file.read_text().strip() if file.is_file() else ""
    return hashlib.sha256(f"{socket.gethostname()}\n{own}".encode()).hexdigest()[:16]
