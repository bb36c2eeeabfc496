"""The controller's backups: their names, manifests, checksums, listing and retention."""

from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
import time
from calendar import timegm
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ansible.module_utils.moztrap import dialect, table
from ansible.module_utils.moztrap.files import sha256_of, write_atomically

FORMAT = 1
MANIFEST = "manifest.json"
DUMP = "database.sql.zst"
MEDIA = "media.tar.gz"
PARTIAL = ".partial"
LATEST = "latest"
# What the last backup tells of the next one's size, and some more.
GROWTH = 1.25
MEGABYTE = 1 << 20

_REASON = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")
_NAME = re.compile(r"\d{8}T\d{6}Z-[A-Za-z0-9._-]+")
_TIME_IN_NAME = "%Y%m%dT%H%M%SZ"
_TIME_IN_MANIFEST = "%Y-%m-%dT%H:%M:%SZ"


class BackupError(Exception):
    """A backup cannot be made, found or trusted; the message names what and what to type."""


class UnderWayError(BackupError):
    """Another backup goes on."""


@dataclass(frozen=True)
class Backup:
    """One whole backup."""

    folder: Path
    manifest: Mapping[str, Any]

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def made_at(self) -> float:
        """When the dump began, in seconds since the epoch."""
        return timegm(time.strptime(str(self.manifest["time"]), _TIME_IN_MANIFEST))

    @property
    def size(self) -> int:
        """Bytes of all files that the manifest names."""
        return sum(int(entry["bytes"]) for entry in self.manifest["files"].values())

    @property
    def rows(self) -> int:
        return sum(int(entry["rows"]) for entry in self.manifest["tables"].values())


def new_name(reason: str, now: float) -> str:
    """The name of a backup that begins now."""
    if not _REASON.fullmatch(reason):
        raise BackupError(
            f"backup_reason is '{reason}', which is no part of a folder's name. Use letters, "
            "digits, dots, hyphens and underscores, as in -e backup_reason=before-upgrade."
        )
    return f"{time.strftime(_TIME_IN_NAME, time.gmtime(now))}-{reason}"


def time_of(name: str) -> str:
    """The time in a backup's name, as its manifest tells it."""
    moment = time.strptime(name.partition("-")[0], _TIME_IN_NAME)
    return time.strftime(_TIME_IN_MANIFEST, moment)


def read_all(store: Path) -> list[Backup]:
    """Every whole backup, the oldest first. What was interrupted is none."""
    if not store.is_dir():
        return []
    found = []
    for folder in sorted(store.iterdir()):
        if _NAME.fullmatch(folder.name) and not folder.name.endswith(PARTIAL):
            manifest = folder / MANIFEST
            if manifest.is_file():
                found.append(Backup(folder, _read_manifest(manifest)))
    return found


def _read_manifest(path: Path) -> dict[str, Any]:
    try:
        manifest: dict[str, Any] = json.loads(path.read_text())
    except ValueError as error:
        raise BackupError(
            f"{path} is no JSON ({error}), so that nothing is known of this backup. "
            f"Move {path.parent} elsewhere, and use another one."
        ) from error
    if manifest.get("format") != FORMAT:
        raise BackupError(
            f"{path} is of format {manifest.get('format')}; this version reads {FORMAT}. "
            "Use the version of MozTrap that made the backup."
        )
    return manifest


def find(store: Path, name: str) -> Backup:
    """The backup of this name, or the newest."""
    every = read_all(store)
    if not every:
        raise BackupError(
            f"There is no backup in {store}. Make one with: ansible-playbook playbooks/backup.yml"
        )
    if name == LATEST:
        return every[-1]
    for backup in every:
        if backup.name == name:
            return backup
    known = "\n".join(f"  - {backup.name}" for backup in every)
    raise BackupError(
        f"There is no whole backup '{name}' in {store}. Name one of these, or say latest:\n{known}"
    )


def begin(store: Path, name: str, process: int) -> tuple[Path, list[str]]:
    """Make the folder that a backup grows in; return it, and what lay about of earlier ones.

    `process` is whose work it is. Raises UnderWayError while somebody else's goes on.
    """
    store.mkdir(parents=True, exist_ok=True, mode=0o700)
    store.chmod(0o700)
    with _locked(store):
        left = sorted(store.glob(f"*{PARTIAL}"))
        for folder in left:
            owner = int(read_draft(folder).get("process", 0))
            if owner != process and _is_running(owner):
                raise UnderWayError(
                    f"Another backup goes on: {folder}, by process {owner} of this machine. Wait "
                    "until it has ended. If that process is no backup, remove the folder."
                )
        for folder in left:
            shutil.rmtree(folder)
        partial = store / f"{name}{PARTIAL}"
        partial.mkdir(mode=0o700)
        draft(partial, {"process": process})
    return partial, [folder.name for folder in left]


@contextmanager
def _locked(store: Path) -> Iterator[None]:
    """Two that begin at once look one after the other."""
    descriptor = os.open(store, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _is_running(process: int) -> bool:
    if process <= 0:
        return False
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def draft(partial: Path, manifest: Mapping[str, Any]) -> None:
    """Note what is known of a backup that still grows."""
    known = read_draft(partial) | dict(manifest)
    write_atomically(partial / MANIFEST, json.dumps(known).encode(), mode=0o600)


def read_draft(partial: Path) -> dict[str, Any]:
    """What was noted so far."""
    path = partial / MANIFEST
    found: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
    return found


def finish(partial: Path) -> Backup:
    """Describe every file in the folder, write the manifest, and show the backup in one rename."""
    manifest = read_draft(partial)
    manifest.pop("process", None)
    files = {}
    for path in sorted(partial.iterdir()):
        if path.name == MANIFEST:
            continue
        path.chmod(0o600)
        files[path.name] = {"bytes": path.stat().st_size, "sha256": sha256_of(path)}
    folder = partial.with_name(partial.name.removesuffix(PARTIAL))
    whole = {"format": FORMAT, "name": folder.name, "time": time_of(folder.name)}
    whole |= manifest | {"files": files}
    text = json.dumps(whole, indent=1) + "\n"
    write_atomically(partial / MANIFEST, text.encode(), mode=0o600)
    _sync_folder(partial)
    partial.rename(folder)
    _sync_folder(folder.parent)
    return Backup(folder, whole)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def verify(backup: Backup) -> None:
    """See that every file is there, whole and unchanged."""
    for name, entry in backup.manifest["files"].items():
        path = backup.folder / name
        problem = ""
        if not path.is_file():
            problem = "is missing"
        elif path.stat().st_size != entry["bytes"]:
            problem = f"has {path.stat().st_size} bytes instead of {entry['bytes']}"
        elif sha256_of(path) != entry["sha256"]:
            problem = "is not what was written: its SHA-256 differs from the manifest's"
        if problem:
            raise BackupError(
                f"{path} {problem}. Nothing was restored, and no host was touched. "
                "Restore another backup: -e restore_from=<name>."
            )


def prune(store: Path, keep: int) -> list[str]:
    """Remove the oldest backups beyond `keep`; never the newest. Return their names."""
    if keep < 1:
        raise BackupError(f"backup_keep is {keep}; the newest backup is always kept: set 1 or more")
    removed = [backup.folder for backup in read_all(store)[:-keep]]
    for folder in removed:
        # Out of sight first: what is removed half is no backup any more.
        doomed = folder.with_name(folder.name + PARTIAL)
        folder.rename(doomed)
        shutil.rmtree(doomed)
    return [folder.name for folder in removed]


def expected_size(backups: Sequence[Backup], data_bytes: int) -> int:
    """How large the dump of `data_bytes` of tables will be at most, as far as one can know."""
    if backups:
        last = backups[-1].manifest
        before = int(last.get("data_bytes", 0))
        if before:
            written = int(last["files"][DUMP]["bytes"])
            return int(data_bytes * written / before * GROWTH)
    return data_bytes


def require_kin(backup: Backup, host: str, server: str) -> None:
    """Refuse a dump that the server of a host cannot read, since another kind has written it."""
    wrote, reads = (dialect.of(version).name for version in (backup.manifest["server"], server))
    if wrote != reads:
        raise BackupError(
            f"{backup.name} is a dump of {wrote} ({backup.manifest['server']}), but {host} runs "
            f"{reads} ({server}), which does not read it. Nothing was changed. "
            'docs/operators/choices-database.md, "From one server to the other", tells the way.'
        )


def require_space(where: str, path: str, free: int, needed: int, reserve: int) -> None:
    """Refuse to begin what would fill a disk."""
    if free - needed >= reserve:
        return
    raise BackupError(
        f"The disk is short on {where}: {path} has {free // MEGABYTE} MB free, this needs about "
        f"{needed // MEGABYTE + 1} MB and leaves {reserve // MEGABYTE} MB untouched "
        "(backup_reserve_megabytes). Nothing was begun. Make room there, or lower backup_keep."
    )


def free_bytes(folder: Path) -> int:
    """Space that is free where a folder is, or will be."""
    while not folder.exists():
        folder = folder.parent
    return shutil.disk_usage(folder).free


def shrinkage(backups: Sequence[Backup]) -> str:
    """A warning if the newest backup holds far less than the one before; else nothing."""
    if len(backups) < 2 or backups[-1].rows * 2 >= backups[-2].rows:
        return ""
    before, newest = backups[-2], backups[-1]
    return (
        f"{newest.name} has {newest.rows} rows, {before.name} before it had {before.rows}. If "
        f"the site has lost something, restore by name: -e restore_from={before.name}"
    )


def listing(backups: Sequence[Backup], now: float) -> str:
    """A table of backups for people, the newest first."""
    if not backups:
        return "There is no backup yet."
    rows = [
        (
            backup.name,
            str(backup.manifest["reason"]),
            _age(now - backup.made_at),
            f"{backup.size / 1e6:.1f} MB",
            f"{backup.rows}",
        )
        for backup in reversed(backups)
    ]
    return "\n".join(table.render(("name", "reason", "age", "size", "rows"), rows, numbers_from=2))


def _age(seconds: float) -> str:
    for length, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= length:
            return f"{seconds / length:.0f} {unit}"
    return f"{max(seconds, 0):.0f} s"
