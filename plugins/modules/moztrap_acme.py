#!/usr/bin/python
"""Obtain a certificate with certbot, or use the one it keeps."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.moztrap import acme

DOCUMENTATION = r"""
module: moztrap_acme
short_description: Obtain a certificate with certbot, or use the one it keeps
description:
  - With I(step=use), before there is a web server, it installs the certificate that certbot keeps,
    and tells whether the web server has one that it can start with.
  - With I(step=obtain), when the site answers over plain HTTP, it asks the ACME server, once, if
    there is a reason. A renewal that fails while the present certificate is valid is a warning.
options:
  step: {description: Which of both., choices: [use, obtain], type: str, required: true}
  wish:
    description: Which certificate, from whom, and how the name is proven.
    type: dict
    required: true
    suboptions:
      lineage: {description: What certbot calls it., type: str, required: true}
      server_name: {description: The name that it is for., type: str, required: true}
      directory: {description: URL of the ACME server; empty is certbot's own., type: str}
      email: {description: Whose account it is., type: str, required: true}
      agrees: {description: Whether they agree to its terms., type: bool, required: true}
      webroot: {description: Folder for proof; empty lets certbot answer., type: str}
      address: {description: Where certbot answers., type: str, required: true}
      port: {description: On which port., type: int, required: true}
      hook: {description: The program that installs it., type: path, required: true}
      ca_file: {description: Who vouches for the server; empty is the system's., type: str}
  certificate: {description: What the web server reads., type: path, required: true}
  key: {description: Its key., type: path, required: true}
"""

RETURN = r"""
usable: {description: Whether the web server has a certificate., type: bool, returned: always}
reason: {description: Why a certificate was obtained., type: str, returned: always}
"""


def use(wish: acme.Wish, options: dict[str, Any], *, pretend: bool) -> dict[str, Any]:
    """Install what certbot keeps; nothing where it keeps nothing."""
    done = ""
    # A dry run may come before there is a program.
    if acme.bears_name(wish) and wish.hook.exists():
        done = acme.install(wish, pretend=pretend)
    pair = Path(options["certificate"]), Path(options["key"])
    usable = bool(done) or acme.is_usable(*pair, wish.server_name)
    return {"changed": bool(done), "usable": usable, "reason": done}


def obtain(wish: acme.Wish, *, pretend: bool) -> tuple[dict[str, Any], str]:
    """Ask the ACME server if there is a reason; what happened, and a warning."""
    reason, can_go_on = acme.difference(wish), False
    if not reason:
        reason, has_ended = acme.lateness(wish)
        can_go_on = not has_ended
    if pretend:
        done = "" if reason else acme.install(wish, pretend=True)
        return {"changed": bool(reason or done), "usable": True, "reason": reason or done}, ""
    warning = ""
    if reason:
        try:
            acme.obtain(wish)
        except acme.AcmeError as error:
            if not can_go_on:
                raise
            warning = f"{reason[0].upper()}{reason[1:]}. {error}"
    done = acme.install(wish, pretend=False)
    changed = bool(done or (reason and not warning))
    return {"changed": changed, "usable": True, "reason": reason or done}, warning


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            "step": {"type": "str", "choices": ["use", "obtain"], "required": True},
            "wish": {
                "type": "dict",
                "required": True,
                "options": {
                    "lineage": {"type": "str", "required": True},
                    "server_name": {"type": "str", "required": True},
                    "directory": {"type": "str", "default": ""},
                    "email": {"type": "str", "required": True},
                    "agrees": {"type": "bool", "required": True},
                    "webroot": {"type": "str", "default": ""},
                    "address": {"type": "str", "required": True},
                    "port": {"type": "int", "required": True},
                    "hook": {"type": "path", "required": True},
                    "ca_file": {"type": "str", "default": ""},
                },
            },
            "certificate": {"type": "path", "required": True},
            "key": {"type": "path", "required": True, "no_log": False},
        },
        supports_check_mode=True,
    )
    options: dict[str, Any] = module.params
    told = options["wish"]
    wish = acme.Wish(**told | {"hook": Path(told["hook"])})
    try:
        if options["step"] == "use":
            module.exit_json(**use(wish, options, pretend=module.check_mode))
        result, warning = obtain(wish, pretend=module.check_mode)
    except acme.AcmeError as error:
        module.fail_json(msg=str(error))
    if warning:
        module.warn(warning)
    module.exit_json(**result)


if __name__ == "__main__":
    main()
