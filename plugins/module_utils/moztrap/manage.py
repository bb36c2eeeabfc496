"""Run a deployment's manage.py as one of its users."""

from __future__ import annotations

import grp
import json
import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ansible.module_utils.moztrap.environment import manage_command


class ManageError(Exception):
    """manage.py cannot be run; the message says why."""


@dataclass(frozen=True)
class Outcome:
    """How a command ended."""

    code: int
    output: str
    errors: str

    @property
    def words(self) -> str:
        """What it said last, for people."""
        return "\n".join((self.output + self.errors).strip().splitlines()[-30:])

    def report(self) -> dict[str, Any]:
        """The JSON object on its last line of that form; empty when there is none."""
        return report_in(self.output)


def report_in(output: str) -> dict[str, Any]:
    """The last line of the output that is a JSON object."""
    for line in reversed(output.splitlines()):
        if line.startswith("{") and line.endswith("}"):
            try:
                found = json.loads(line)
            except ValueError:
                continue
            if isinstance(found, dict):
                return found
    return {}


def manage(
    folder: Path, user: str, *arguments: str, standard_input: str = "", timeout: float = 600
) -> Outcome:
    """Run manage.py as `user`, without anything of this process's environment."""
    try:
        account = pwd.getpwnam(user)
    except KeyError as error:
        raise ManageError(
            f"There is no user {user!r} on this host. "
            "Run the provisioning part first: ansible-playbook site.yml"
        ) from error
    groups = [entry.gr_gid for entry in grp.getgrall() if user in entry.gr_mem]
    try:
        done = subprocess.run(
            manage_command(folder, *arguments),
            cwd=folder,
            env={"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "LANG": "C.UTF-8"},
            user=account.pw_uid,
            group=account.pw_gid,
            extra_groups=groups,
            umask=0o022,
            input=standard_input,
            capture_output=True,
            text=True,
            check=False,
            timeout=timeout,
        )
    except FileNotFoundError as error:
        raise ManageError(f"{error.filename} is not there: the deployment is damaged") from error
    except subprocess.TimeoutExpired as error:
        raise ManageError(
            f"manage.py {' '.join(arguments)} took longer than {timeout:.0f} s"
        ) from error
    return Outcome(done.returncode, done.stdout, done.stderr)


def is_live(home: Path, folder: Path) -> bool:
    """Is this deployment the one that serves?"""
    current = home / "current"
    return current.is_symlink() and os.path.realpath(current) == str(folder)
