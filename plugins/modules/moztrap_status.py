#!/usr/bin/python
"""Tell what a host of the site serves and how it stands; change nothing."""

from __future__ import annotations

import http.client
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.moztrap import condition
from ansible.module_utils.moztrap.activation import ActivationError, State
from ansible.module_utils.moztrap.web import Answer, ask_once

DOCUMENTATION = r"""
module: moztrap_status
short_description: What a host serves, and how it stands
options:
  home: {description: Where MozTrap lives., type: path, required: true}
  application: {description: How to ask the web server here; left out elsewhere., type: dict}
  assets: {description: Folder of the proofs here; left out elsewhere., type: path}
  release: {description: The release that is live., type: str, default: ""}
  balancer: {description: Admin socket and backends here; left out elsewhere., type: dict}
  certificate:
    description: Where people are shown one here, and for which name; left out elsewhere.
    type: dict
"""

RETURN = r"""
serves: {description: What it serves., type: list, elements: str, returned: always}
states: {description: How that stands., type: list, elements: str, returned: always}
"""


def main() -> None:
    """Entry point."""
    server = {name: {"type": "str", "required": True} for name in ("address", "server_name")}
    module = AnsibleModule(
        argument_spec={
            "home": {"type": "path", "required": True},
            "application": {
                "type": "dict",
                "options": server | {"ca_path": {"type": "path"}, "ready_path": {"type": "str"}},
            },
            "assets": {"type": "path"},
            "release": {"type": "str", "default": ""},
            "balancer": {
                "type": "dict",
                "options": {
                    "socket": {"type": "path", "required": True},
                    "backends": {"type": "list", "elements": "str", "required": True},
                },
            },
            "certificate": {"type": "dict", "options": server},
        },
        supports_check_mode=True,
    )
    options = module.params
    found = []
    if options["balancer"]:
        found.append(condition.balancer(**options["balancer"]))
    if options["application"]:
        found.append(application(Path(options["home"]), options["application"]))
    if options["assets"]:
        found.append(condition.assets(Path(options["assets"]), options["release"]))
    if options["certificate"]:
        found.append(condition.shown_certificate(**options["certificate"]))
    module.exit_json(
        changed=False,
        serves=[serves for serves, _ in found],
        states=[state for _, state in found],
    )


def application(home: Path, told: dict[str, Any]) -> tuple[str, str]:
    """What the application here serves."""
    try:
        recorded = State(home).read()
    except ActivationError as error:
        return "unknown", str(error)
    return condition.application(recorded, ask(told))


def ask(told: dict[str, Any]) -> Answer | None:
    """The readiness page here; nothing when there is no answer."""
    try:
        return ask_once(
            told["ready_path"],
            address=told["address"],
            server_name=told["server_name"],
            ca_path=told["ca_path"],
        )
    except (OSError, http.client.HTTPException):
        return None


if __name__ == "__main__":
    main()
