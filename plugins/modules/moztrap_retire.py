#!/usr/bin/python
"""End what another choice has replaced, and leave nothing of it behind."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.moztrap import units

DOCUMENTATION = r"""
module: moztrap_retire
short_description: End what another choice has replaced, and leave nothing of it behind
description:
  - Stops the units, lets requests in flight finish first, keeps them from starting at boot, and
    removes their files. Packages stay.
  - Changes nothing where nothing of it is left.
options:
  units: {description: Units to stop; sockets before what they start., type: list, elements: str}
  files: {description: Files and folders to remove., type: list, elements: path}
  shared:
    description: Folders to remove unless somebody else keeps something in them.
    type: list
    elements: path
  behind:
    description: >-
      The service that passed requests to them and does so no more. It is reloaded, and its
      workers of before are awaited, since what they have may still have to be answered.
    type: str
  patience: {description: How many seconds requests in flight get., type: int, default: 60}
"""

RETURN = r"""
stopped: {description: Units that were running., type: list, elements: str, returned: always}
removed: {description: What was removed., type: list, elements: str, returned: always}
"""


def await_workers(unit: str, patience: float) -> None:
    """Have a service start new workers, and wait until those of before are gone."""
    if not units.is_running(unit):
        return
    before = units.workers(unit)
    units.systemctl("reload", unit)
    units.wait(lambda: not before & units.workers(unit), patience)


def remove(path: Path) -> None:
    """Remove a file, a link or a folder with all that is in it."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            "units": {"type": "list", "elements": "str", "required": True},
            "files": {"type": "list", "elements": "path", "required": True},
            "shared": {"type": "list", "elements": "path", "default": []},
            "behind": {"type": "str"},
            "patience": {"type": "int", "default": 60},
        },
        supports_check_mode=True,
    )
    options: dict[str, Any] = module.params
    files = [Path(name) for name in options["files"]]
    try:
        running = [name for name in options["units"] if units.is_running(name)]
        enabled = [name for name in options["units"] if units.is_enabled(name)]
        there = [path for path in files if path.exists() or path.is_symlink()]
        if not module.check_mode:
            if running and options["behind"]:
                await_workers(options["behind"], options["patience"])
            if running:
                units.systemctl("stop", *running)
            if enabled:
                units.systemctl("disable", *enabled)
            for path in there:
                remove(path)
            for folder in map(Path, options["shared"]):
                if folder.is_dir() and not any(folder.iterdir()):
                    folder.rmdir()
            if there:
                units.systemctl("daemon-reload")
                units.systemctl("reset-failed")
    except units.UnitError as error:
        module.fail_json(msg=str(error))
    found = [f"{name} is running" for name in running]
    found += [f"{name} starts at boot" for name in enabled]
    found += [f"{path} is there" for path in there]
    module.exit_json(
        changed=bool(found),
        stopped=running,
        removed=[str(path) for path in there],
        diff={"before": "".join(f"{line}\n" for line in found), "after": ""},
    )


if __name__ == "__main__":
    main()
