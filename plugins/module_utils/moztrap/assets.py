"""The asset manifest: what the site's static files are, byte for byte."""

from __future__ import annotations

import gzip
import json
import mimetypes
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ansible.module_utils.moztrap.files import sha256_of, walk_files

COMPRESSED_SUFFIXES = {".gz": "gzip", ".br": "br"}
# Smaller bodies fit one packet anyway.
WORTH_COMPRESSING = 256
COMPRESSIBLE = (
    "text/",
    "application/javascript",
    "application/json",
    "application/manifest+json",
    "image/svg+xml",
)
# Where the machine's own table of types differs from host to host, ours decides.
CONTENT_TYPES = {
    ".css": "text/css",
    ".html": "text/html",
    ".ico": "image/vnd.microsoft.icon",
    ".js": "text/javascript",
    ".json": "application/json",
    ".map": "application/json",
    ".mjs": "text/javascript",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".woff": "font/woff",
    ".woff2": "font/woff2",
}


@dataclass(frozen=True)
class Asset:
    """One file below STATIC_URL."""

    path: str
    size: int
    sha256: str
    content_type: str
    immutable: bool


def content_type_of(path: str) -> str:
    """The content type a server must give; of a precompressed twin, its original's."""
    bare = Path(path)
    if bare.suffix in COMPRESSED_SUFFIXES:
        bare = bare.with_suffix("")
    known = CONTENT_TYPES.get(bare.suffix.lower())
    return known or mimetypes.guess_type(bare.name)[0] or "application/octet-stream"


def write_gzip_twins(root: Path) -> list[str]:
    """Write `.gz` beside every text that gets smaller by it; return all paths worth a twin."""
    worth = [path for path in sorted(walk_files(root)) if _is_worth_a_twin(root, path)]
    for path in worth:
        content = (root / path).read_bytes()
        squeezed = gzip.compress(content, compresslevel=9, mtime=0)
        if len(squeezed) < len(content):
            (root / (path + ".gz")).write_bytes(squeezed)
    return worth


def _is_worth_a_twin(root: Path, path: str) -> bool:
    return (
        not _is_twin(path)
        and content_type_of(path).startswith(COMPRESSIBLE)
        and (root / path).stat().st_size >= WORTH_COMPRESSING
    )


def describe(root: Path, hashed: Iterable[str]) -> list[Asset]:
    """Every file below `root`; `hashed` names those whose name changes with their content."""
    immutable = set(hashed)
    assets = []
    for path in sorted(walk_files(root)):
        original = str(Path(path).with_suffix("")) if _is_twin(path) else path
        assets.append(
            Asset(
                path=path,
                size=(root / path).stat().st_size,
                sha256=sha256_of(root / path),
                content_type=content_type_of(path),
                immutable=original in immutable,
            )
        )
    return assets


def _is_twin(path: str) -> bool:
    return Path(path).suffix in COMPRESSED_SUFFIXES


def to_json(release_id: str, assets: Iterable[Asset]) -> str:
    """The manifest as it is kept and shipped."""
    files = [asdict(asset) for asset in assets]
    return json.dumps({"release_id": release_id, "files": files}, indent=1, sort_keys=True) + "\n"


def from_json(text: str) -> tuple[str, list[Asset]]:
    """Release id and assets of a manifest."""
    content: dict[str, Any] = json.loads(text)
    return content["release_id"], [Asset(**entry) for entry in content["files"]]
