"""Run `site.yml` against a topology of the testbed and read what it says."""

import os
import re
import subprocess
import time
from dataclasses import dataclass

from testbed.paths import CHECKOUT, state_directory

_RECAP = re.compile(r"^(\S+)\s+: ok=(\d+)\s+changed=(\d+)\s+unreachable=(\d+)\s+failed=(\d+)", re.M)
_TASK = re.compile(r"^TASK \[", re.M)


@dataclass(frozen=True)
class Run:
    """One run: its wall-clock seconds, and tasks and changes as Ansible counted them."""

    seconds: float
    tasks: int
    changed: int


def play(name: str, *arguments: str, show_tasks: bool = False) -> Run:
    """Run it to the end; with `show_tasks` print where the time went.

    Raises RuntimeError with the run's last lines when it fails.
    """
    begin = time.monotonic()
    done = subprocess.run(
        [
            CHECKOUT / ".venv" / "bin" / "ansible-playbook",
            "-i",
            state_directory(name) / "inventory",
            "site.yml",
            *arguments,
        ],
        cwd=CHECKOUT,
        env={**os.environ, "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    seconds = time.monotonic() - begin
    if done.returncode != 0:
        raise RuntimeError("site.yml failed:\n" + "\n".join(done.stdout.splitlines()[-60:]))
    if show_tasks:
        print(done.stdout[done.stdout.rindex("PLAY RECAP") :])
    return Run(
        seconds=seconds,
        tasks=len(_TASK.findall(done.stdout)),
        changed=sum(int(found[2]) for found in _RECAP.findall(done.stdout)),
    )
