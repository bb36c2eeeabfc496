#!/usr/bin/python
"""Keep several directories with one call to the host."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = r"""
module: moztrap_directories
short_description: Keep several directories with one call to the host
description:
  - Makes directories and keeps their owner, group and mode. Looping over M(ansible.builtin.file)
    does the same with a call to the host for each.
options:
  directories:
    description: The directories. Parents that are missing belong to root and are open to read.
    type: list
    elements: dict
    required: true
    suboptions:
      path: {description: Where., type: path, required: true}
      owner: {description: Owner., type: str, default: root}
      group: {description: Group; the owner's name by default., type: str}
      mode: {description: Mode, quoted., type: raw, default: "0755"}
"""

RETURN = r"""
paths: {description: What was made or changed., type: list, elements: str, returned: always}
"""


def keep(module: AnsibleModule, wanted: dict[str, Any]) -> dict[str, Any] | None:
    """Make or repair one directory; tell the difference, if there is one."""
    path = Path(wanted["path"])
    arguments = module.load_file_common_arguments(
        {**wanted, "group": wanted["group"] or wanted["owner"]}
    )
    diff: dict[str, Any] = {"before": {"path": str(path)}, "after": {"path": str(path)}}
    if path.exists() and not path.is_dir():
        module.fail_json(msg=f"{path} is in the way: it shall be a directory. Move it elsewhere.")
    if not path.exists():
        diff["before"]["state"], diff["after"]["state"] = "absent", "directory"
        if not module.check_mode:
            try:
                path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
                # Closed until owner and mode are right.
                path.mkdir(mode=0o700)
            except OSError as error:
                module.fail_json(msg=f"Cannot make {path}: {error.strerror}.")
            module.set_fs_attributes_if_different(arguments, False, diff)
        return diff
    return diff if module.set_fs_attributes_if_different(arguments, False, diff) else None


def main() -> None:
    """Run the module."""
    directory = {
        "path": {"type": "path", "required": True},
        "owner": {"type": "str", "default": "root"},
        "group": {"type": "str"},
        "mode": {"type": "raw", "default": "0755"},
    }
    module = AnsibleModule(
        argument_spec={
            "directories": {
                "type": "list", "elements": "dict", "required": True, "options": directory,
            },
        },
        supports_check_mode=True,
    )  # fmt: skip
    diffs = [diff for wanted in module.params["directories"] if (diff := keep(module, wanted))]
    module.exit_json(
        changed=bool(diffs), diff=diffs, paths=[diff["after"]["path"] for diff in diffs]
    )


if __name__ == "__main__":
    main()
