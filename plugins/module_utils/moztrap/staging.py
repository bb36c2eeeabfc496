"""The folder on a host in which backups wait to be fetched, or to be restored."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

FOLDER = Path("/var/lib/moztrap-backup")
# One host may hold all of them, and one must not sweep another's.
DATABASE = FOLDER / "database"
MEDIA = FOLDER / "media"
RESTORED_DATABASE = FOLDER / "restored-database"
RESTORED_MEDIA = FOLDER / "restored-media"


def make(reader: Path, parent: Path) -> Path:
    """Make a folder that only root and the owner of `reader` may enter; sweep earlier ones."""
    sweep(parent)
    # Others pass through, and see nothing.
    for passage in (parent.parent, parent):
        passage.mkdir(exist_ok=True)
        passage.chmod(0o711)
    folder = Path(tempfile.mkdtemp(dir=parent))
    owner = reader.stat()
    os.chown(folder, owner.st_uid, owner.st_gid)
    return folder


def sweep(parent: Path) -> bool:
    """Remove what is left, of runs that were killed too; tell whether there was anything."""
    left = list(parent.iterdir()) if parent.is_dir() else []
    for entry in left:
        shutil.rmtree(entry)
    return bool(left)


def free_bytes(parent: Path = FOLDER) -> int:
    """Space for what will be staged; the host may never have had a backup."""
    return shutil.disk_usage(parent if parent.is_dir() else parent.parent).free
