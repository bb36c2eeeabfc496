"""A folder on this host, for a site of one web host.

Each value is a file, named after a digest of its key, whose time of change is when the
value ends (`NEVER`: it does not). It is replaced by a rename, so that no reader ever sees
half of it. Adding and counting take turns through a lock of the file system.
"""

import fcntl
import os
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

from moztrap.core.cache import base
from moztrap.core.cache.base import SignedCache
from moztrap.core.cache.signing import from_bytes, to_bytes

SUFFIX = ".value"
LOCK = "lock"
NEVER = 0.0
# One write in so many looks at the whole folder.
TIDY_EVERY = 50
UNFINISHED_PREFIX = "unfinished-"
UNFINISHED_AFTER = 3600
MODE = 0o700


class SignedFileCache(SignedCache):
    """`moztrap.core.cache.SignedFileCache` in CACHES, with LOCATION a folder of its own.

    OPTIONS: MAX_ENTRIES, and CULL_FREQUENCY: what is over is removed, and when that leaves
    too many, one value in so many, beginning with those that would end first.
    """

    def __init__(self, folder: str | Path, params: dict[str, Any]) -> None:
        super().__init__(params)
        self.folder = Path(folder).absolute()
        self._writes = 0

    def describe(self) -> str:
        """What keeps the values, for people."""
        return f"the folder {self.folder}"

    def _path(self, key: str) -> Path:
        return self.folder / f"{sha256(key.encode()).hexdigest()}{SUFFIX}"

    def fetch(self, keys: list[str]) -> dict[str, bytes | int]:
        """What is there of `keys`, and not over."""
        found = {}
        for key in keys:
            stored = self._read(self._path(key))
            if stored is not None:
                found[key] = stored[0]
        return found

    def store(self, entries: Mapping[str, bytes | int], expires: float | None) -> list[str]:
        """Keep all."""
        failed = []
        for key, sealed in entries.items():
            path = self._path(key)
            if expires is not None and expires <= time.time():
                kept = _remove(path) is not None
            else:
                kept = self._write(path, sealed, NEVER if expires is None else expires)
            if not kept:
                _remove(path)
                failed.append(key)
        self._tidy_now_and_then(len(entries))
        return failed

    def store_new(self, key: str, sealed: bytes | int, expires: float | None) -> bool:
        """Keep unless there."""
        with self._turn() as is_mine:
            if not is_mine or self._read(self._path(key)) is not None:
                return False
            return not self.store({key: sealed}, expires)

    def prolong(self, key: str, expires: float | None) -> bool:
        """Keep until then."""
        path = self._path(key)
        if self._read(path) is None:
            return False
        if expires is not None and expires <= time.time():
            return bool(_remove(path))
        try:
            _set_end(path, NEVER if expires is None else expires)
        except OSError:
            return False
        return True

    def forget(self, keys: list[str]) -> int:
        """Forget; how many were there."""
        were_there = self.fetch(keys)
        return sum(bool(_remove(self._path(key))) and key in were_there for key in keys)

    def count(self, key: str, delta: int) -> int | None:
        """Add to an integer that is there."""
        path = self._path(key)
        with self._turn() as is_mine:
            stored = self._read(path) if is_mine else None
            if stored is None or not isinstance(stored[0], int):
                return None
            value = stored[0] + delta
            return value if self._write(path, value, stored[1]) else None

    def forget_all(self) -> None:
        """Forget everything; files of others in the folder stay."""
        for entry in self._entries():
            _remove(Path(entry.path))

    def _read(self, path: Path) -> tuple[bytes | int, float] | None:
        """A value and when it ends; None when there is none, or it is over."""
        try:
            with path.open("rb") as stream:
                ends = os.fstat(stream.fileno()).st_mtime
                content = stream.read()
        except OSError:
            return None
        return None if _is_over(ends) else (from_bytes(content), ends)

    def _write(self, path: Path, sealed: bytes | int, ends: float) -> bool:
        unfinished = None
        try:
            self.folder.mkdir(mode=MODE, parents=True, exist_ok=True)
            descriptor, unfinished = tempfile.mkstemp(prefix=UNFINISHED_PREFIX, dir=self.folder)
            with open(descriptor, "wb") as stream:
                stream.write(to_bytes(sealed))
            _set_end(Path(unfinished), ends)
            os.replace(unfinished, path)
        except OSError:
            if unfinished is not None:
                _remove(Path(unfinished))
            return False
        return True

    @contextmanager
    def _turn(self) -> Iterator[bool]:
        """Nobody else adds or counts meanwhile; False when that was not to be had in time."""
        deadline = time.monotonic() + base.LONGEST_WAIT
        try:
            self.folder.mkdir(mode=MODE, parents=True, exist_ok=True)
            lock = os.open(self.folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError:
            yield False
            return
        try:
            while not (is_mine := _lock(lock)) and time.monotonic() < deadline:
                time.sleep(0.005)
            yield is_mine
        finally:
            # The lock goes with it.
            os.close(lock)

    def _tidy_now_and_then(self, writes: int) -> None:
        self._writes += writes
        if self._writes >= TIDY_EVERY:
            self._writes = 0
            self.tidy()

    def tidy(self) -> None:
        """Remove what is over, and more when that leaves too many."""
        kept: list[tuple[float, str]] = []
        for entry in self._entries():
            try:
                ends = entry.stat(follow_symlinks=False).st_mtime
            except OSError:
                continue
            if entry.name.startswith(UNFINISHED_PREFIX):
                # Left by a process that was killed in the middle of writing it.
                if ends != NEVER and ends < time.time() - UNFINISHED_AFTER:
                    _remove(Path(entry.path))
            elif _is_over(ends):
                _remove(Path(entry.path))
            else:
                kept.append((float("inf") if ends == NEVER else ends, entry.path))
        if len(kept) <= self._max_entries:
            return
        kept.sort()
        surplus = len(kept) // self._cull_frequency if self._cull_frequency else len(kept)
        for _, path in kept[: max(surplus, len(kept) - self._max_entries)]:
            _remove(Path(path))

    def _entries(self) -> list[os.DirEntry[str]]:
        try:
            with os.scandir(self.folder) as found:
                return [
                    entry
                    for entry in found
                    if entry.name.endswith(SUFFIX) or entry.name.startswith(UNFINISHED_PREFIX)
                ]
        except OSError:
            return []


def _lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _is_over(ends: float) -> bool:
    return ends != NEVER and ends <= time.time()


def _set_end(path: Path, ends: float) -> None:
    os.utime(path, (ends, ends))


def _remove(path: Path) -> bool | None:
    """Whether it was there; None when it cannot be removed."""
    try:
        path.unlink()
    except FileNotFoundError:
        return False
    except OSError:
        return None
    return True
