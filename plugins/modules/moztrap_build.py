#!/usr/bin/python
"""Build the release's artefact and assets on the build host, beside whatever else goes on."""

from __future__ import annotations

import shutil
from functools import partial
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.moztrap.background import Progress, begin, look
from ansible.module_utils.moztrap.build import PHASES, Plan
from ansible.module_utils.moztrap.store import BUILT_FILES

DOCUMENTATION = r"""
module: moztrap_build
short_description: Build MozTrap's artefact and assets from a source archive
description:
  - Builds in a process of its own that drops to an unprivileged user first and outlives this
    module and its connection. Installs exactly what the lock names, collects and compresses the
    assets, and packs both so that the same input gives the same bytes.
options:
  step:
    description:
      - C(begin) starts the build, unless it is under way or done.
      - C(wait) returns when the phase is no longer I(seen) or some seconds have passed.
    type: str
    required: true
  release_id: {description: The release's name., type: str, required: true}
  folder: {description: Where to build; the result is in C(output/<release id>)., type: path}
  seen: {description: The phase that the caller knows of., type: str, default: ""}
  source: {description: The source archive on this host; to begin., type: path}
  user: {description: The unprivileged user; to begin., type: str}
  installed_root: {description: Where the artefact will be unpacked; to begin., type: path}
  static_url: {description: STATIC_URL of the site; to begin., type: str}
  environment:
    description: How the artefact carries its packages, C(venv) or C(vendor); to begin.
    type: str
  description: {description: What release.json says; to begin., type: dict}
"""

RETURN = r"""
state: {description: C(running), C(done), C(failed) or C(absent)., type: str, returned: always}
phase: {description: Which part of the build is under way., type: str, returned: always}
"""

WAIT_SECONDS = 15.0
# Not in the builder's own folder: what root reads and writes there could be made a trap.
NOTES = Path("/run/moztrap-build")


def main() -> None:
    """Entry point."""
    module = AnsibleModule(
        argument_spec={
            "step": {"type": "str", "required": True, "choices": ["begin", "wait"]},
            "release_id": {"type": "str", "required": True},
            "folder": {"type": "path", "required": True},
            "seen": {"type": "str", "default": ""},
            "source": {"type": "path"},
            "user": {"type": "str"},
            "installed_root": {"type": "path"},
            "static_url": {"type": "str"},
            "environment": {"type": "str", "choices": ["venv", "vendor"]},
            "description": {"type": "dict"},
        },
        required_if=[
            (
                "step",
                "begin",
                ["source", "user", "installed_root", "static_url", "environment", "description"],
            )
        ],
    )
    options = module.params
    folder = Path(options["folder"])
    progress = Progress(NOTES, options["release_id"])
    if options["step"] == "begin":
        begun = start(options, folder, progress)
        module.exit_json(changed=begun, **look(progress).as_dict())
    module.exit_json(changed=False, **look(progress, options["seen"], WAIT_SECONDS).as_dict())


def start(options: dict[str, Any], folder: Path, progress: Progress) -> bool:
    """Have the build under way or done; tell whether it was started now."""
    output = folder / "output" / options["release_id"]
    if look(progress).state == "done" and all((output / name).is_file() for name in BUILT_FILES):
        return False
    source = NOTES / f"{options['release_id']}.tar.gz"
    plan = Plan(
        release_id=options["release_id"],
        source=source,
        work=folder / "work" / options["release_id"],
        output=output,
        installed_root=options["installed_root"],
        static_url=options["static_url"],
        environment=options["environment"],
        description=options["description"],
    )

    def prepare() -> None:
        # Out of root's temporary folder, to where the builder may read.
        shutil.copyfile(options["source"], source)
        source.chmod(0o644)

    return begin(
        progress,
        user=options["user"],
        prepare=prepare,
        phases={name: partial(run, plan) for name, (_, run) in PHASES.items()},
        clean_up=partial(source.unlink, missing_ok=True),
    )


if __name__ == "__main__":
    main()
