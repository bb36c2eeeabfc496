#!/usr/bin/python
"""Make a prepared deployment the live one."""

from __future__ import annotations

import os
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.moztrap.activation import (
    Activation,
    ActivationError,
    Server,
    readiness,
)
from ansible.module_utils.moztrap.prune import prune

DOCUMENTATION = r"""
module: moztrap_activate
short_description: Flip, replace, prove; or go back
description:
  - Writes the web server's release file, flips C(current), replaces the application's
    processes one by one and waits until fresh connections get the expected deployment
    from the readiness page.
  - Changes nothing when the running server already serves it.
options:
  home: {description: Where MozTrap lives., type: path, required: true}
  deployment: {description: The deployment to make live., type: str, required: true}
  server: {description: How to configure and ask the web server., type: dict, required: true}
  refresh: {description: Replace the processes even if it is live already., type: bool}
  timeout: {description: Seconds until it must be ready., type: int, default: 60}
  keep: {description: Deployments to keep besides current and previous., type: int, default: 3}
"""

SERVER_SPEC = {
    "address": {"type": "str", "required": True},
    "server_name": {"type": "str", "required": True},
    "ca_path": {"type": "path", "required": True},
    "ready_path": {"type": "str", "default": "/readyz"},
    "configuration": {"type": "path", "required": True},
    "config_test": {"type": "list", "elements": "str", "required": True},
    "reload": {"type": "list", "elements": "str", "required": True},
    "process_name": {"type": "str", "required": True},
    "error_log": {"type": "path", "required": True},
    "unit": {"type": "str", "required": True},
}


def main() -> None:
    """Entry point."""
    module = AnsibleModule(
        argument_spec={
            "home": {"type": "path", "required": True},
            "deployment": {"type": "str", "required": True},
            "server": {"type": "dict", "required": True, "options": SERVER_SPEC},
            "refresh": {"type": "bool", "default": False},
            "timeout": {"type": "int", "default": 60},
            "keep": {"type": "int", "default": 3},
        },
        supports_check_mode=True,
    )
    os.umask(0o022)
    options = module.params
    told = options["server"]
    server = Server(
        address=told["address"],
        server_name=told["server_name"],
        ca_path=told["ca_path"],
        ready_path=told["ready_path"],
        configuration=Path(told["configuration"]),
        config_test=tuple(told["config_test"]),
        reload=tuple(told["reload"]),
        process_name=told["process_name"],
        error_log=Path(told["error_log"]),
        unit=told["unit"],
    )
    home = Path(options["home"])
    activation = Activation(home, options["deployment"], server, options["timeout"])
    try:
        departures = activation.departures()
        if options["refresh"] and not departures:
            departures = ["its files were put right after its processes had read them"]
        if not departures or module.check_mode:
            module.exit_json(changed=bool(departures), departures=departures, pruned=[])
        answer = activation.go_live()
    except ActivationError as error:
        module.fail_json(msg=str(error))
    report = readiness(answer)
    if report.get("status") == "degraded":
        module.warn(f"{options['deployment']} is live but degraded: {report}")
    recorded = activation.state.read()
    referenced = {name for name in (recorded.get("current"), recorded.get("previous")) if name}
    pruned = prune(home, options["keep"], referenced)
    module.exit_json(changed=True, departures=departures, pruned=pruned)


if __name__ == "__main__":
    main()
