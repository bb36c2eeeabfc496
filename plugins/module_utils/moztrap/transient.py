"""Run the migration in a transient systemd unit that outlives a killed controller.

The owner's credential and the settings of phase 1 lie in a folder on tmpfs that only
the unit's user reads, and that the unit itself removes when it ends, however it ends.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from ansible.module_utils.moztrap.deployment import LOCAL_SETTINGS
from ansible.module_utils.moztrap.environment import manage_command
from ansible.module_utils.moztrap.files import write_atomically

UNIT = "moztrap-migrate.service"
RUNTIME = Path("/run/moztrap-migrate")
LOG = Path("/var/log/moztrap-migrate.log")
OPTION_FILE = "owner.cnf"
RUNNING = {"active", "activating", "deactivating", "reloading"}
POLL_SECONDS = 0.3


class UnitError(Exception):
    """The unit could not be started, or did not end in time."""


@dataclass(frozen=True)
class Ended:
    """How the unit ended and what it said."""

    success: bool
    output: str


def prepare(folder: Path, user: str, owner_options: str) -> Path:
    """Lay out phase 1 on tmpfs: the release's code, its settings, the owner's option file.

    A copy, so that the release itself never holds settings of phase 1: whatever is
    interrupted, what goes live is what was rendered for it.
    """
    account = pwd.getpwnam(user)
    shutil.rmtree(RUNTIME, ignore_errors=True)
    RUNTIME.mkdir(mode=0o700)
    os.chown(RUNTIME, account.pw_uid, account.pw_gid)
    code = RUNTIME / "release"
    shutil.copytree(folder, code, symlinks=True)
    option_file = RUNTIME / OPTION_FILE
    write_atomically(
        option_file, owner_options.encode(), mode=0o600, uid=account.pw_uid, gid=account.pw_gid
    )
    settings = (folder / LOCAL_SETTINGS).read_text()
    phase_one = (
        f"{settings.rstrip()}\n\n"
        "# Phase 1: the owner's account, and init_command on. Gone when the migration ends.\n"
        f"MIGRATE_OPTION_FILE = {str(option_file)!r}\n"
    )
    write_atomically(
        code / LOCAL_SETTINGS,
        phase_one.encode(),
        mode=0o600,
        uid=account.pw_uid,
        gid=account.pw_gid,
    )
    return code


def start(code: Path, user: str, *arguments: str) -> int:
    """Start the unit; return where in the log its words begin."""
    LOG.touch(mode=0o640)
    begin = LOG.stat().st_size
    subprocess.run(["systemctl", "reset-failed", UNIT], capture_output=True, check=False)
    done = subprocess.run(
        [
            "systemd-run", "--quiet", f"--unit={UNIT}", "--service-type=exec",
            "--description=Migrate the database of MozTrap",
            f"--property=User={user}",
            f"--property=WorkingDirectory={code}",
            f"--property=ExecStopPost=+/bin/rm -rf {RUNTIME}",
            f"--property=StandardOutput=append:{LOG}",
            f"--property=StandardError=append:{LOG}",
            "--property=NoNewPrivileges=yes",
            "--property=UMask=0077",
            "--setenv=PYTHONUNBUFFERED=1",
            "--setenv=LANG=C.UTF-8",
            *manage_command(code, *arguments),
        ],
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    if done.returncode != 0:
        shutil.rmtree(RUNTIME, ignore_errors=True)
        raise UnitError(f"systemd refused the unit {UNIT}: {done.stderr.strip()}")
    return begin


def wait(begin: int, timeout: float) -> Ended:
    """Wait until the unit has ended and taken its credential with it."""
    deadline = time.monotonic() + timeout
    while is_running():
        if time.monotonic() > deadline:
            raise UnitError(
                f"The migration is still running after {timeout:.0f} s. It goes on by itself; "
                f"watch it on the host with: journalctl -fu {UNIT}; tail -f {LOG}. "
                "Then run the release again."
            )
        time.sleep(POLL_SECONDS)
    state = _property("Result")
    subprocess.run(["systemctl", "reset-failed", UNIT], capture_output=True, check=False)
    with LOG.open(encoding="utf-8", errors="replace") as stream:
        stream.seek(begin)
        output = stream.read()
    return Ended(state == "success", output)


def is_running() -> bool:
    """Is a migration under way, of this run or of an earlier one?"""
    return _property("ActiveState") in RUNNING


def sweep() -> bool:
    """Remove what a host that lost power mid-way may have left; tell whether there was any."""
    if RUNTIME.exists() and not is_running():
        shutil.rmtree(RUNTIME)
        return True
    return False


def _property(name: str) -> str:
    done = subprocess.run(
        ["systemctl", "show", "--value", f"--property={name}", UNIT],
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()
