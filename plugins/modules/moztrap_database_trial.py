#!/usr/bin/python
"""See whether a database server that is not ours can be used, and change nothing."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.moztrap.database_trial import Account, Address, examine

DOCUMENTATION = r"""
module: moztrap_database_trial
short_description: See whether a database server that is not ours can be used
description:
  - Connects to the server from this host, over TLS with a verified certificate, logs in with each
    account and looks at its grants, at the database and at what the site needs of the server.
    Nothing changes, in check mode neither, and no client has to be installed. What was found is
    the fact C(moztrap_database_trial); preflight tells it beside everything else.
options:
  host: {description: The server., type: str, required: true}
  port: {description: Its port., type: int, required: true}
  authority: {description: The authority of its certificate, as PEM., type: str, required: true}
  database: {description: The database., type: str, required: true}
  collation: {description: The collation that its tables must have., type: str, required: true}
  accounts:
    description:
      - Accounts to log in with, each with its privileges on the database; C(exactly) says
        that it may have no others.
    type: list
    elements: dict
    required: true
    suboptions:
      name: {description: Name., type: str, required: true}
      password: {description: Password., type: str, required: true}
      privileges: {description: Privileges., type: list, elements: str, required: true}
      exactly: {description: No others., type: bool, default: false}
  timeout: {description: Seconds to wait for it., type: float, default: 10}
"""

RETURN = r"""
findings: {description: What is wrong., type: list, elements: dict, returned: always}
"""


def main() -> None:
    """Entry point."""
    account: dict[str, Any] = {
        "name": {"type": "str", "required": True},
        "password": {"type": "str", "required": True, "no_log": True},
        "privileges": {"type": "list", "elements": "str", "required": True},
        "exactly": {"type": "bool", "default": False},
    }
    module = AnsibleModule(
        argument_spec={
            "host": {"type": "str", "required": True},
            "port": {"type": "int", "required": True},
            "authority": {"type": "str", "required": True},
            "database": {"type": "str", "required": True},
            "collation": {"type": "str", "required": True},
            "accounts": {
                "type": "list", "elements": "dict", "required": True, "options": account,
            },
            "timeout": {"type": "float", "default": 10},
        },
        supports_check_mode=True,
    )  # fmt: skip
    options = module.params
    found = examine(
        Address(options["host"], options["port"], options["authority"], options["timeout"]),
        options["database"],
        options["collation"],
        [Account(**one) for one in options["accounts"]],
    )
    for finding in found:
        if finding.kind == "unknown":
            module.warn(
                f"Account {finding.account} at {options['host']} was not tried: {finding.what}. "
                "The release will tell."
            )
    findings = [asdict(finding) for finding in found]
    module.exit_json(
        changed=False, findings=findings, ansible_facts={"moztrap_database_trial": findings}
    )


if __name__ == "__main__":
    main()
