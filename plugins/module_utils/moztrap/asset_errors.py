"""Failures of a static server's disk, told by name, with what to do."""

from __future__ import annotations

import errno
from pathlib import Path


class AssetError(Exception):
    """Assets cannot be read, written, proven or removed; the message says what to do."""


_REMEDIES = {
    errno.ENOSPC: (
        "the disk is full",
        "Make room (playbooks/prune.yml removes what no release refers to) and run it again",
    ),
    errno.EDQUOT: ("the quota is used up", "Raise it and run it again"),
    errno.EROFS: (
        "it is mounted read-only",
        "Look at the host's journal for a failing disk, mount it writable and run it again",
    ),
    errno.EACCES: ("it may not be written", "Look at its owner, its mode and its mount"),
    errno.EPERM: (
        "it may not be changed",
        "Look for an attribute (lsattr) or a mount that forbids it",
    ),
    errno.EIO: ("the disk fails", "Look at the host's journal and replace the disk"),
}


def explained(error: OSError, path: str | Path) -> AssetError:
    """The same failure as people read it."""
    what, remedy = _REMEDIES.get(
        error.errno or 0, (error.strerror or str(error), "Put that right and run it again")
    )
    return AssetError(
        f"{path} could not be written: {what}. {remedy}; what was written before is whole and "
        "is not sent again."
    )
