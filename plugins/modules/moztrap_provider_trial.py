#!/usr/bin/python
"""See whether a provider of OpenID Connect is the one that the site is told of."""

from __future__ import annotations

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.moztrap.provider_trial import UNREACHABLE, attempt

DOCUMENTATION = r"""
module: moztrap_provider_trial
short_description: See whether a provider of OpenID Connect is the one that the site is told of
description:
  - Fetches the provider's discovery document from this host, as the application will, and
    compares the issuer that it names. Nobody is logged in and nothing changes, in check mode
    neither. What became of it is the fact C(moztrap_provider_trial); preflight tells it beside
    everything else.
  - A provider that does not answer at this moment is no more than a warning, since a site must
    be mendable meanwhile.
options:
  issuer: {description: The issuer that the site is told of., type: str, required: true}
  authorities:
    description: Further certificate authorities to trust, as PEM.
    type: list
    elements: str
    default: []
  timeout: {description: Seconds to wait for it., type: float, default: 10}
"""

RETURN = r"""
outcome: {description: known, other, untrusted or unreachable., type: str, returned: always}
"""


def main() -> None:
    """Entry point."""
    module = AnsibleModule(
        argument_spec={
            "issuer": {"type": "str", "required": True},
            "authorities": {"type": "list", "elements": "str", "default": []},
            "timeout": {"type": "float", "default": 10},
        },
        supports_check_mode=True,
    )
    options = dict(module.params)
    found = attempt(options["issuer"], options["authorities"], options["timeout"])
    if found.kind == UNREACHABLE:
        module.warn(
            f"The provider {options['issuer']} does not answer this host at this moment: "
            f"{found.words}"
        )
    trial = {"outcome": found.kind, "words": found.words}
    module.exit_json(
        changed=False, outcome=found.kind, ansible_facts={"moztrap_provider_trial": trial}
    )


if __name__ == "__main__":
    main()
