#!/usr/bin/python
"""See whether a mail server takes this host in, and send nothing."""

from __future__ import annotations

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.moztrap.smtp import UNREACHABLE, Server, attempt

DOCUMENTATION = r"""
module: moztrap_smtp_login
short_description: See whether a mail server takes this host in
description:
  - Connects to the server as the site's mail will, over TLS where that is asked for, logs in,
    and takes leave. No mail is sent and nothing changes, in check mode neither. What became of
    it is the fact C(moztrap_mail_trial); preflight tells it beside everything else.
  - A server that does not answer at this moment is no more than a warning, since mail waits for
    it, and a site must be mendable meanwhile.
options:
  host: {description: The server., type: str, required: true}
  port: {description: Its port., type: int, required: true}
  security:
    description: How the connection is made secure.
    type: str
    choices: [tls, starttls, opportunistic, none]
    required: true
  verify: {description: Whether its certificate must be valid., type: bool, default: true}
  strict:
    description: Whether it must be one that Python takes by default, as the application does.
    type: bool
    default: false
  user: {description: The account; empty where none is needed., type: str, default: ""}
  password: {description: Its password., type: str, default: ""}
  authorities:
    description: Further certificate authorities to trust, as PEM.
    type: list
    elements: str
    default: []
  timeout: {description: Seconds to wait for it., type: float, default: 10}
"""

RETURN = r"""
outcome: {description: taken, refused, untrusted or unreachable., type: str, returned: always}
"""


def main() -> None:
    """Entry point."""
    module = AnsibleModule(
        argument_spec={
            "host": {"type": "str", "required": True},
            "port": {"type": "int", "required": True},
            "security": {
                "type": "str",
                "choices": ["tls", "starttls", "opportunistic", "none"],
                "required": True,
            },
            "verify": {"type": "bool", "default": True},
            "strict": {"type": "bool", "default": False},
            "user": {"type": "str", "default": ""},
            "password": {"type": "str", "default": "", "no_log": True},
            "authorities": {"type": "list", "elements": "str", "default": []},
            "timeout": {"type": "float", "default": 10},
        },
        supports_check_mode=True,
    )
    options = dict(module.params)
    timeout = options.pop("timeout")
    found = attempt(Server(**options), timeout)
    if found.kind == UNREACHABLE:
        module.warn(
            f"The mail server {options['host']}:{options['port']} does not answer this host at "
            f"this moment: {found.words}"
        )
    trial = {"outcome": found.kind, "words": found.words}
    module.exit_json(changed=False, outcome=found.kind, ansible_facts={"moztrap_mail_trial": trial})


if __name__ == "__main__":
    main()
