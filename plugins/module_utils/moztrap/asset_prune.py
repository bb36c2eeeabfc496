"""Remove assets that no release needs any more, when their days of grace are over.

What needs a file is written down, never guessed from times of files: the manifests staged
on the server say which release has which files, and `references.json` says since when no
controller keeps that release. A release staged again is needed again.
"""

from __future__ import annotations

import os
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from ansible.module_utils.moztrap.asset_errors import AssetError
from ansible.module_utils.moztrap.asset_folder import AssetFolder
from ansible.module_utils.moztrap.asset_manifest import PROOFS
from ansible.module_utils.moztrap.asset_records import Records, Reference

MOST_NAMED = 20_000


@dataclass
class Pruned:
    """What was removed, or in a preview would be."""

    removed: list[str] = field(default_factory=list)
    releases: list[str] = field(default_factory=list)
    bytes: int = 0
    files: int = 0
    unexpected: list[str] = field(default_factory=list)
    changed: bool = False

    def as_dict(self) -> dict[str, Any]:
        """What the module returns."""
        return {
            "removed": self.removed[:MOST_NAMED],
            "count": len(self.removed),
            "releases": self.releases,
            "bytes": self.bytes,
            "files": self.files,
            "unexpected": self.unexpected[:MOST_NAMED],
            "changed": self.changed,
        }


def prune(
    folder: AssetFolder,
    records: Records,
    *,
    kept: Collection[str],
    grace_seconds: float,
    now: float,
    remove_unexpected: bool = False,
    dry_run: bool = False,
) -> Pruned:
    """Remove what only releases need whose grace is over; the caller holds the records.

    `kept` are the releases that the controller keeps. Files that no staged manifest names
    are listed, and removed only with `remove_unexpected`. Raises AssetError, with nothing
    removed, where it cannot be known what is needed.
    """
    staged = records.staged()
    if staged and not set(staged) & set(kept):
        raise AssetError(
            f"None of the releases staged in {folder.root} ({', '.join(sorted(staged))}) is kept "
            "by this controller. Nothing was removed: this would empty the server in the end. "
            "Run it where the artefacts are kept."
        )
    known = records.references()
    current = {
        release_id: _brought_up_to_date(known.get(release_id), release_id in kept, now)
        for release_id in staged
    }
    expired = sorted(
        release_id
        for release_id, reference in current.items()
        if reference.unreferenced_since is not None
        and now - max(reference.unreferenced_since, reference.staged_at) >= grace_seconds
    )
    needed = {
        path
        for release_id, manifest in staged.items()
        if release_id not in expired
        for path in manifest.by_path
    }
    once_needed = {path for release_id in expired for path in staged[release_id].by_path}
    markers = {f"{PROOFS}/{release_id}.txt" for release_id in staged}
    present = set(folder.files()) if folder.root.is_dir() else set()
    unexpected = sorted(present - needed - once_needed - markers)
    removed = sorted((once_needed - needed) & present)
    if remove_unexpected:
        removed += unexpected
    done = Pruned(
        removed=removed,
        releases=expired,
        bytes=sum(os.lstat(folder.root / path).st_size for path in removed),
        files=len(present - markers) - len(removed),
        unexpected=unexpected,
        changed=bool(removed or expired),
    )
    if dry_run:
        return done
    if current != known:
        records.write_references(current)
    folder.remove(removed)
    # Last: a run that is killed before finds here what it still has to remove.
    for release_id in expired:
        records.forget(release_id)
        del current[release_id]
    if expired:
        records.write_references(current)
    if done.changed:
        folder.sync()
    return done


def _brought_up_to_date(known: Reference | None, is_kept: bool, now: float) -> Reference:
    staged_at = known.staged_at if known else now
    if is_kept:
        return Reference(staged_at)
    since = known.unreferenced_since if known else None
    return Reference(staged_at, now if since is None else since)
