"""Name a release before it is built: a digest of everything that decides its bytes."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

RELEASE_ID_LENGTH = 12
# What a source tree that is no git checkout may hold besides source.
NOT_SOURCE_FOLDERS = frozenset(
    {
        "__pycache__",
        ".git",
        ".mypy_cache",
        ".pytest_cache",
        ".ruff_cache",
        "collected-assets",
        "htmlcov",
        "mail",
        "manifests",
        "media",
        "node_modules",
        "vendor",
    }
)
NOT_SOURCE_FILES = frozenset(
    {"db.sqlite3", ".coverage", "moztrap/release.json", "moztrap/settings/local.py"}
)


class SourceError(Exception):
    """The source tree cannot become a release; the message says what to do."""


@dataclass(frozen=True)
class Source:
    """A source tree: its files, where they come from and whether git knows them as they are."""

    root: Path
    files: tuple[str, ...]
    commit: str
    dirty: bool


def read_source(root: Path) -> Source:
    """List the source: what git tracks or would track, or else all files but leftovers."""
    if not (root / "manage.py").is_file():
        raise SourceError(
            f"{root} holds no manage.py, so it is not the application's source. "
            "Set artefact_source to the folder that holds it."
        )
    listed = _git(root, "ls-files", "--cached", "--others", "--exclude-standard", "-z", "--", ".")
    names = [name for name in (listed or "").split("\0") if name]
    if "manage.py" not in names:
        return Source(root, tuple(_walk(root)), commit="", dirty=False)
    files = sorted({name for name in names if os.path.lexists(root / name)})
    changes = _git(root, "status", "--porcelain", "--", ".") or ""
    commit = _git(root, "log", "-1", "--format=%H", "--", ".") or ""
    return Source(root, tuple(files), commit=commit.strip(), dirty=bool(changes.strip()))


def _git(root: Path, *arguments: str) -> str | None:
    """Output of a git command, or None where there is no git or no checkout."""
    # Whoever may run this playbook may read this tree, whoever owns it.
    command = ["git", "-c", f"safe.directory={root}", "-c", "safe.directory=*", "-C", str(root)]
    try:
        done = subprocess.run(
            [*command, *arguments], capture_output=True, text=True, check=False, timeout=60
        )
    except FileNotFoundError:
        return None
    return done.stdout if done.returncode == 0 else None


def _walk(root: Path) -> list[str]:
    found = []
    for folder, directories, names in os.walk(root):
        directories[:] = sorted(name for name in directories if name not in NOT_SOURCE_FOLDERS)
        for name in names:
            path = (Path(folder) / name).relative_to(root).as_posix()
            if path not in NOT_SOURCE_FILES and not name.endswith((".pyc", ".swp", "~")):
                found.append(path)
    return sorted(found)


def source_digest(source: Source) -> str:
    """Digest over names, content and the executable bit of every source file."""
    digest = hashlib.sha256()
    for name in source.files:
        path = source.root / name
        if path.is_symlink():
            kind, content = b"link", os.readlink(path).encode()
        else:
            kind = b"exec" if path.stat().st_mode & 0o100 else b"file"
            content = path.read_bytes()
        for part in (kind, name.encode(), hashlib.sha256(content).digest()):
            digest.update(len(part).to_bytes(4, "big") + part)
    return digest.hexdigest()


def recipe_digest(files: Sequence[Path]) -> str:
    """Digest of the code that builds: another recipe makes another release."""
    digest = hashlib.sha256()
    for path in sorted(files, key=lambda item: item.name):
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def platform_name(platform: Mapping[str, str]) -> str:
    """Say for what kind of host a release is built, as people name it."""
    return (
        f"{platform['distribution']} {platform['version']} with Python {platform['python']}"
        f" on {platform['architecture']}"
    )


def release_id(
    source: Source,
    *,
    build_settings: Mapping[str, Any],
    platform: Mapping[str, str],
    recipe: str,
) -> str:
    """The release's name. The locks are part of the source tree."""
    decisive = {
        "source": source_digest(source),
        "dirty": source.dirty,
        "build_settings": dict(build_settings),
        "platform": dict(platform),
        "recipe": recipe,
    }
    text = json.dumps(decisive, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:RELEASE_ID_LENGTH]
