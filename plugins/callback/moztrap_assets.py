"""Print what happened to assets as one table, at the end of the last stage or on failure.

A callback rather than a task: it costs no time on any host, and it is also there when
a stage fails, a host is unreachable or somebody presses Ctrl+C.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import ansible.module_utils
from ansible.plugins.callback import CallbackBase

SHARED = str(Path(__file__).resolve().parents[1] / "module_utils")
# Ansible looks for shared code in this folder for modules only.
if SHARED not in ansible.module_utils.__path__:
    ansible.module_utils.__path__.append(SHARED)

from ansible.module_utils.moztrap import asset_report  # noqa: E402

DOCUMENTATION = r"""
name: moztrap_assets
type: aggregate
short_description: A table of what happened to assets
description:
  - Collects the C(report) of moztrap_assets and moztrap_assets_prune, prints it as a table,
    and keeps it as JSON where the report says.
"""

ACTIONS = {"moztrap_assets", "moztrap_assets_prune"}


class CallbackModule(CallbackBase):  # type: ignore[misc]
    """What Ansible loads."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "moztrap_assets"

    def __init__(self) -> None:
        super().__init__()
        self._play = ""
        self._batch = 0
        self._kind = ""
        self._folder = ""
        self._rows: list[dict[str, Any]] = []

    def v2_playbook_on_play_start(self, play: Any) -> None:
        # Every batch of a serial play starts it anew.
        if play.get_name() != self._play:
            self._print()
            self._play, self._batch = play.get_name(), 0
        self._batch += 1

    def v2_runner_on_ok(self, result: Any) -> None:
        self._collect(result, "done")

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        self._collect(result, "FAILED")

    def v2_runner_on_unreachable(self, result: Any) -> None:
        self._collect(result, "unreachable")

    def v2_playbook_on_stats(self, stats: Any) -> None:
        self._print()

    def _collect(self, result: Any, state: str) -> None:
        if result.task.action not in ACTIONS:
            return
        found = result.result
        row = dict(found.get("report") or {})
        if not row and state == "done":
            return
        self._kind = row.pop("kind", "") or self._kind or "present"
        self._folder = row.pop("folder", "") or self._folder
        row.setdefault("server", result.host.get_name())
        row.setdefault("stage", self._batch)
        row.setdefault("problem", str(found.get("msg", "")))
        self._rows.append({"state": state, **row})

    def _print(self) -> None:
        rows, self._rows = self._rows, []
        if not rows:
            return
        kind, self._kind = self._kind, ""
        rows += asset_report.not_begun(rows)
        rows.sort(key=lambda row: (row.get("stage") or 0, row["server"]))
        for row in rows:
            row.pop("rollout", None)
        self._display.display(f"\n{asset_report.table(kind, rows)}")
        if self._folder:
            path = asset_report.write(Path(self._folder), kind, rows, time.time())
            self._display.display(f"Report: {path}")
