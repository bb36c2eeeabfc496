#!/usr/bin/python
"""Take, hold, give back, break or show the lock of a site."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.moztrap.lock import Lock, LockError, LockFile

DOCUMENTATION = r"""
module: moztrap_lock
short_description: One run at a time changes a site
description:
  - Runs on the first database host; its action plugin says who the run is.
  - Bookkeeping of a run is no change of the host; only C(broken) reports one.
options:
  step:
    description:
      - C(take) takes the lock, or renews it; C(hold) sees that it is still this run's and renews
        it; C(give) removes it if it is this run's; C(break) removes it, whoever has it; C(show)
        tells whose it is.
    choices: [take, hold, give, break, show]
    type: str
    required: true
  folder: {description: Where the site keeps its lock., type: path, required: true}
  token: {description: What tells this run from others., type: str, default: ""}
  owner: {description: Who runs it and where; to take., type: str, default: ""}
  reason: {description: What for; to take., type: str, default: ""}
  controller: {description: Which machine runs it; to take., type: str, default: ""}
  process: {description: Which process there; empty if it outlives the run., type: str, default: ""}
  ended: {description: The token of a run that is known to be over., type: str, default: ""}
  ttl: {description: Seconds without renewal after which others may take it., type: float}
"""

RETURN = r"""
lock: {description: Whose it is now; empty if nobody's., type: dict, returned: always}
shown: {description: The same in words., type: str, returned: always}
"""


def main() -> None:
    """Entry point."""
    text = {"type": "str", "default": ""}
    module = AnsibleModule(
        argument_spec={
            "step": {
                "type": "str",
                "required": True,
                "choices": ["take", "hold", "give", "break", "show"],
            },
            "folder": {"type": "path", "required": True},
            "token": {**text, "no_log": False},
            "ended": {**text, "no_log": False},
            "owner": text,
            "reason": text,
            "controller": text,
            "process": text,
            "ttl": {"type": "float", "default": 3600.0},
        },
        supports_check_mode=True,
    )
    file = LockFile(Path(module.params["folder"]))
    try:
        changed = act(module, file)
        found = file.read()
    except LockError as error:
        module.fail_json(msg=str(error))
    shown = found.describe(time.time()) if found else "Nobody holds the lock"
    lock = found.__dict__ if found else {}
    module.exit_json(changed=changed, lock=lock, shown=shown)


def act(module: AnsibleModule, file: LockFile) -> bool:
    """Do the step; tell whether it changed anything that is not bookkeeping."""
    options: dict[str, Any] = module.params
    step = options["step"]
    if step == "break":
        return file.path.exists() if module.check_mode else file.remove()
    if module.check_mode or step == "show":
        return False
    if step == "hold":
        file.hold(options["token"], time.time())
    elif step == "give":
        file.give_back(options["token"])
    else:
        take(module, file)
    return False


def take(module: AnsibleModule, file: LockFile) -> None:
    """Take the lock, and say whose it was if that run is over."""
    options: dict[str, Any] = module.params
    now = time.time()
    given = ("token", "owner", "reason", "controller", "process", "ttl")
    wanted = Lock(**{name: options[name] for name in given}, taken_at=now, renewed_at=now)
    before = file.take(wanted, ended=options["ended"])
    if before:
        module.warn(f"An earlier run did not give its lock back: {before.describe(now)}.")


if __name__ == "__main__":
    main()
