"""A run that is watched: something happens to it, or to its hosts, when it comes to a task."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from tests.helpers.playbook import REPOSITORY, Run, ansible_environment

PATIENCE_SECONDS = 1800


def run_watched(
    inventory: Path,
    playbook: str,
    *arguments: str,
    task: str,
    act: Callable[[subprocess.Popen[str]], None],
    occurrence: int = 1,
) -> Run:
    """Run a playbook to its end; call `act` when a task begins for that time."""
    program = Path(sys.executable).with_name("ansible-playbook")
    command = (
        *(str(program), "-i", str(inventory), playbook),
        *("-e", "release_dirty=true", *arguments),
    )
    process = subprocess.Popen(
        command,
        cwd=REPOSITORY,
        # Else the header of a task waits for the first host that has done it.
        env=ansible_environment()
        | {"PYTHONUNBUFFERED": "1", "ANSIBLE_DISPLAY_SKIPPED_HOSTS": "true"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    too_long = threading.Timer(PATIENCE_SECONDS, lambda: kill(process))
    too_long.start()
    seen = 0
    lines = []
    assert process.stdout is not None
    for line in process.stdout:
        lines.append(line)
        if line.startswith(("TASK [", "RUNNING HANDLER [")) and task in line:
            seen += 1
            if seen == occurrence:
                act(process)
    process.wait()
    too_long.cancel()
    run = Run(command, process.returncode, "".join(lines))
    assert seen >= occurrence, f"the run never came to {task!r}: {run.explain()}"
    return run


def kill(process: subprocess.Popen[str]) -> None:
    """Kill the controller and every child of it, as a power cut would."""
    os.killpg(process.pid, signal.SIGKILL)
