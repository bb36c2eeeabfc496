#!/usr/bin/python
"""Leave a mark in a folder, look for it from other hosts, and take it away again."""

from __future__ import annotations

import secrets
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = r"""
module: moztrap_media_mark
short_description: See whether several hosts share a folder
description:
  - One host leaves a mark, every host looks for it, the first takes it away. What each of
    them found is among its facts. Nothing stays behind, in check mode neither.
options:
  folder: {description: The folder., type: path, required: true}
  state:
    description:
      - C(left) writes a mark, noted as the fact C(moztrap_media_mark), if the folder is there;
        C(seen) notes the marks that are there in C(moztrap_media_marks); C(gone) removes all.
    type: str
    choices: [left, seen, gone]
    required: true
"""

RETURN = r"""
marks: {description: The marks in the folder., type: list, elements: str, returned: always}
"""

PREFIX = ".moztrap-mark-"


def marks_in(folder: Path) -> list[Path]:
    """Marks of this run, and of one that was killed."""
    return sorted(folder.glob(f"{PREFIX}*"))


def main() -> None:
    """Entry point."""
    module = AnsibleModule(
        argument_spec={
            "folder": {"type": "path", "required": True},
            "state": {"type": "str", "choices": ["left", "seen", "gone"], "required": True},
        },
        supports_check_mode=True,
    )
    folder = Path(module.params["folder"])
    facts: dict[str, object] = {}
    try:
        if module.params["state"] != "seen":
            for mark in marks_in(folder):
                mark.unlink(missing_ok=True)
        if module.params["state"] == "left" and folder.is_dir():
            name = PREFIX + secrets.token_hex(8)
            (folder / name).write_text("")
            facts["moztrap_media_mark"] = name
    except OSError as error:
        # A folder that cannot be written to is not one to keep uploads in: preflight says so.
        module.warn(f"{folder}: {error.strerror}")
    found = [mark.name for mark in marks_in(folder)]
    if module.params["state"] == "seen":
        facts["moztrap_media_marks"] = found
    module.exit_json(changed=False, marks=found, ansible_facts=facts)


if __name__ == "__main__":
    main()
