#!/usr/bin/python
"""Take a server out of a balancer's rotation, put it back, or show how it stands."""

from __future__ import annotations

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.moztrap.balancer import (
    AdminSocket,
    Balancer,
    BalancerError,
    NotRunningError,
    Outcome,
)

DOCUMENTATION = r"""
module: moztrap_balancer
short_description: Drain a server at a balancer, or let requests go there again
description:
  - Runs on a balancer and speaks to HAProxy over its admin socket. A server that is drained
    gets no new request and may finish those it has.
  - A server in maintenance was put there by a person; it is left alone, with a warning. So is
    the last server of a backend that could answer; and where HAProxy does not run, there
    is nothing to drain.
options:
  state:
    description:
      - C(drained) waits until the server has no request left. C(ready) is the way back,
        and waits for its checks to pass; that they do not is a warning. C(shown) changes nothing.
    type: str
    choices: [drained, ready, shown]
    required: true
  server: {description: The server's name in the backend., type: str, required: true}
  backend: {description: The backend., type: str, default: moztrap_web}
  socket: {description: The admin socket., type: path, default: /run/haproxy/admin.sock}
  timeout:
    description: Seconds to wait for the last request; running out of them is a warning.
    type: int
    default: 60
"""

RETURN = r"""
was: {description: "ready, drain or maint before; empty where HAProxy does not run.", type: str, returned: always}
sessions: {description: Requests that the server has or is about to get., type: int, returned: always}
"""  # noqa: E501


def main() -> None:
    """Entry point."""
    module = AnsibleModule(
        argument_spec={
            "state": {"type": "str", "choices": ["drained", "ready", "shown"], "required": True},
            "server": {"type": "str", "required": True},
            "backend": {"type": "str", "default": "moztrap_web"},
            "socket": {"type": "path", "default": "/run/haproxy/admin.sock"},
            "timeout": {"type": "int", "default": 60},
        },
        supports_check_mode=True,
    )
    told = module.params
    balancer = Balancer(AdminSocket(told["socket"]), told["backend"])
    try:
        if told["state"] == "drained":
            outcome = balancer.drain(
                told["server"], timeout=told["timeout"], dry_run=module.check_mode
            )
        elif told["state"] == "ready":
            outcome = balancer.undrain(told["server"], dry_run=module.check_mode)
        else:
            outcome = balancer.shown(told["server"])
    except NotRunningError as error:
        outcome = Outcome(warnings=[f"HAProxy does not run here, so nothing was done: {error}"])
    except BalancerError as error:
        module.fail_json(msg=str(error))
    for warning in outcome.warnings:
        module.warn(warning)
    module.exit_json(changed=outcome.changed, was=outcome.was, sessions=outcome.sessions)


if __name__ == "__main__":
    main()
