"""Ask systemd of units, and tell it what to do with them."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from pathlib import Path

POLL_SECONDS = 0.02


class UnitError(Exception):
    """systemd refused, or a unit is not as it was asked to be; the message says which."""


def systemctl(*words: str) -> str:
    """What systemctl says; it must succeed."""
    done = subprocess.run(["systemctl", *words], capture_output=True, text=True, check=False)
    if done.returncode:
        raise UnitError(f"systemctl {' '.join(words)}: {(done.stderr or done.stdout).strip()}")
    return done.stdout


def shows(unit: str, property_name: str) -> str:
    """One property of a unit, which need not exist."""
    return systemctl("show", f"--property={property_name}", "--value", unit).strip()


def is_running(unit: str) -> bool:
    """Is it running, or on its way there or from there?"""
    return shows(unit, "ActiveState") in {"active", "reloading", "activating", "deactivating"}


def is_enabled(unit: str) -> bool:
    """Does it start at boot? Not so one that does not exist, or is there for others alone."""
    done = subprocess.run(
        ["systemctl", "is-enabled", unit], capture_output=True, text=True, check=False
    )
    return done.stdout.strip() in {"enabled", "enabled-runtime"}


def workers(unit: str, proc: Path = Path("/proc")) -> set[int]:
    """The processes that a service's main process has started and not yet seen end."""
    main = shows(unit, "MainPID")
    try:
        text = (proc / main / "task" / main / "children").read_text()
    except OSError:
        return set()
    return {int(word) for word in text.split()}


def wait(until: Callable[[], bool], seconds: float) -> bool:
    """Look again and again until it holds; false if it does not in that time."""
    deadline = time.monotonic() + seconds
    while not until():
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True


def last_words(unit: str) -> str:
    """The end of its journal, for a person to read."""
    return subprocess.run(
        ["journalctl", "--no-pager", "--quiet", "-n", "15", "-u", unit],
        capture_output=True,
        text=True,
        check=False,
    ).stdout.strip()
