"""Say which task a run is waiting for: with skipped hosts hidden, a title comes with a result."""

from __future__ import annotations

import os
import threading
import time
from typing import Any

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: moztrap_waiting
type: aggregate
short_description: Say which task a run is waiting for
description:
  - As long as hosts have not answered, a line on standard error names the task, the hosts
    and the seconds so far, the first after ten seconds, each later one after twice the time.
"""

FIRST_SECONDS = 10.0
HOSTS_NAMED = 4
STDERR = 2
# A person is asked something: nothing may be written over the question.
ASKING = {"ansible.builtin.pause", "pause"}


class CallbackModule(CallbackBase):  # type: ignore[misc]
    """Watches which hosts are at work on which task."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "moztrap_waiting"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self) -> None:
        super().__init__()
        self._changed = threading.Condition()
        self._hosts: dict[str, str] = {}
        self._since = 0.0
        self._ended = False
        self._watch: threading.Thread | None = None

    def v2_runner_on_start(self, host: Any, task: Any) -> None:
        if task.action in ASKING:
            return
        with self._changed:
            if not self._hosts:
                self._since = time.monotonic()
            self._hosts[host.get_name()] = task.get_name()
            self._changed.notify()
        if self._watch is None:
            self._watch = threading.Thread(target=self._report, daemon=True)
            self._watch.start()

    def v2_runner_on_ok(self, result: Any) -> None:
        self._answered(result)

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        self._answered(result)

    def v2_runner_on_skipped(self, result: Any) -> None:
        self._answered(result)

    def v2_runner_on_unreachable(self, result: Any) -> None:
        self._answered(result)

    def v2_playbook_on_stats(self, stats: Any) -> None:
        with self._changed:
            self._ended = True
            self._changed.notify()

    def _answered(self, result: Any) -> None:
        with self._changed:
            self._hosts.pop(result.host.get_name(), None)
            self._changed.notify()

    def _report(self) -> None:
        """Write what is waited for. Nothing of Ansible's display is touched here: a worker
        that is forked while another thread holds its lock would wait for ever."""
        with self._changed:
            due = FIRST_SECONDS
            begun = self._since
            while not self._ended:
                if begun != self._since:
                    begun, due = self._since, FIRST_SECONDS
                waited = time.monotonic() - self._since
                if self._hosts and waited >= due:
                    os.write(STDERR, f"{described(self._hosts, waited)}\n".encode())
                    due *= 2
                self._changed.wait(due - waited if self._hosts and waited < due else None)


def described(hosts: dict[str, str], seconds: float) -> str:
    """Name the tasks and the hosts that are at work on them."""
    names = sorted(hosts)
    shown = ", ".join(names[:HOSTS_NAMED])
    if len(names) > HOSTS_NAMED:
        shown += f" and {len(names) - HOSTS_NAMED} more"
    tasks = " / ".join(sorted(set(hosts.values())))
    return f"... {tasks}: {shown} at work for {seconds:.0f} s"
