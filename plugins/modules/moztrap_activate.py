#!/usr/bin/python
"""Make a prepared deployment the live one."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.moztrap.activation import (
    Activation,
    ActivationError,
    Server,
    degraded,
    readiness,
)
from ansible.module_utils.moztrap.prune import prune
from ansible.module_utils.moztrap.serving import InstanceByInstance, ProcessByProcess, Serving

DOCUMENTATION = r"""
module: moztrap_activate
short_description: Flip, replace, prove; or go back
description:
  - Flips C(current), has the application's server come to serve it without losing a request,
    and waits until fresh connections get the expected deployment from the readiness page.
  - Changes nothing when the running server already serves it.
options:
  step:
    description:
      - C(look) tells whether anything has to be done; C(go_live) does it, and goes back to the
        deployment before if it fails; C(go_back) undoes what C(go_live) did on this host.
    choices: [look, go_live, go_back]
    type: str
    required: true
  home: {description: Where MozTrap lives., type: path, required: true}
  deployment: {description: The deployment to make live again or anew., type: str, required: true}
  previous: {description: What was live before it; to go back., type: str}
  server: {description: How to ask the site on this host., type: dict, required: true}
  serving:
    description: >-
      How the application's server changes over; C(process_name) and C(restart) for one whose
      processes are replaced one by one, C(replace) and C(units) for one that is replaced whole.
    type: dict
    required: true
  refresh: {description: Replace the processes even if it is live already., type: bool}
  timeout: {description: Seconds until it must be ready., type: int, default: 60}
  keep: {description: Deployments to keep besides those needed., type: int, default: 3}
  needed: {description: Releases whose deployments are never pruned., type: list, elements: str}
"""

RETURN = r"""
departures: {description: What had to be done., type: list, elements: str, returned: always}
before: {description: What was recorded as live and before., type: dict, returned: always}
pruned: {description: What was removed., type: list, elements: str, returned: always}
"""

SERVER_SPEC = {
    "address": {"type": "str", "required": True},
    "server_name": {"type": "str", "required": True},
    "ca_path": {"type": "path", "required": True},
    "ready_path": {"type": "str", "default": "/readyz"},
    "error_log": {"type": "path", "required": True},
    "unit": {"type": "str", "required": True},
}
SERVING_SPEC = {
    "process_name": {"type": "str"},
    "restart": {"type": "list", "elements": "str", "default": []},
    "replace": {"type": "list", "elements": "str", "default": []},
    "units": {"type": "list", "elements": "str", "default": []},
}


def main() -> None:
    """Entry point."""
    module = AnsibleModule(
        argument_spec={
            "step": {"type": "str", "required": True, "choices": ["look", "go_live", "go_back"]},
            "home": {"type": "path", "required": True},
            "deployment": {"type": "str", "required": True},
            "previous": {"type": "str"},
            "server": {"type": "dict", "required": True, "options": SERVER_SPEC},
            "serving": {"type": "dict", "required": True, "options": SERVING_SPEC},
            "refresh": {"type": "bool", "default": False},
            "timeout": {"type": "int", "default": 60},
            "keep": {"type": "int", "default": 3},
            "needed": {"type": "list", "elements": "str", "default": []},
        },
        supports_check_mode=True,
    )
    os.umask(0o022)
    options = module.params
    activation = Activation(
        Path(options["home"]),
        options["deployment"],
        server_of(options),
        serving_of(options),
        options["timeout"],
    )
    try:
        if options["step"] == "go_back":
            activation.restore(options["previous"] or None)
            module.exit_json(changed=True, departures=[], before={}, pruned=[])
        result = go_live(module, activation)
    except ActivationError as error:
        module.fail_json(msg=str(error))
    module.exit_json(**result)


def server_of(options: dict[str, Any]) -> Server:
    """The site on this host, as the options tell of it."""
    told = options["server"]
    return Server(
        address=told["address"],
        server_name=told["server_name"],
        ca_path=told["ca_path"],
        ready_path=told["ready_path"],
        error_log=Path(told["error_log"]),
        unit=told["unit"],
    )


def serving_of(options: dict[str, Any]) -> Serving:
    """The application's server, by what it is told of."""
    told = options["serving"]
    if told["replace"]:
        return InstanceByInstance(replace=tuple(told["replace"]), units=tuple(told["units"]))
    return ProcessByProcess(process_name=told["process_name"], restart=tuple(told["restart"]))


def go_live(module: AnsibleModule, activation: Activation) -> dict[str, Any]:
    """Look, and unless that is all, make it live and prune what nobody needs."""
    options = module.params
    recorded = activation.state.read()
    before = {"current": recorded.get("current"), "previous": recorded.get("previous")}
    departures = activation.departures()
    if options["refresh"] and not departures:
        departures = ["its files were put right after its processes had read them"]
    looks = options["step"] == "look"
    result = {"departures": departures, "before": before, "pruned": []}
    if not departures or looks or module.check_mode:
        return result | {"changed": bool(departures) and not looks}
    usual = activation.server.ask() if before["current"] else None
    answer = activation.go_live(degraded_before=degraded(usual) if usual else None)
    report = readiness(answer)
    if report.get("status") == "degraded":
        module.warn(f"{options['deployment']} is live but degraded: {report}")
    recorded = activation.state.read()
    needed = {name for name in (recorded.get("current"), recorded.get("previous")) if name}
    pruned = prune(activation.home, options["keep"], needed, options["needed"])
    return result | {"changed": True, "pruned": pruned}


if __name__ == "__main__":
    main()
