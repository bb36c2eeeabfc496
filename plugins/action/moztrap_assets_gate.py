"""Between stages: wait for a person at the terminal, or see that a run may end after a stage."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import ansible.module_utils
from ansible.errors import AnsibleActionFail, AnsiblePromptInterrupt, AnsiblePromptNoninteractive
from ansible.plugins.action import ActionBase

SHARED = str(Path(__file__).resolve().parents[1] / "module_utils")
# Ansible looks for shared code in this folder for modules only.
if SHARED not in ansible.module_utils.__path__:
    ansible.module_utils.__path__.append(SHARED)

from ansible.module_utils.moztrap import controller  # noqa: E402
from ansible.module_utils.moztrap.stages import stages  # noqa: E402

MINUTE = 60


class ActionModule(ActionBase):  # type: ignore[misc]
    """Arguments: `stages`, `pause`, `until_stage` (0: all), `may_end` (nothing follows), `lock`.

    Runs on the host that keeps the site's lock, which `lock` (its folder and this run's token)
    renews each minute of a pause.
    """

    _supports_check_mode = True
    _supports_diff = False

    def run(
        self, tmp: str | None = None, task_vars: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        variables = task_vars or {}
        _, arguments = self.validate_argument_spec(
            {
                "stages": {"type": "list", "elements": "str", "required": True},
                "pause": {"type": "bool", "required": True},
                "until_stage": {"type": "int", "required": True},
                "may_end": {"type": "bool", "required": True},
                "lock": {"type": "dict", "required": True},
            }
        )
        if arguments["until_stage"] and not arguments["may_end"]:
            raise AnsibleActionFail(
                "assets_until_stage ends a run before the release is whole. Distribute the first "
                "stages with\n  ansible-playbook playbooks/assets.yml -e assets_until_stage="
                f"{arguments['until_stage']}\nand go on with playbooks/release.yml without it: "
                "what is proven is not sent again."
            )
        plan = stages(variables["ansible_play_hosts_all"], arguments["stages"])
        batch = variables["ansible_play_batch"]
        number = next(number for number, hosts in enumerate(plan, 1) if batch[0] in hosts)
        if arguments["pause"] and not self._task.check_mode:
            try:
                self._pause(number, plan, arguments["lock"], variables)
            finally:
                controller.clean_up(self)
        return result | {"changed": False, "msg": f"stage {number} of {len(plan)}"}

    def _pause(
        self, number: int, plan: list[list[str]], lock: dict[str, Any], variables: dict[str, Any]
    ) -> None:
        if number == 1:
            # Refused before anything is sent, not when it is first needed.
            self._ask(f"Between its {len(plan)} stages this run waits for Enter.", seconds=0)
            return
        proven = ", ".join(name for hosts in plan[: number - 1] for name in hosts)
        text = (
            f"\nStage {number - 1} of {len(plan)} is proven: {proven}.\n"
            f"Stage {number} is: {', '.join(plan[number - 1])}.\n"
            "Enter goes on, Ctrl+C stops; the same command then resumes."
        )
        entered = False
        while not entered:
            entered = self._ask(text, seconds=MINUTE)
            # After Enter too: people break the locks of runs that wait for somebody.
            controller.run_module(self, "moztrap_lock", {"step": "hold", **lock}, variables)
            text = "Still waiting for Enter."

    def _ask(self, text: str, *, seconds: int) -> bool:
        """Show a text and wait; tell whether Enter was pressed."""
        begin = time.monotonic()
        try:
            self._display.prompt_until(
                text, private=True, seconds=seconds, complete_input=(b"\r", b"\n")
            )
        except AnsiblePromptNoninteractive:
            raise AnsibleActionFail(
                "assets_pause waits for Enter between stages, but this run has no terminal. "
                "Nothing was sent. Let it end after a stage instead, with\n"
                "  ansible-playbook playbooks/assets.yml -e assets_until_stage=1\n"
                "and run it again for the rest."
            ) from None
        except AnsiblePromptInterrupt:
            raise AnsibleActionFail(
                "Stopped between stages. What is proven stays; nothing else was sent. "
                "The same command goes on from here."
            ) from None
        return time.monotonic() - begin < seconds
