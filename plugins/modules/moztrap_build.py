#!/usr/bin/python
"""Build the release's artefact and assets on the build host."""

from __future__ import annotations

import os
import pwd
import shutil
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.moztrap.build import PHASES, BuildError, Plan

DOCUMENTATION = r"""
module: moztrap_build
short_description: Build MozTrap's artefact and assets from a source archive
description:
  - Drops to an unprivileged user first. Installs exactly what the lock names, collects and
    compresses the assets, and packs both so that the same input gives the same bytes.
options:
  phase: {description: Which part of the build., type: str, required: true}
  release_id: {description: The release's name., type: str, required: true}
  source: {description: The source archive on this host., type: path}
  folder: {description: Where to build; the result is in C(output/<release id>)., type: path}
  user: {description: The unprivileged user., type: str, required: true}
  installed_root: {description: Where the artefact will be unpacked., type: path, required: true}
  static_url: {description: STATIC_URL of the site., type: str, required: true}
  description: {description: What release.json says., type: dict, required: true}
"""


def main() -> None:
    """Entry point."""
    module = AnsibleModule(
        argument_spec={
            "phase": {"type": "str", "required": True, "choices": list(PHASES)},
            "release_id": {"type": "str", "required": True},
            "source": {"type": "path", "required": True},
            "folder": {"type": "path", "required": True},
            "user": {"type": "str", "required": True},
            "installed_root": {"type": "path", "required": True},
            "static_url": {"type": "str", "required": True},
            "description": {"type": "dict", "required": True},
        },
    )
    options = module.params
    folder = Path(options["folder"])
    output = folder / "output" / options["release_id"]
    source = folder / f"source-{options['release_id']}.tar.gz"
    # Out of root's temporary folder, to where the builder may read.
    shutil.copyfile(options["source"], source)
    source.chmod(0o644)
    plan = Plan(
        release_id=options["release_id"],
        source=source,
        work=folder / "work" / options["release_id"],
        output=output,
        installed_root=options["installed_root"],
        static_url=options["static_url"],
        description=options["description"],
    )
    what, run = PHASES[options["phase"]]
    problem = run_as(options["user"], lambda: run(plan))
    if problem:
        module.fail_json(msg=f"The build stopped while {what}: {problem}")
    module.exit_json(changed=True)


def run_as(user: str, work: Callable[[], None]) -> str:
    """Do the work in a child that is `user` for good; return what went wrong, or nothing."""
    account = pwd.getpwnam(user)
    receiving, sending = os.pipe()
    child = os.fork()
    if child == 0:
        _be_child(account, sending, work)
    os.close(sending)
    with os.fdopen(receiving, encoding="utf-8", errors="replace") as stream:
        problem = stream.read()
    _, status = os.waitpid(child, 0)
    if status and not problem:
        return f"the build process ended with status {status}"
    return problem


def _be_child(account: pwd.struct_passwd, sending: int, work: Callable[[], None]) -> NoReturn:
    code = 0
    try:
        os.umask(0o022)
        os.chdir(account.pw_dir)
        os.initgroups(account.pw_name, account.pw_gid)
        os.setgid(account.pw_gid)
        os.setuid(account.pw_uid)
        work()
    except BuildError as error:
        code = 1
        os.write(sending, str(error).encode())
    except BaseException:
        # Nothing may return into the parent's code from here.
        code = 1
        os.write(sending, traceback.format_exc().encode())
    os._exit(code)


if __name__ == "__main__":
    main()
