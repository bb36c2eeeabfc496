"""Reproducible archives: same content, same bytes."""

from __future__ import annotations

import gzip
import io
import tarfile
from collections.abc import Iterable
from pathlib import Path

# The earliest time a zip archive can hold, so that wheels built with it work too.
FIXED_TIME = 315532800


def pack(root: Path, paths: Iterable[str], target: Path, *, prefix: str = "") -> None:
    """Pack `paths` below `root` into `target` (.tar.gz): sorted, one owner, one time."""
    with (
        target.open("wb") as raw,
        gzip.GzipFile(filename="", mode="wb", compresslevel=6, fileobj=raw, mtime=0) as squeezed,
        tarfile.open(fileobj=squeezed, mode="w", format=tarfile.PAX_FORMAT) as archive,
    ):
        for path in sorted(paths):
            _add(archive, root / path, prefix + path)


def _add(archive: tarfile.TarFile, source: Path, name: str) -> None:
    entry = tarfile.TarInfo(name)
    entry.mtime = FIXED_TIME
    if source.is_symlink():
        entry.type = tarfile.SYMTYPE
        entry.linkname = str(source.readlink())
        archive.addfile(entry)
        return
    content = source.read_bytes()
    entry.size = len(content)
    entry.mode = 0o755 if source.stat().st_mode & 0o100 else 0o644
    archive.addfile(entry, io.BytesIO(content))


def unpack(archive_path: Path, target: Path) -> None:
    """Unpack into `target`, refusing entries that would leave it or are not plain."""
    with tarfile.open(archive_path, mode="r:gz") as archive:
        for entry in archive:
            _refuse_unsafe(entry)
            archive.extract(entry, target, set_attrs=False)
            if entry.isreg():
                (target / entry.name).chmod(entry.mode & 0o755)


def _refuse_unsafe(entry: tarfile.TarInfo) -> None:
    path = Path(entry.name)
    if path.is_absolute() or ".." in path.parts:
        raise ValueError(f"the archive holds {entry.name!r}, which lies outside its folder")
    if not (entry.isreg() or entry.issym()):
        raise ValueError(f"the archive holds {entry.name!r}, which is no plain file or link")
