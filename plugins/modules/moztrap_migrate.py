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
options:
  step:
    description:
      - C(plan) looks with the runtime account whether anything is pending, refuses what must not
        be done, and changes nothing. C(apply) migrates as the owner in a transient unit, then
        looks again. C(back) refuses to go back to a deployment that cannot run beside what is
        applied, and changes nothing. C(tidy) drops, as the owner, the table of a cache that is
        kept elsewhere now.
    choices: [plan, apply, back, tidy]
    type: str
    required: true
  home: {description: Where MozTrap lives., type: path, required: true}
  folder: {description: The deployment to migrate for or go back to., type: path, required: true}
  runtime_user: {description: The system user of the application., type: str, required: true}
  acknowledged:
    description: Migrations that are accepted although another release breaks beside them.
    type: list
    elements: str
    default: []
  migrate_user: {description: The system user that migrates; to apply., type: str}
  owner_options: {description: Option file with the owner's account; to apply., type: str}
  timeout: {description: Seconds to wait for the migration., type: int, default: 3600}
"""

RETURN = r"""
pending: {description: What is (or was) to be applied., type: list, elements: str, returned: always}
left: {description: Tables that no choice needs now., type: list, elements: str, returned: plan}
"""

COMMAND = "migrate_production"
STEPS = ("plan", "apply", "back", "tidy")
DEPLOY_CHECK = ("check", "--deploy", "--fail-level", "WARNING")


class Migration:
    """The database, and the deployment that goes live or comes back."""

    def __init__(self, module: AnsibleModule) -> None:
        self.module = module
        self.options: dict[str, Any] = module.params
        self.home = Path(self.options["home"])
        self.folder = Path(self.options["folder"])
        self._acknowledged = set(self.options["acknowledged"])

    def plan(self) -> dict[str, Any]:
        """What is to be applied; refused if that cannot be done, or not while a release is live."""
        if self.module.check_mode and not (self.folder / "manage.py").exists():
            told = "the deployment is not there yet"
            return {"changed": False, "pending": [], "left": [], "msg": told}
        if not self.module.check_mode:
            if transient.is_running():
                # A run before this one was cut off; its unit was not.
                transient.wait(0, self.options["timeout"])
            transient.sweep()
        if not is_live(self.home, self.folder):
            self._gate()
        state = self._look()
        if state["status"] not in {"current", "pending"}:
            self._refuse(state)
        pending = state.get("pending", [])
        if (self.home / "current").is_symlink():
            self._refuse_unsafe(
                state.get("incompatible", {}),
                "The release that is live would break while these migrations are applied, so "
                "nothing was changed",
                "split each into steps that both releases can live with; or, if you accept "
                "errors until the activation is over",
            )
        told = f"{len(pending)} migrations are pending" if pending else "nothing is pending"
        left = state.get("left", [])
        return {"changed": bool(pending), "pending": pending, "left": left, "msg": told}

    def apply(self) -> dict[str, Any]:
        """Migrate in phase 1, and see with the runtime account that it is done."""
        state = self._look()
        if state["status"] == "pending":
            self._migrate(state)
            after = self._look()
            if after["status"] != "current":
                self._refuse(after)
        elif state["status"] != "current":
            self._refuse(state)
        pending = state.get("pending", [])
        return {
            "changed": bool(pending),
            "pending": pending,
            "msg": f"{len(pending)} migrations applied",
        }

    def back(self) -> dict[str, Any]:
        """Refuse to go back behind a migration that the older code cannot live with."""
        if not (self.folder / "manage.py").exists():
            return {"changed": False, "pending": [], "msg": "the deployment is not there yet"}
        state = self._look()
        unknown = state.get("unknown", [])
        if state["status"] == "pending":
            self._fail(
                f"{self.folder.name} needs migrations that are not applied: "
                f"{', '.join(state['pending'])}. Going back applies none. Release it instead: "
                "playbooks/release.yml -e release_id=<id>"
            )
        if unknown:
            self._refuse_unsafe(
                self._judged(unknown),
                f"{self.folder.name} cannot run with what later releases made of the database, so "
                "nothing was changed",
                "restore the snapshot that was made before them (playbooks/restore.yml); or, if "
                "you know that it can run",
            )
        elif state["status"] != "current":
            self._refuse(state)
        told = f"{len(unknown)} migrations of later releases stay applied" if unknown else "safe"
        return {"changed": False, "pending": [], "msg": told}

    def _judged(self, names: list[str]) -> dict[str, str]:
        """What the live release, which has these migrations, says of them."""
        live = (self.home / "current").resolve()
        outcome = manage(live, self.options["runtime_user"], COMMAND, "--judge", *names)
        report = outcome.report()
        if report.get("status") != "judged":
            why = f"the live release cannot tell what it does:\n{outcome.words}"
            return dict.fromkeys(names, why)
        return dict(report["incompatible"])

    def _refuse_unsafe(self, found: dict[str, str], what: str, remedy: str) -> None:
        open_ = {name: why for name, why in found.items() if name not in self._acknowledged}
        if open_:
            lines = "\n".join(f"  - {name}: {why}" for name, why in sorted(open_.items()))
            names = ",".join(sorted(open_))
            self._fail(f"{what}:\n{lines}\nEither {remedy}: -e migrate_acknowledged={names}")

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

    def tidy(self) -> dict[str, Any]:
        """Drop what the live deployment does not use."""
        left = self._look().get("left", [])
        if left and not self.module.check_mode:
            ended = self._as_owner("--drop-cache-tables")
            if not ended.success:
                self._fail(
                    f"{', '.join(left)} could not be dropped; the site needs it no more, and works "
                    f"without that:\n{ended.output.strip()}\nThe next run tries again."
                )
        told = f"dropped {', '.join(left)}" if left else "nothing is left"
        return {"changed": bool(left), "pending": [], "msg": told}

    def _as_owner(self, *arguments: str) -> transient.Ended:
        user = self.options["migrate_user"]
        code = transient.prepare(self.folder, user, self.options["owner_options"])
        begin = transient.start(code, user, COMMAND, *arguments)
        return transient.wait(begin, self.options["timeout"])

    def _migrate(self, state: dict[str, Any]) -> None:
        ended = self._as_owner()
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
            "step": {"type": "str", "required": True, "choices": list(STEPS)},
            "home": {"type": "path", "required": True},
            "folder": {"type": "path", "required": True},
            "runtime_user": {"type": "str", "required": True},
            "acknowledged": {"type": "list", "elements": "str", "default": []},
            "migrate_user": {"type": "str"},
            "owner_options": {"type": "str", "no_log": True},
            "timeout": {"type": "int", "default": 3600},
        },
        required_if=[
            ("step", step, ["migrate_user", "owner_options"]) for step in ("apply", "tidy")
        ],
        supports_check_mode=True,
    )
    os.umask(0o022)
    migration = Migration(module)
    try:
        result = getattr(migration, module.params["step"])()
    except (ManageError, transient.UnitError) as error:
        module.fail_json(msg=str(error))
    module.exit_json(**result)


if __name__ == "__main__":
    main()
