"""The deploy lock: one run at a time changes a site, whoever starts it from wherever.

It lies on the first database host, the one place that every controller of a site reaches.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from ansible.module_utils.moztrap.files import write_atomically

UNLOCK = "ansible-playbook -i {inventory} playbooks/unlock.yml"


class LockError(Exception):
    """The lock cannot be had, or was lost; the message says who has it and what to do."""


@dataclass(frozen=True)
class Lock:
    """Who holds the lock, and since when. Times are seconds of the database host's clock."""

    token: str
    owner: str
    reason: str
    controller: str
    process: str
    taken_at: float
    renewed_at: float
    ttl: float

    def expires_in(self, now: float) -> float:
        """Seconds until others may take it; negative once they may."""
        return self.renewed_at + self.ttl - now

    def describe(self, now: float) -> str:
        """Whose it is, for people."""
        since = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(self.taken_at))
        left = self.expires_in(now)
        until = f"it expires in {_span(left)}" if left > 0 else f"it expired {_span(-left)} ago"
        return (
            f"{self.owner} holds the lock since {since} for {self.reason}; it was renewed "
            f"{_span(now - self.renewed_at)} ago, and {until}"
        )


def _span(seconds: float) -> str:
    whole = max(int(seconds), 0)
    if whole < 120:
        return f"{whole} s"
    if whole < 7200:
        return f"{whole // 60} min"
    return f"{whole // 3600} h"


class LockFile:
    """The lock of one site, in a folder that belongs to root alone."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / "lock.json"

    def read(self) -> Lock | None:
        """Who holds it; nobody: nothing."""
        try:
            content = json.loads(self.path.read_text())
            return Lock(**content)
        except FileNotFoundError:
            return None
        except (ValueError, TypeError) as error:
            raise LockError(
                f"{self.path} cannot be read ({error}), so nobody knows who holds the lock. "
                f"See that no run is under way, then: {UNLOCK}"
            ) from error

    def take(self, wanted: Lock, *, ended: str = "") -> Lock | None:
        """Take it, or renew what is held by the same token; return whose it was before.

        `ended` is the token of a run that is known to be over. Raises `LockError` if
        somebody else holds it.
        """
        with self._alone():
            present = self.read()
            if present is None:
                self._write(wanted)
                return None
            if present.token == wanted.token:
                self._write(_renewed(present, wanted.renewed_at))
                return None
            if present.token != ended and present.expires_in(wanted.renewed_at) > 0:
                raise LockError(
                    f"{present.describe(wanted.renewed_at)}. Nothing was changed. Wait for that "
                    f"run to end; if you know that it is over: {UNLOCK}"
                )
            self._write(wanted)
            return present

    def hold(self, token: str, now: float) -> None:
        """See that it is still ours, and renew it; raises `LockError` if it is not."""
        with self._alone():
            present = self.read()
            if present is None:
                raise LockError(
                    "The lock of this run was broken: somebody ran playbooks/unlock.yml. What was "
                    "done so far stays as it is; nothing more is changed. Run again to go on."
                )
            if present.token != token:
                raise LockError(
                    f"The lock of this run was taken over: {present.describe(now)}. What was done "
                    "so far stays as it is; nothing more is changed."
                )
            self._write(_renewed(present, now))

    def give_back(self, token: str) -> bool:
        """Remove it if it is ours; tell whether it was."""
        with self._alone():
            present = self.read()
            if present is None or present.token != token:
                return False
            self.path.unlink()
            return True

    def remove(self) -> bool:
        """Remove it, whoever holds it, readable or not; tell whether there was one."""
        with self._alone():
            there = self.path.exists()
            self.path.unlink(missing_ok=True)
            return there

    def _write(self, lock: Lock) -> None:
        write_atomically(self.path, (json.dumps(asdict(lock)) + "\n").encode(), mode=0o600)

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(self.folder / ".turn", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)


def _renewed(lock: Lock, now: float) -> Lock:
    return Lock(**{**asdict(lock), "renewed_at": now})
