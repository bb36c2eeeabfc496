"""Remove old deployments and artefacts that nothing refers to any more."""

from __future__ import annotations

import shutil
from collections.abc import Collection
from pathlib import Path


def prune(
    home: Path, keep: int, referenced: Collection[str], releases_needed: Collection[str] = ()
) -> list[str]:
    """Keep what is referenced and the `keep` newest others; return what was removed.

    `referenced` names deployments; of a release in `releases_needed` the newest one stays.

    Newest by the folder's own change time, which unpacking and renaming set; a
    deployment that is live or was before is never judged by it.
    """
    releases = home / "releases"
    newest_first = sorted(
        _folders(releases), key=lambda folder: folder.stat().st_ctime, reverse=True
    )
    kept = set(referenced)
    for release in releases_needed:
        own = [folder.name for folder in newest_first if release_of(folder.name) == release]
        if not kept & set(own):
            kept.update(own[:1])
    others = [folder for folder in newest_first if folder.name not in kept]
    removed = [f"releases/{folder.name}" for folder in others[keep:]]
    for folder in others[keep:]:
        shutil.rmtree(folder)
    needed = {release_of(folder.name) for folder in _folders(releases)}
    for folder in _folders(home / "artefacts"):
        if folder.name not in needed:
            shutil.rmtree(folder)
            removed.append(f"artefacts/{folder.name}")
    return removed


def release_of(deployment: str) -> str:
    """The release that a deployment is of."""
    return deployment.rpartition("-")[0]


def _folders(parent: Path) -> list[Path]:
    """Whole folders; those that begin with a dot are under construction."""
    if not parent.is_dir():
        return []
    return [
        entry
        for entry in sorted(parent.iterdir())
        if entry.is_dir() and not entry.is_symlink() and not entry.name.startswith(".")
    ]
