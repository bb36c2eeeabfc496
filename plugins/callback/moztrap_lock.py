"""Give the site's lock back when a run ends without having done so, because it failed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

from ansible import context
from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: moztrap_lock
type: aggregate
short_description: Give the site's lock back after a run that failed
description:
  - A run that fails never reaches its last play. Others would wait for its lock in vain.
  - A run that is killed keeps it; the next one of this machine takes it over.
"""

PLAYBOOK = Path(__file__).resolve().parents[2] / "playbooks" / "release" / "give-lock.yml"
PATIENCE_SECONDS = 120


class CallbackModule(CallbackBase):  # type: ignore[misc]
    """Watches the tasks that take and give the lock."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "moztrap_lock"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self) -> None:
        super().__init__()
        self._token = ""

    def v2_runner_on_ok(self, result: Any) -> None:
        if result.task.action != "moztrap_lock":
            return
        arguments = result.task_fields["args"]
        step = arguments.get("step")
        if step == "take" and not arguments.get("outlives") and not result.task.check_mode:
            self._token = str(result.result.get("ansible_facts", {}).get("moztrap_lock", ""))
        elif step in {"give", "break"}:
            self._token = ""

    def v2_playbook_on_stats(self, stats: Any) -> None:
        if not self._token:
            return
        inventories = [
            word
            for source in context.CLIARGS.get("inventory") or ()
            for word in ("--inventory", source)
        ]
        program = Path(sys.executable).with_name("ansible-playbook")
        command = [str(program), *inventories, "--extra-vars", f"lock_token={self._token}"]
        try:
            done = subprocess.run(
                [*command, str(PLAYBOOK)],
                capture_output=True,
                check=False,
                stdin=subprocess.DEVNULL,
                timeout=PATIENCE_SECONDS,
            )
            given = done.returncode == 0
        except subprocess.TimeoutExpired:
            given = False
        self._display.display(
            "The site's lock was given back."
            if given
            else "The site's lock could not be given back: the next run of this machine takes it "
            "over, others after it has expired or with playbooks/unlock.yml."
        )
