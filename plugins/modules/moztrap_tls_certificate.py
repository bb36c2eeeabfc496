#!/usr/bin/python
"""Issue, renew or check a host's certificate, on the controller."""

from __future__ import annotations

from typing import Any

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

DOCUMENTATION = r"""
module: moztrap_tls_certificate
short_description: Issue, renew or check a host's certificate
description:
  - Runs on the controller. With I(provider=private_ca) it keeps a certificate authority in
    I(directory) and signs the host's request, unless the host's present certificate still fits.
    With I(provider=provided) it checks that the operator's files belong together, bear the
    names wanted and are valid. With I(provider=authority) it only tells who the authority is.
  - The host's private key is made on the host and never seen here.
options:
  provider:
    description: Where certificates come from.
    choices: [private_ca, provided, authority]
    type: str
    required: true
  names:
    description: DNS names and addresses that the certificate must bear; the first is its subject.
    type: list
    elements: str
  directory:
    description: Where the private authority keeps C(ca.pem) and C(ca.key).
    type: path
  authority_name:
    description: Common name of the private authority.
    type: str
  host_state:
    description: The host's certificate request and, if it has one, its present certificate, PEM.
    type: str
  valid_days:
    description: How long a new certificate is valid.
    type: int
    default: 397
  renew_days:
    description: Renew (or warn) when fewer days than this remain.
    type: int
    default: 30
  certificate:
    description: Operator's certificate with its chain, a file on the controller.
    type: path
  key:
    description: Operator's private key, a file on the controller.
    type: path
  authority:
    description: Certificate of the operator's authority, a file on the controller.
    type: path
"""

RETURN = r"""
certificate: {description: The certificate, PEM., type: str, returned: unless provided}
authority: {description: Who is to be trusted, PEM., type: str, returned: unless provided}
not_after: {description: When the certificate ends, ISO 8601., type: str, returned: always}
reason: {description: Why a new certificate was issued., type: str, returned: when changed}
"""

IMPORT_ERROR: ImportError | None = None
try:
    from ansible.module_utils.moztrap import private_authority, provided_certificate
except ImportError as error:
    IMPORT_ERROR = error


def provide(module: AnsibleModule) -> dict[str, Any]:
    """Take the operator's files, or fail with all that is wrong with them."""
    path, key, authority = (
        module.params[name] or "" for name in ("certificate", "key", "authority")
    )
    files = provided_certificate.Files(path, key, authority)
    found = provided_certificate.examine(files, module.params["names"])
    if found.problems:
        module.fail_json(msg="\n".join(problem.told() for problem in found.problems))
    days = found.days_left()
    if days < module.params["renew_days"]:
        ends = f"ends in {days} days ({found.not_after:%Y-%m-%d})"
        module.warn(f"The certificate {path} {ends}. Put a new one in its place.")
    return {"changed": False, "not_after": found.not_after.isoformat()}


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            "provider": {
                "type": "str",
                "choices": ["private_ca", "provided", "authority"],
                "required": True,
            },
            "names": {"type": "list", "elements": "str"},
            "directory": {"type": "path"},
            "authority_name": {"type": "str"},
            "host_state": {"type": "str"},
            "valid_days": {"type": "int", "default": 397},
            "renew_days": {"type": "int", "default": 30},
            "certificate": {"type": "path"},
            "key": {"type": "path", "no_log": False},
            "authority": {"type": "path"},
        },
        required_if=[
            ("provider", "private_ca", ("directory", "authority_name", "host_state", "names")),
            ("provider", "authority", ("directory", "authority_name")),
            ("provider", "provided", ("names",)),
        ],
        supports_check_mode=True,
    )
    if IMPORT_ERROR is not None:
        module.fail_json(
            msg=missing_required_lib("cryptography") + " It is in requirements.txt.",
            exception=IMPORT_ERROR,
        )
    if module.params["provider"] == "provided":
        module.exit_json(**provide(module))
    try:
        result = private_authority.issue(module.params, check_mode=module.check_mode)
    except private_authority.AuthorityError as error:
        module.fail_json(msg=str(error))
    module.exit_json(**result)


if __name__ == "__main__":
    main()
