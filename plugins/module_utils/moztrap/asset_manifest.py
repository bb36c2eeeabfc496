"""A release's signed list of assets, read strictly: names decide where bytes are written."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ansible.module_utils.moztrap.assets import Asset

# Below STATIC_URL, but no asset: proof markers. Names that begin with a dot are never served.
PROOFS = "proofs"
RELEASE_ID = re.compile(r"^[0-9A-Za-z][0-9A-Za-z_-]{0,63}$")
_SHA256 = re.compile(r"^[0-9a-f]{64}$")


class ManifestError(Exception):
    """The manifest cannot be used; the message says why."""


@dataclass(frozen=True)
class AssetManifest:
    """What one release's assets are, and the SHA-256 of the text that says so."""

    release_id: str
    assets: tuple[Asset, ...]
    sha256: str

    @cached_property
    def by_path(self) -> dict[str, Asset]:
        """Path → asset."""
        return {asset.path: asset for asset in self.assets}

    @property
    def size(self) -> int:
        """Bytes of all files together."""
        return sum(asset.size for asset in self.assets)


def parse(content: bytes, *, release_id: str | None = None) -> AssetManifest:
    """Read a manifest; refuse one of another release, or with names that lead elsewhere."""
    try:
        data: dict[str, Any] = json.loads(content)
        found = str(data["release_id"])
        assets = tuple(Asset(**entry) for entry in data["files"])
    except (ValueError, TypeError, KeyError) as error:
        raise ManifestError(f"it is no manifest of assets: {error}") from error
    if release_id is not None and found != release_id:
        raise ManifestError(f"it is of release {found}, not {release_id}")
    if not RELEASE_ID.match(found):
        raise ManifestError(f"{found!r} is no release id")
    _check(assets)
    return AssetManifest(found, assets, hashlib.sha256(content).hexdigest())


def _check(assets: Iterable[Asset]) -> None:
    files: set[str] = set()
    folders: set[str] = set()
    for asset in assets:
        parts = asset.path.split("/")
        # Also refuses "", ".", ".." and absolute paths, whose first part is empty.
        if any(not part or part.startswith(".") for part in parts) or "\0" in asset.path:
            raise ManifestError(f"it names {asset.path!r}, which would not be served")
        if parts[0] == PROOFS:
            raise ManifestError(f"it names {asset.path!r}, but {PROOFS}/ holds proof markers")
        if not isinstance(asset.size, int) or asset.size < 0 or not _SHA256.match(asset.sha256):
            raise ManifestError(f"its entry of {asset.path!r} has no usable size and SHA-256")
        if asset.path in files:
            raise ManifestError(f"it names {asset.path!r} twice")
        files.add(asset.path)
        folders.update("/".join(parts[:end]) for end in range(1, len(parts)))
    both = sorted(files & folders)
    if both:
        raise ManifestError(f"it names {both[0]!r} as a file and as a folder")
