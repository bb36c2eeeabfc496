#!/usr/bin/python
"""Pack the media of this web host for the controller, or bring back what it has."""

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
  - C(staged) makes a folder that this user may write an archive to; C(unpacked) unpacks it
    beside the media and compares it with the backup's manifest; C(exchanged) puts C(source)
    in the place of the media, and keeps those aside.
  - C(swept) removes what was packed, C(discarded) what was unpacked; C(forgotten) what is
    kept aside.
options:
  state:
    description: What to do.
    type: str
    required: true
    choices: [measured, packed, swept, staged, unpacked, exchanged, discarded, forgotten]
  home: {description: Where MozTrap lives., type: path, required: true}
  file: {description: Name of the archive., type: str, default: media.tar.gz}
  reader_of: {description: A file or folder whose owner shall read or write it., type: path}
  path: {description: The archive on this host., type: path}
  expected: {description: What the manifest tells of the media., type: dict}
  source: {description: What takes the place of the media., type: str, choices: [scratch, former]}
"""


STATES = [
    "measured", "packed", "swept", "staged", "unpacked", "exchanged", "discarded", "forgotten",
]  # fmt: skip
SOURCES = {"scratch": media.RESTORED, "former": media.FORMER}


class MismatchError(Exception):
    """The media are not what the manifest tells."""


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


def staged(home: Path, reader: Path) -> dict[str, Any]:
    """Make room for an archive; tell how much there is, for it and for what it holds."""
    media.forget(home / "media", media.RESTORED)
    return {
        "changed": True,
        "path": str(staging.make(reader, staging.RESTORED_MEDIA)),
        "free_bytes": staging.free_bytes(),
        "media_free_bytes": staging.free_bytes(home / "media"),
    }


def unpacked(home: Path, path: Path, expected: dict[str, Any]) -> dict[str, Any]:
    """Unpack and compare; what is not as it should be is removed."""
    root = home / "media"
    found = media.unpack(path, root)
    staging.sweep(staging.RESTORED_MEDIA)
    if found.as_dict() != expected:
        media.forget(root, media.RESTORED)
        raise MismatchError(
            f"The media of the backup are not what its manifest tells: {found.files} files of "
            f"{found.bytes} bytes, instead of {expected['files']} of {expected['bytes']}. Nothing "
            "was replaced. Restore another backup: -e restore_from=<name>."
        )
    return {"changed": True, "files": found.files}


def exchanged(home: Path, source: str) -> dict[str, Any]:
    """Put other media in the place of these."""
    root = home / "media"
    if not (root / SOURCES[source]).is_dir():
        return {"changed": False, "msg": f"there is no {root / SOURCES[source]}"}
    media.exchange(root, SOURCES[source])
    return {"changed": True, "former": str(root / media.FORMER)}


def swept() -> dict[str, Any]:
    """Remove what the controller has fetched."""
    return {"changed": staging.sweep(staging.MEDIA)}


def discarded(home: Path) -> dict[str, Any]:
    """Remove what was only to be proven."""
    there = media.forget(home / "media", media.RESTORED)
    return {"changed": staging.sweep(staging.RESTORED_MEDIA) or there}


def forgotten(home: Path) -> dict[str, Any]:
    """Remove what a restore has replaced."""
    return {"changed": media.forget(home / "media", media.FORMER)}


def run(options: dict[str, Any]) -> dict[str, Any]:
    """Do what `state` says."""
    home = Path(options["home"])
    state = options["state"]
    if state == "measured":
        return measured(home)
    if state == "packed":
        return packed(home, options["file"], Path(options["reader_of"]))
    if state == "staged":
        return staged(home, Path(options["reader_of"]))
    if state == "unpacked":
        return unpacked(home, Path(options["path"]), options["expected"])
    if state == "exchanged":
        return exchanged(home, options["source"])
    if state == "discarded":
        return discarded(home)
    return swept() if state == "swept" else forgotten(home)


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            "state": {"type": "str", "required": True, "choices": STATES},
            "home": {"type": "path", "required": True},
            "file": {"type": "str", "default": "media.tar.gz"},
            "reader_of": {"type": "path"},
            "path": {"type": "path"},
            "expected": {"type": "dict"},
            "source": {"type": "str", "choices": sorted(SOURCES)},
        },
        required_if=[
            ("state", "packed", ("reader_of",)),
            ("state", "staged", ("reader_of",)),
            ("state", "unpacked", ("path", "expected")),
            ("state", "exchanged", ("source",)),
        ],
        supports_check_mode=True,
    )
    os.umask(0o077)
    if module.check_mode and module.params["state"] != "measured":
        module.exit_json(changed=module.params["state"] not in ("swept", "discarded", "forgotten"))
    try:
        result = run(module.params)
    except MismatchError as error:
        module.fail_json(msg=str(error))
    except OSError as error:
        staging.sweep(staging.MEDIA)
        staging.sweep(staging.RESTORED_MEDIA)
        module.fail_json(msg=f"The media could not be {module.params['state']}: {error}")
    module.exit_json(**result)


if __name__ == "__main__":
    main()
