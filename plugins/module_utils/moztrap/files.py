"""Files and trees: digests, atomic writes, comparing a tree with its manifest."""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

CHUNK = 1 << 20
LINK_PREFIX = "link:"


def sha256_of(path: str | Path) -> str:
    """Hex SHA-256 of a file's content."""
    digest = hashlib.sha256()
    with open(path, "rb") as stream:
        while chunk := stream.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def fingerprint(path: Path) -> str:
    """What a tree manifest records of one entry: a link's target, or a file's digest."""
    if path.is_symlink():
        return LINK_PREFIX + os.readlink(path)
    return sha256_of(path)


def walk_files(root: Path) -> Iterable[str]:
    """Relative paths of all files and links below `root`; links are not followed."""
    for folder, directories, names in os.walk(root):
        base = Path(folder)
        for name in list(directories):
            if (base / name).is_symlink():
                directories.remove(name)
                names.append(name)
        for name in names:
            yield (base / name).relative_to(root).as_posix()


def tree_manifest(root: Path) -> dict[str, str]:
    """Fingerprints of everything below `root`, sorted by path."""
    return {path: fingerprint(root / path) for path in sorted(walk_files(root))}


def tree_differences(root: Path, manifest: Mapping[str, str]) -> dict[str, str]:
    """How the tree departs from its manifest: path → `missing`, `altered` or `foreign`.

    A file that others than its owner may write to counts as altered: whoever
    could write to it once could do so again.
    """
    found: dict[str, str] = {}
    seen = set()
    for path in walk_files(root):
        seen.add(path)
        wanted = manifest.get(path)
        if wanted is None:
            found[path] = "foreign"
        elif _differs(root / path, wanted):
            found[path] = "altered"
    for path in manifest:
        if path not in seen:
            found[path] = "missing"
    return dict(sorted(found.items()))


def _differs(path: Path, wanted: str) -> bool:
    status = path.lstat()
    if stat.S_ISLNK(status.st_mode):
        return wanted != LINK_PREFIX + os.readlink(path)
    if not stat.S_ISREG(status.st_mode) or status.st_mode & 0o022:
        return True
    return wanted != sha256_of(path)


def write_atomically(
    path: Path, content: bytes, *, mode: int = 0o644, uid: int = -1, gid: int = -1
) -> None:
    """Replace `path` in one rename, with owner and mode right from the start."""
    descriptor, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            os.fchown(stream.fileno(), uid, gid)
            os.fchmod(stream.fileno(), mode)
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def point_link(link: Path, target: str) -> None:
    """Make `link` point to `target` in one rename: at no moment is it absent."""
    temporary = link.with_name(f".{link.name}.{os.getpid()}")
    temporary.unlink(missing_ok=True)
    temporary.symlink_to(target)
    os.replace(temporary, link)


def copy_entry(source: Path, target: Path) -> None:
    """Copy one file or link atomically, creating the folders above it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.is_dir() and not target.is_symlink():
        shutil.rmtree(target)
    if source.is_symlink():
        point_link(target, os.readlink(source))
        return
    mode = 0o755 if source.stat().st_mode & 0o100 else 0o644
    write_atomically(target, source.read_bytes(), mode=mode)


def remove_entry(path: Path) -> None:
    """Remove a file, a link or a whole tree."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
