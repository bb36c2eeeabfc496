#!/usr/bin/python
"""Bring a static server's assets in line with a release's signed manifest, and prove it."""

from __future__ import annotations

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.moztrap.asset_program import run

DOCUMENTATION = r"""
module: moztrap_assets
short_description: Add a release's assets to a static server, or prove those that are there
description:
  - Believes a manifest only with a signature that I(signers) accepts.
  - C(present) records the manifest, writes what is missing or altered, each file whole and
    checked, fetches every file over HTTPS and compares, and leaves the proof marker that
    balancers ask for. It never removes a file.
  - C(sent) does the first half: no proof, and so no marker.
  - C(verified) changes nothing and returns what is missing, altered, unexpected or served
    otherwise than it must be.
  - In one process. It ends with C(needs) where something has to be shipped first, and is
    called again with that beside it. Over SSH the same program runs without Ansible's module
    code and asks for what it needs on the way (C(module_utils/moztrap/bulk.py)).
options:
  state: {description: C(present), C(sent) or C(verified)., type: str, default: present}
  release_id: {description: The release's name., type: str, required: true}
  sha256: {description: Digest of its manifest., type: str, required: true}
  signers: {description: Whose signatures to accept, as ssh-keygen reads it., type: str}
  folder: {description: Where the server takes STATIC_URL from., type: path, required: true}
  server: {description: Address, server_name, ca_path, static_url., type: dict, required: true}
  manifest: {description: The manifest on this host., type: path}
  signature: {description: Its detached signature on this host., type: path}
  bundle: {description: The files to add on this host., type: path}
"""

RETURN = r"""
needs: {description: C(manifest) or C(files); call again with it., type: str}
numbers: {description: Which files are needed, by place in the manifest., type: list}
files: {description: How many files the release has., type: int}
missing: {description: How many were not there., type: int}
altered: {description: How many were there and wrong., type: int}
sent: {description: How many were written., type: int}
bytes: {description: What was written, or in check mode would be., type: int}
verified: {description: How many were proven over HTTPS., type: int}
seconds: {description: Seconds spent looking, receiving and proving., type: dict}
drift: {description: What departs from the manifest, with C(verified)., type: list}
"""


def main() -> None:
    """Entry point."""
    module = AnsibleModule(
        argument_spec={
            "state": {
                "type": "str",
                "default": "present",
                "choices": ["present", "sent", "verified"],
            },
            "release_id": {"type": "str", "required": True},
            "sha256": {"type": "str", "required": True},
            "signers": {"type": "str", "required": True},
            "folder": {"type": "path", "required": True},
            "server": {"type": "dict", "required": True},
            "manifest": {"type": "path"},
            "signature": {"type": "path"},
            "bundle": {"type": "path"},
        },
        supports_check_mode=True,
    )
    result = run(module.params, check_mode=module.check_mode)
    if result.pop("failed", False):
        module.fail_json(**result)
    module.exit_json(**result)


if __name__ == "__main__":
    main()
