"""The controller's pool of assets: each content once, named by its SHA-256, for all releases."""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import tarfile
import tempfile
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ansible.module_utils.moztrap.asset_manifest import AssetManifest
from ansible.module_utils.moztrap.assets import Asset
from ansible.module_utils.moztrap.files import sha256_of

_NAME = re.compile(r"^[0-9a-f]{64}$")


class PoolError(Exception):
    """The pool does not hold what it should; the message names the file."""


@dataclass(frozen=True)
class Collected:
    """What a garbage collection removed."""

    files: int
    bytes: int


class Pool:
    """`<root>/<first two digits>/<sha256>`, so that sending few files reads only those."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def path(self, sha256: str) -> Path:
        """Where a content is, or would be."""
        return self.root / sha256[:2] / sha256

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep collecting away from adding: what was just added has no manifest yet."""
        self.root.mkdir(parents=True, exist_ok=True)
        with (self.root / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def add(self, archive: Path, manifest: AssetManifest) -> int:
        """Unpack a release's assets, each checked against its manifest; return how many were new.

        What is there already is hashed again, and replaced where it was altered.
        Raises PoolError, naming the file, when archive and manifest do not agree.
        """
        added = 0
        waiting = set(manifest.by_path)
        with tarfile.open(archive, "r:gz") as packed:
            for entry in packed:
                asset = manifest.by_path.get(entry.name)
                stream = packed.extractfile(entry) if asset else None
                if asset is None or stream is None:
                    raise PoolError(f"the archive holds {entry.name}, which its manifest lacks")
                content = stream.read()
                if hashlib.sha256(content).hexdigest() != asset.sha256:
                    raise PoolError(f"{asset.path} in the archive differs from its manifest")
                waiting.discard(asset.path)
                added += self._put(asset, content)
        if waiting:
            raise PoolError(f"the archive lacks {min(waiting)} of its own manifest")
        return added

    def lacks(self, assets: Iterable[Asset]) -> str:
        """The first asset whose content is not there in its full size; nothing if all are."""
        for asset in assets:
            try:
                if os.stat(self.path(asset.sha256)).st_size == asset.size:
                    continue
            except OSError:
                pass
            return asset.path
        return ""

    def check(self, assets: Iterable[Asset]) -> None:
        """Hash what is about to be sent; raises PoolError for what is missing or altered."""
        checked: set[str] = set()
        for asset in assets:
            if asset.sha256 in checked:
                continue
            checked.add(asset.sha256)
            path = self.path(asset.sha256)
            try:
                found = sha256_of(path)
            except OSError as error:
                raise PoolError(
                    f"{path}, which is {asset.path}, cannot be read: {error}"
                ) from error
            if found != asset.sha256:
                raise PoolError(f"{path}, which is {asset.path}, was altered: it hashes to {found}")

    def collect(self, referenced: Collection[str]) -> Collected:
        """Remove every content that no kept release refers to."""
        files = size = 0
        for folder in sorted(self.root.iterdir()) if self.root.is_dir() else []:
            if not folder.is_dir():
                continue
            for path in folder.iterdir():
                # Anything else is a content that was being written when its run was killed.
                if _NAME.match(path.name) and path.name in referenced:
                    continue
                size += path.stat().st_size
                files += 1
                path.unlink()
            if not any(folder.iterdir()):
                folder.rmdir()
        return Collected(files, size)

    def _put(self, asset: Asset, content: bytes) -> bool:
        path = self.path(asset.sha256)
        if path.is_file() and sha256_of(path) == asset.sha256:
            return False
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(prefix=".", dir=path.parent)
        try:
            with os.fdopen(descriptor, "wb") as stream:
                stream.write(content)
            os.chmod(temporary, 0o644)
            os.replace(temporary, path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
        return True
