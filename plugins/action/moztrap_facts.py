"""Look at a host: facts, whether it can be reached, how far its clock is from ours.

A host that cannot be reached stays in the play, so that preflight can list it beside
everything else. One that only a placeholder names is not contacted at all.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import ansible.module_utils
from ansible.errors import AnsibleConnectionFailure, AnsibleError
from ansible.plugins.action import ActionBase

SHARED = str(Path(__file__).resolve().parents[1] / "module_utils")
# Ansible looks for shared code in this folder for modules only.
if SHARED not in ansible.module_utils.__path__:
    ansible.module_utils.__path__.append(SHARED)

from ansible.module_utils.moztrap import controller  # noqa: E402
from ansible.module_utils.moztrap.preflight.placeholders import is_placeholder_host  # noqa: E402


class ActionModule(ActionBase):  # type: ignore[misc]
    """No arguments."""

    _supports_check_mode = True
    _supports_diff = False

    def run(
        self, tmp: str | None = None, task_vars: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        variables = task_vars or {}
        host = str(variables["inventory_hostname"])
        address = str(self._play_context.remote_addr or host)
        contact: dict[str, Any] = {"address": address, "status": "reached", "problem": ""}
        result.update(changed=False, ansible_facts={"moztrap_contact": contact})
        if is_placeholder_host(address):
            contact["status"] = "placeholder"
            return result
        before = time.time()
        try:
            found = controller.run_module(self, "moztrap_facts", {}, variables)
        except AnsibleError as error:
            become = self._connection.become
            status = trouble(error, become.name if become else "")
            contact.update(status=status, problem=" ".join(str(error).split()))
            return result
        finally:
            controller.clean_up(self)
        after = time.time()
        contact["clock_skew"] = skew(before, float(found["now"]), after)
        result["ansible_facts"] |= found["ansible_facts"]
        return result


def trouble(error: AnsibleError, become: str) -> str:
    """`refused` when the host was reached, but `become` did not make us root there."""
    reached = not isinstance(error, AnsibleConnectionFailure)
    return "refused" if reached and become and become in str(error) else "unreachable"


def skew(before: float, theirs: float, after: float) -> float:
    """How far a clock read between two readings of ours certainly is from it."""
    if theirs < before:
        return round(theirs - before, 1)
    if theirs > after:
        return round(theirs - after, 1)
    return 0.0
