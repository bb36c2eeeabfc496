#!/usr/bin/python
"""Pack the media of this web host, for the controller to fetch."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.moztrap import media, staging

DOCUMENTATION = r"""
module: moztrap_media
short_description: Measure, pack or tidy up media on a web host
description:
  - C(measured) tells which deployment is live, and how much media there is.
  - C(packed) packs them where the user whom Ansible logs in as may read them.
  - C(swept) removes the archive; C(forgotten) removes what an earlier restore kept aside.
options:
  state:
    description: What to do.
    type: str
    required: true
    choices: [measured, packed, swept, forgotten]
  home: {description: Where MozTrap lives., type: path, required: true}
  file: {description: Name of the archive., type: str, default: media.tar.gz}
  reader_of: {description: A file or folder whose owner shall read the archive., type: path}
"""


STATES = ["measured", "packed", "swept", "forgotten"]


def live_deployment(home: Path) -> str:
    """The deployment that the host's record names; nothing before the first activation."""
    try:
        record = json.loads((home / "state.json").read_text())
    except (FileNotFoundError, ValueError):
        return ""
    return str(record.get("current") or "")


def measured(home: Path) -> dict[str, Any]:
    """How much there is, and the space for an archive of it."""
    root = home / "media"
    files, size = media.measure(root) if root.is_dir() else (0, 0)
    return {
        "changed": False,
        "files": files,
        "bytes": size,
        "free_bytes": staging.free_bytes(),
        "folder": str(staging.FOLDER),
        "deployment": live_deployment(home),
        "former": (root / media.FORMER).is_dir(),
    }


def packed(home: Path, name: str, reader: Path) -> dict[str, Any]:
    """Make the archive; return where it is and what it holds."""
    folder = staging.make(reader, staging.MEDIA)
    target = folder / name
    target.touch(0o600)
    found = media.pack(home / "media", target)
    owner = folder.stat()
    os.chown(target, owner.st_uid, owner.st_gid)
    return {"changed": True, "path": str(target), "media": found.as_dict()}


def swept() -> dict[str, Any]:
    """Remove what the controller has fetched."""
    return {"changed": staging.sweep(staging.MEDIA)}


def forgotten(home: Path) -> dict[str, Any]:
    """Remove what a restore has replaced."""
    return {"changed": media.forget(home / "media", media.FORMER)}


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            "state": {"type": "str", "required": True, "choices": STATES},
            "home": {"type": "path", "required": True},
            "file": {"type": "str", "default": "media.tar.gz"},
            "reader_of": {"type": "path"},
        },
        required_if=[("state", "packed", ("reader_of",))],
        supports_check_mode=True,
    )
    os.umask(0o077)
    options = module.params
    home = Path(options["home"])
    if module.check_mode and options["state"] != "measured":
        module.exit_json(changed=True)
    try:
        if options["state"] == "measured":
            result = measured(home)
        elif options["state"] == "packed":
            result = packed(home, options["file"], Path(options["reader_of"]))
        elif options["state"] == "swept":
            result = swept()
        else:
            result = forgotten(home)
    except OSError as error:
        staging.sweep(staging.MEDIA)
        module.fail_json(msg=f"The media could not be {options['state']}: {error}")
    module.exit_json(**result)


if __name__ == "__main__":
    main()
