#!/usr/bin/python
"""Bring the database to the state that a deployment needs, once."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, NoReturn

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.moztrap import transient
from ansible.module_utils.moztrap.manage import ManageError, Outcome, is_live, manage

DOCUMENTATION = r"""
module: moztrap_migrate
short_description: Check, migrate and check again, in two phases
description:
  - Looks with the runtime account whether anything is pending. If so, and the deploy
    checks pass, migrates as the owner in a transient unit, then looks again.
options:
  home: {description: Where MozTrap lives., type: path, required: true}
  folder: {description: The deployment to migrate for., type: path, required: true}
  runtime_user: {description: The system user of the application., type: str, required: true}
  migrate_user: {description: The system user that migrates., type: str, required: true}
  owner_options: {description: Option file with the owner's account., type: str, required: true}
  timeout: {description: Seconds to wait for the migration., type: int, default: 3600}
"""

COMMAND = "migrate_production"
DEPLOY_CHECK = ("check", "--deploy", "--fail-level", "WARNING")


class Migration:
    """One run of the module."""

    def __init__(self, module: AnsibleModule) -> None:
        self.module = module
        self.options: dict[str, Any] = module.params
        self.folder = Path(self.options["folder"])

    def run(self) -> dict[str, Any]:
        """All of it; returns the module's result."""
        if self.module.check_mode:
            return self._foresee()
        waited = transient.is_running()
        if waited:
            # A run before this one was cut off; its unit was not.
            transient.wait(0, self.options["timeout"])
        swept = transient.sweep()
        if not is_live(Path(self.options["home"]), self.folder):
            self._gate()
        state = self._look()
        if state["status"] == "current":
            return {"changed": waited or swept, "pending": [], "msg": "nothing is pending"}
        if state["status"] != "pending":
            self._refuse(state)
        self._migrate(state)
        after = self._look()
        if after["status"] != "current":
            self._refuse(after)
        return {
            "changed": True,
            "pending": state.get("pending", []),
            "msg": f"{len(state.get('pending', []))} migrations applied",
        }

    def _foresee(self) -> dict[str, Any]:
        if not (self.folder / "manage.py").exists():
            return {"changed": True, "msg": "the deployment is not there yet"}
        state = self._look()
        return {"changed": state["status"] != "current", "pending": state.get("pending", [])}

    def _manage(self, *arguments: str) -> Outcome:
        return manage(self.folder, self.options["runtime_user"], *arguments)

    def _gate(self) -> None:
        """Nothing goes live that the deploy checks warn of."""
        outcome = self._manage(*DEPLOY_CHECK)
        if outcome.code != 0:
            self._fail(
                "manage.py check --deploy warns of this deployment, so nothing was migrated "
                f"and the live site is untouched:\n{outcome.words}"
            )

    def _look(self) -> dict[str, Any]:
        outcome = self._manage(COMMAND, "--check")
        state = outcome.report()
        if "status" not in state:
            self._fail(
                "The state of the database could not be read with the runtime account; nothing "
                f"was changed. manage.py {COMMAND} --check said:\n{outcome.words}"
            )
        return state

    def _migrate(self, state: dict[str, Any]) -> None:
        user = self.options["migrate_user"]
        code = transient.prepare(self.folder, user, self.options["owner_options"])
        begin = transient.start(code, user, COMMAND)
        ended = transient.wait(begin, self.options["timeout"])
        if not ended.success:
            words = "\n".join(ended.output.strip().splitlines()[-30:])
            pending = ", ".join(state.get("pending", []))
            self._fail(
                f"The migration failed; the live site still runs the earlier deployment. "
                f"It was to apply: {pending}\n{words}\n"
                f"The whole log is in {transient.LOG} on this host. Put right what it names, "
                "then run the release again: it continues where this one stopped."
            )

    def _refuse(self, state: dict[str, Any]) -> NoReturn:
        problems = "\n".join(f"  - {line}" for line in state.get("problems", []))
        self._fail(
            f"The database is {state['status']}; this deployment cannot go live:\n{problems}"
        )

    def _fail(self, message: str) -> NoReturn:
        self.module.fail_json(msg=message)
        raise AssertionError("fail_json does not return")


def main() -> None:
    """Entry point."""
    module = AnsibleModule(
        argument_spec={
            "home": {"type": "path", "required": True},
            "folder": {"type": "path", "required": True},
            "runtime_user": {"type": "str", "required": True},
            "migrate_user": {"type": "str", "required": True},
            "owner_options": {"type": "str", "required": True, "no_log": True},
            "timeout": {"type": "int", "default": 3600},
        },
        supports_check_mode=True,
    )
    os.umask(0o022)
    try:
        result = Migration(module).run()
    except (ManageError, transient.UnitError) as error:
        module.fail_json(msg=str(error))
    module.exit_json(**result)


if __name__ == "__main__":
    main()
