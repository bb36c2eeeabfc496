#!/usr/bin/python
"""Remove a static server's assets that no release needs any more."""

from __future__ import annotations

import os
import time
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.moztrap.asset_errors import AssetError
from ansible.module_utils.moztrap.asset_folder import AssetFolder
from ansible.module_utils.moztrap.asset_prune import prune
from ansible.module_utils.moztrap.asset_records import Records

DOCUMENTATION = r"""
module: moztrap_assets_prune
short_description: Remove assets that no release needs any more
description:
  - A file stays while a release in I(kept) names it, or any release staged on this server,
    and for I(grace_days) after the last of them was no longer kept.
  - Files that no staged manifest names are listed, and stay unless I(remove_unexpected).
options:
  folder: {description: Where the server takes STATIC_URL from., type: path, required: true}
  kept: {description: Releases that the controller keeps., type: list, required: true}
  grace_days: {description: Days after a release is no longer kept., type: float, required: true}
  remove_unexpected: {description: Remove what no manifest names., type: bool, default: false}
"""

RETURN = r"""
removed: {description: Paths that were, or in check mode would be, removed., type: list}
count: {description: How many., type: int}
bytes: {description: How large they were., type: int}
releases: {description: Releases that are no longer staged here., type: list}
files: {description: How many files are left., type: int}
unexpected: {description: Files that no staged manifest names., type: list}
"""

DAY = 24 * 3600


def main() -> None:
    """Entry point."""
    module = AnsibleModule(
        argument_spec={
            "folder": {"type": "path", "required": True},
            "kept": {"type": "list", "elements": "str", "required": True},
            "grace_days": {"type": "float", "required": True},
            "remove_unexpected": {"type": "bool", "default": False},
        },
        supports_check_mode=True,
    )
    os.umask(0o022)
    options = module.params
    folder, records = AssetFolder(Path(options["folder"])), Records(Path(options["folder"]))
    arguments = {
        "kept": options["kept"],
        "grace_seconds": options["grace_days"] * DAY,
        "now": time.time(),
        "remove_unexpected": options["remove_unexpected"],
    }
    try:
        if module.check_mode:
            done = prune(folder, records, dry_run=True, **arguments)
        else:
            with records.held():
                done = prune(folder, records, **arguments)
    except AssetError as error:
        module.fail_json(msg=str(error))
    module.exit_json(**done.as_dict())


if __name__ == "__main__":
    main()
