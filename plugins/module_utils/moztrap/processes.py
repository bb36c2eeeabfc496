"""Replace the application's processes one by one, so that one always takes requests."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

POLL_SECONDS = 0.05
# A new process imports the application before it takes requests.
SETTLE_SECONDS = 0.2


class StuckError(Exception):
    """A process did not end, or none took its place."""


def find(name: str, proc: Path = Path("/proc")) -> set[int]:
    """Processes that show this name as their program."""
    found = set()
    for folder in proc.iterdir():
        if not folder.name.isdigit():
            continue
        try:
            command = (folder / "cmdline").read_bytes()
        except OSError:
            continue  # It ended meanwhile.
        # The server writes the name over the first argument and leaves the others.
        if command.split(b"\0")[0].strip().decode(errors="replace") == name:
            found.add(int(folder.name))
    return found


def started(process: int, proc: Path = Path("/proc")) -> float | None:
    """When a process began, as file times are counted; nothing if it has ended."""
    try:
        text = (proc / str(process) / "stat").read_text()
    except OSError:
        return None
    # The second field is the program's name, which may hold anything.
    ticks = int(text.rpartition(")")[2].split()[19])
    age = time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / os.sysconf("SC_CLK_TCK")
    return time.time() - age


def replace(name: str, timeout: float) -> int:
    """Signal each process in turn and wait for its successor; return how many there were.

    On SIGUSR1 a process takes no further request, answers those it has, and ends; the
    server starts another. Meanwhile the others, and the socket's queue, take requests.
    """
    before = find(name)
    for process in sorted(before):
        known = find(name)
        try:
            os.kill(process, signal.SIGUSR1)
        except ProcessLookupError:
            continue
        _await_successor(name, process, known, timeout)
    return len(before)


def _await_successor(name: str, process: int, known: set[int], timeout: float) -> None:
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        now = find(name)
        if process not in now and now - known:
            time.sleep(SETTLE_SECONDS)
            return
        time.sleep(POLL_SECONDS)
    raise StuckError(
        f"Process {process} of {name} was asked to end, but after {timeout:.0f} s it had not, "
        "or none had taken its place"
    )
