#!/usr/bin/python
"""Bring a static server's assets in line with a release's signed manifest, and prove it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.moztrap.asset_errors import AssetError
from ansible.module_utils.moztrap.asset_server import AssetServer, Outcome
from ansible.module_utils.moztrap.exchange import FileSupply, Needs, StreamSupply
from ansible.module_utils.moztrap.pipeline import Server

DOCUMENTATION = r"""
module: moztrap_assets
short_description: Add a release's assets to a static server, or prove those that are there
description:
  - Believes a manifest only with a signature that I(signers) accepts.
  - C(present) records the manifest, writes what is missing or altered, each file whole and
    checked, fetches every file over HTTPS and compares, and leaves the proof marker that
    balancers ask for. It never removes a file.
  - C(verified) changes nothing and returns what is missing, altered, unexpected or served
    otherwise than it must be.
  - In one process. With I(stream) it asks the controller for what it needs on the way;
    otherwise it ends with C(needs) and is called again with that beside it.
options:
  state: {description: C(present) or C(verified)., type: str, default: present}
  release_id: {description: The release's name., type: str, required: true}
  sha256: {description: Digest of its manifest., type: str, required: true}
  signers: {description: Whose signatures to accept, as ssh-keygen reads it., type: str}
  folder: {description: Where the server takes STATIC_URL from., type: path, required: true}
  server: {description: Address, server_name, ca_path, static_url., type: dict, required: true}
  stream: {description: Is the controller listening?, type: bool, default: false}
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
            "state": {"type": "str", "default": "present", "choices": ["present", "verified"]},
            "release_id": {"type": "str", "required": True},
            "sha256": {"type": "str", "required": True},
            "signers": {"type": "str", "required": True},
            "folder": {"type": "path", "required": True},
            "server": {"type": "dict", "required": True},
            "stream": {"type": "bool", "default": False},
            "manifest": {"type": "path"},
            "signature": {"type": "path"},
            "bundle": {"type": "path"},
        },
        supports_check_mode=True,
    )
    os.umask(0o022)
    options = module.params
    outcome = Outcome()
    try:
        run(options, outcome, check_mode=module.check_mode)
    except Needs as needs:
        module.exit_json(changed=False, needs=needs.what, numbers=needs.numbers)
    except AssetError as error:
        module.fail_json(msg=str(error), **outcome.as_dict())
    module.exit_json(**outcome.as_dict())


def run(options: dict[str, Any], outcome: Outcome, *, check_mode: bool) -> None:
    """Do what was asked; how far it got is in `outcome`, whatever happens."""
    given = options["server"]
    paths = [Path(options[name]) if options[name] else None for name in
             ("manifest", "signature", "bundle")]  # fmt: skip
    assets = AssetServer(
        folder=Path(options["folder"]),
        web=Server(given["address"], given["server_name"], given["ca_path"] or None),
        static_url=given["static_url"],
        supply=StreamSupply() if options["stream"] else FileSupply(*paths),
        outcome=outcome,
    )
    manifest = assets.trusted_manifest(options["release_id"], options["sha256"], options["signers"])
    if options["state"] == "verified":
        assets.verify(manifest)
    elif check_mode:
        assets.plan(manifest)
    else:
        assets.distribute(manifest)


if __name__ == "__main__":
    main()
