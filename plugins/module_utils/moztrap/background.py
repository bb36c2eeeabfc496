"""Work that goes on after the module that began it: who does it, how far it is, how it ended.

A lock says that it is under way, and only that: the kernel takes it from whoever ends,
however they end. A file beside it says which phase was reached, and the last words.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import pwd
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NoReturn

from ansible.module_utils.moztrap.files import write_atomically

POLL_SECONDS = 0.2
# Whoever looks holds the lock for a moment: longer than that, it is the work itself.
LOOK_SECONDS = 1.0
DONE = "done"


@dataclass(frozen=True)
class State:
    """`state` is running, done, failed or absent (never begun, or killed)."""

    state: str
    phase: str = ""
    problem: str = ""

    def as_dict(self) -> dict[str, str]:
        """For a module's result."""
        return asdict(self)


@dataclass(frozen=True)
class Progress:
    """Where root notes how far the work of one name is; the folder is root's alone to change."""

    folder: Path
    name: str

    @property
    def lock(self) -> Path:
        return self.folder / f"{self.name}.lock"

    @property
    def notes(self) -> Path:
        return self.folder / f"{self.name}.json"

    def note(self, phase: str, problem: str = "") -> None:
        """Say which phase has begun, or what went wrong in it."""
        text = json.dumps({"phase": phase, "problem": problem})
        write_atomically(self.notes, text.encode(), mode=0o600)

    def read(self) -> tuple[str, str]:
        """The last phase that was noted, and its problem."""
        try:
            notes = json.loads(self.notes.read_text())
        except FileNotFoundError:
            return "", ""
        return str(notes["phase"]), str(notes["problem"])


def look(progress: Progress, seen: str = "", patience: float = 0.0) -> State:
    """How far the work is; waits `patience` seconds for it to leave the phase `seen`."""
    deadline = time.monotonic() + patience
    while True:
        # In this order: what ends between the two questions has left its notes.
        running = _is_running(progress)
        phase, problem = progress.read()
        if not running:
            kind = "failed" if problem else DONE if phase == DONE else "absent"
            return State(kind, phase, problem)
        if phase != seen or time.monotonic() >= deadline:
            return State("running", phase)
        time.sleep(POLL_SECONDS)


def begin(
    progress: Progress,
    *,
    user: str,
    prepare: Callable[[], None],
    phases: Mapping[str, Callable[[], None]],
    clean_up: Callable[[], None],
) -> bool:
    """Do `prepare` here, the phases as `user` in a process of their own, then `clean_up` as root.

    Returns at once; False when the work is under way already.
    """
    account = pwd.getpwnam(user)
    progress.folder.mkdir(mode=0o755, exist_ok=True)
    descriptor = os.open(progress.lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        if not _is_locked_by(descriptor):
            return False
        prepare()
        progress.note("")
        # The child's copy of the descriptor keeps the lock.
        if os.fork() == 0:
            _supervise(progress, account, phases, clean_up)
    finally:
        os.close(descriptor)
    return True


def _is_locked_by(descriptor: int) -> bool:
    deadline = time.monotonic() + LOOK_SECONDS
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                return False
            time.sleep(POLL_SECONDS / 4)
        else:
            return True


def _is_running(progress: Progress) -> bool:
    try:
        descriptor = os.open(progress.lock, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def _supervise(
    progress: Progress,
    account: pwd.struct_passwd,
    phases: Mapping[str, Callable[[], None]],
    clean_up: Callable[[], None],
) -> NoReturn:
    """Be the process that root's notes come from; never return into the module's code."""
    with _left_for_good():
        os.setsid()
        nowhere = os.open(os.devnull, os.O_RDWR)
        for standard in (0, 1, 2):
            os.dup2(nowhere, standard)
        for phase, work in phases.items():
            progress.note(phase)
            problem = run_as(account, work)
            if problem:
                progress.note(phase, problem)
                break
        else:
            progress.note(DONE)
        clean_up()
    os._exit(0)


@contextlib.contextmanager
def _left_for_good() -> Iterator[None]:
    try:
        yield
    except BaseException:
        # Nobody is left to hear of it: without its last note the work counts as killed.
        os._exit(1)


def run_as(account: pwd.struct_passwd, work: Callable[[], None]) -> str:
    """Do the work in a child that is `account` for good; return what went wrong, or nothing."""
    receiving, sending = os.pipe()
    child = os.fork()
    if child == 0:
        _be_child(account, sending, work)
    os.close(sending)
    with os.fdopen(receiving, encoding="utf-8", errors="replace") as stream:
        problem = stream.read()
    _, status = os.waitpid(child, 0)
    if status and not problem:
        return f"the process ended with status {status}"
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
    except BaseException as error:
        # Nothing may return into the parent's code from here.
        code = 1
        said = str(error) if isinstance(error, WorkError) else traceback.format_exc()
        os.write(sending, said.encode())
    os._exit(code)


class WorkError(Exception):
    """A step failed; the message says all that there is to say."""
