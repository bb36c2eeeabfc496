#!/usr/bin/python
"""Have the roles and the first administrator in the database."""

from __future__ import annotations

from pathlib import Path

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.moztrap.manage import ManageError, manage

DOCUMENTATION = r"""
module: moztrap_admin
short_description: Create the first administrator without a prompt
description:
  - Leaves an existing account as it is, its password above all.
options:
  folder: {description: The deployment., type: path, required: true}
  user: {description: The system user of the application., type: str, required: true}
  username: {description: The administrator's name., type: str, required: true}
  email: {description: The administrator's address., type: str, required: true}
  password: {description: First password, given on standard input., type: str, required: true}
"""


def main() -> None:
    """Entry point."""
    module = AnsibleModule(
        argument_spec={
            "folder": {"type": "path", "required": True},
            "user": {"type": "str", "required": True},
            "username": {"type": "str", "required": True},
            "email": {"type": "str", "required": True},
            "password": {"type": "str", "required": True, "no_log": True},
        },
        supports_check_mode=True,
    )
    options = module.params
    folder = Path(options["folder"])
    if not (folder / "manage.py").exists():
        if module.check_mode:
            module.exit_json(changed=True, msg="the deployment is not there yet")
        module.fail_json(msg=f"{folder} holds no manage.py. Run the whole release again.")
    arguments = [
        "ensure_admin", "--username", options["username"], "--email", options["email"],
    ]  # fmt: skip
    if module.check_mode:
        arguments.append("--check")
    try:
        outcome = manage(
            folder, options["user"], *arguments, standard_input=options["password"] + "\n"
        )
    except ManageError as error:
        module.fail_json(msg=str(error))
    report = outcome.report()
    if outcome.code != 0 or "changed" not in report:
        module.fail_json(msg=f"The administrator could not be made:\n{outcome.words}")
    module.exit_json(changed=bool(report["changed"]), msg=str(report.get("message", "")))


if __name__ == "__main__":
    main()
