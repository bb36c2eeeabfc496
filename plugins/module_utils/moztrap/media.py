"""Media: pack what people have uploaded, unpack it beside what is there, exchange the two."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from ansible.module_utils.moztrap import archive
from ansible.module_utils.moztrap.files import remove_entry, sha256_of, walk_files

# Inside the media folder: it may be a file system of its own, and a rename stays in one.
RESTORED = ".restored"
FORMER = ".before_restore"
PARKING = ".parking"
PARKED = ".parked"
OURS = (RESTORED, FORMER, PARKING, PARKED)


@dataclass(frozen=True)
class Media:
    """How many files there are, how large together, and a checksum of paths and contents."""

    files: int
    bytes: int
    checksum: str

    def as_dict(self) -> dict[str, object]:
        """For a manifest."""
        return asdict(self)


class _HashingReader:
    """Passes a file on, and knows the digest of what passed."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self.digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        block = self._stream.read(size)
        self.digest.update(block)
        return block


def paths_in(root: Path) -> Iterator[str]:
    """Every plain file below, but what we keep aside there ourselves; sorted."""
    for path in sorted(walk_files(root)):
        if path.split("/", 1)[0] not in OURS and not (root / path).is_symlink():
            yield path


def measure(root: Path) -> tuple[int, int]:
    """How many files there are, and how large they are together."""
    sizes = []
    for path in paths_in(root):
        try:
            sizes.append((root / path).stat().st_size)
        except FileNotFoundError:
            continue  # Somebody removed it just now.
    return len(sizes), sum(sizes)


def pack(root: Path, target: Path) -> Media:
    """Pack all files; one that is removed meanwhile is left out."""
    digests: dict[str, str] = {}
    size = 0
    # Uploads are mostly compressed themselves: more effort would gain nothing.
    with tarfile.open(target, "w:gz", compresslevel=1, format=tarfile.PAX_FORMAT) as packed:
        for path in paths_in(root):
            try:
                stream = (root / path).open("rb")
            except FileNotFoundError:
                continue
            with stream:
                entry = packed.gettarinfo(arcname=path, fileobj=stream)
                entry.type = tarfile.REGTYPE
                entry.uid = entry.gid = 0
                entry.uname = entry.gname = ""
                reader = _HashingReader(stream)
                packed.addfile(entry, reader)
            digests[path] = reader.digest.hexdigest()
            size += entry.size
    return Media(len(digests), size, _checksum(digests))


def look(root: Path) -> Media:
    """The same of a folder as it is."""
    digests = {path: sha256_of(root / path) for path in paths_in(root)}
    return Media(len(digests), measure(root)[1], _checksum(digests))


def _checksum(digests: Mapping[str, str]) -> str:
    return hashlib.sha256(json.dumps(sorted(digests.items())).encode()).hexdigest()


def unpack(packed: Path, root: Path) -> Media:
    """Unpack beside what is there, owned as the media folder is; return what that gave."""
    target = root / RESTORED
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir()
    archive.unpack(packed, target)
    owner = root.stat()
    os.chown(target, owner.st_uid, owner.st_gid)
    for folder, directories, names in os.walk(target):
        for name in directories:
            path = Path(folder, name)
            path.chmod(0o750)
            os.chown(path, owner.st_uid, owner.st_gid)
        for name in names:
            os.chown(Path(folder, name), owner.st_uid, owner.st_gid)
    return look(target)


def exchange(root: Path, source: str) -> None:
    """Put what lies in `source` (RESTORED or FORMER) into its place, and keep what was there.

    Safe to repeat after an interruption: what was there first is never mixed with anything.
    """
    parking, parked = root / PARKING, root / PARKED
    if parked.is_dir():
        # Interrupted while the other files came: those come again.
        for entry in _entries(root):
            remove_entry(entry)
    else:
        parking.mkdir(mode=0o750, exist_ok=True)
        _move_all(root, parking)
        parking.rename(parked)
    _move_all(root / source, root)
    shutil.rmtree(root / source)
    shutil.rmtree(root / FORMER, ignore_errors=True)
    parked.rename(root / FORMER)


def _entries(folder: Path) -> list[Path]:
    return [entry for entry in sorted(folder.iterdir()) if entry.name not in OURS]


def _move_all(source: Path, target: Path) -> None:
    for entry in _entries(source):
        entry.rename(target / entry.name)


def forget(root: Path, *names: str) -> bool:
    """Remove what was kept aside; tell whether there was anything."""
    there = [root / name for name in names if (root / name).exists()]
    for folder in there:
        shutil.rmtree(folder)
    return bool(there)
