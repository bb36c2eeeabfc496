#!/usr/bin/python
"""Unpack a signed artefact on a host, or tell whether the unpacked one is intact."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.moztrap import signature
from ansible.module_utils.moztrap.archive import unpack
from ansible.module_utils.moztrap.build import FILE_MANIFEST
from ansible.module_utils.moztrap.files import tree_differences

DOCUMENTATION = r"""
module: moztrap_artefact
short_description: Verify and unpack an artefact, or check the one that is there
description:
  - Without I(archive) it compares every file of the unpacked artefact with its manifest
    and returns C(intact).
  - With I(archive) it verifies the signature first, unpacks into a temporary folder and
    renames that into place.
options:
  home: {description: Where MozTrap lives., type: path, required: true}
  release_id: {description: The release's name., type: str, required: true}
  archive: {description: The artefact on this host., type: path}
  signature: {description: Its detached signature on this host., type: path}
  allowed_signers: {description: Whose signatures to accept, as ssh-keygen reads it., type: str}
"""


def main() -> None:
    """Entry point."""
    module = AnsibleModule(
        argument_spec={
            "home": {"type": "path", "required": True},
            "release_id": {"type": "str", "required": True},
            "archive": {"type": "path"},
            "signature": {"type": "path"},
            "allowed_signers": {"type": "str", "no_log": False},
        },
        required_together=[("archive", "signature", "allowed_signers")],
        supports_check_mode=True,
    )
    options = module.params
    os.umask(0o022)
    target = Path(options["home"]) / "artefacts" / options["release_id"]
    if not options["archive"]:
        damage = describe_damage(target)
        module.exit_json(changed=False, intact=not damage, msg=damage or "intact")
    problem = signature.problem(
        Path(options["archive"]), Path(options["signature"]), options["allowed_signers"]
    )
    if problem:
        module.fail_json(
            msg=f"The artefact of release {options['release_id']} is refused: {problem}. "
            "Nothing was unpacked. If the file in the controller's store was altered, remove "
            "its folder there and run the release again: it will be built anew."
        )
    install(Path(options["archive"]), target, options["release_id"])
    module.exit_json(changed=True, intact=True)


def describe_damage(target: Path) -> str:
    """What is wrong with the unpacked artefact; nothing when it is intact."""
    if not target.is_dir():
        return f"{target} is not there"
    try:
        manifest = json.loads((target / FILE_MANIFEST).read_text())
    except (OSError, ValueError) as error:
        return f"{target / FILE_MANIFEST} cannot be read: {error}"
    differences = tree_differences(target, manifest)
    differences.pop(FILE_MANIFEST, None)
    if not differences:
        return ""
    path, kind = next(iter(differences.items()))
    more = f" and {len(differences) - 1} more" if len(differences) > 1 else ""
    return f"{target / path} is {kind}{more}"


def install(archive: Path, target: Path, release_id: str) -> None:
    """Unpack beside the target, check it, then rename it into place."""
    target.parent.mkdir(parents=True, exist_ok=True)
    staged = Path(tempfile.mkdtemp(prefix=f".{release_id}.", dir=target.parent))
    staged.chmod(0o755)
    try:
        unpack(archive, staged)
        damage = describe_damage(staged)
        if damage:
            raise ValueError(f"the archive does not agree with its own manifest: {damage}")
        if target.exists():
            # Only reached to repair damage. The running processes hold their files open.
            retired = Path(tempfile.mkdtemp(prefix=f".{release_id}.retired.", dir=target.parent))
            os.rename(target, retired / "tree")
            os.rename(staged, target)
            shutil.rmtree(retired)
        else:
            os.rename(staged, target)
    finally:
        shutil.rmtree(staged, ignore_errors=True)


if __name__ == "__main__":
    main()
