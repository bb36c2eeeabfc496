"""What a static server remembers: manifests staged on it, when they were last needed, proofs."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ansible.module_utils.moztrap.asset_errors import AssetError, explained
from ansible.module_utils.moztrap.asset_manifest import (
    PROOFS,
    AssetManifest,
    ManifestError,
    parse,
)
from ansible.module_utils.moztrap.files import write_atomically

# Dot files are not served.
MANIFESTS = ".manifests"
REFERENCES = "references.json"
LOCK = ".lock"


@dataclass(frozen=True)
class Reference:
    """When a release was last staged here, and since when nothing keeps it (None: it is kept)."""

    staged_at: float
    unreferenced_since: float | None = None


class Records:
    """The records beside the assets. Every change is made while `held`."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.folder = root / MANIFESTS

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep other runs off this server's assets; raises AssetError when one is at it."""
        self._make(self.folder, 0o755)
        path = self.folder / LOCK
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise explained(error, path) from error
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise AssetError(
                    f"Another run is changing {self.root} at this moment. "
                    "Wait until it has ended and run it again."
                ) from error
            yield
        finally:
            os.close(descriptor)

    def manifest_path(self, release_id: str) -> Path:
        """Where the manifest of a release is kept."""
        return self.folder / f"{release_id}.json"

    def signature_path(self, release_id: str) -> Path:
        """Where its signature is kept."""
        return self.folder / f"{release_id}.json.sig"

    def stage(self, manifest: AssetManifest, content: bytes, signature: bytes, now: float) -> bool:
        """Record a release before its first file is written; tell whether it was new here.

        From now on no pruning of another release takes a file that this one needs.
        """
        new = False
        targets = (
            (self.manifest_path(manifest.release_id), content),
            (self.signature_path(manifest.release_id), signature),
        )
        for path, wanted in targets:
            if not path.is_file() or path.read_bytes() != wanted:
                self._write(path, wanted)
                new = True
        known = self.references()
        earlier = known.get(manifest.release_id)
        if new or earlier is None or earlier.unreferenced_since is not None:
            known[manifest.release_id] = Reference(staged_at=now)
            self.write_references(known)
            new = True
        return new

    def staged(self) -> dict[str, AssetManifest]:
        """Every manifest staged here; raises AssetError for one that cannot be read."""
        if not self.folder.is_dir():
            return {}
        found = {}
        for path in sorted(self.folder.glob("*.json")):
            if path.name == REFERENCES:
                continue
            try:
                found[path.stem] = parse(path.read_bytes(), release_id=path.stem)
            except (ManifestError, OSError) as error:
                raise AssetError(
                    f"{path} cannot be used: {error}. What it refers to is not known, so nothing "
                    "was removed. Distribute that release again, with\n"
                    f"  ansible-playbook playbooks/assets.yml -e release_id={path.stem}\n"
                    "or remove the file if nobody needs that release."
                ) from error
        return found

    def references(self) -> dict[str, Reference]:
        """Release id → when it was staged and since when nothing keeps it."""
        path = self.folder / REFERENCES
        if not path.is_file():
            return {}
        try:
            data: dict[str, Any] = json.loads(path.read_text())
            return {name: Reference(**entry) for name, entry in data["releases"].items()}
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise AssetError(
                f"{path} cannot be read: {error}. Remove it: every release staged here then "
                "counts as needed until now, and the days of grace begin anew."
            ) from error

    def write_references(self, references: dict[str, Reference]) -> None:
        """Replace the record."""
        entries = {name: asdict(entry) for name, entry in sorted(references.items())}
        text = json.dumps({"releases": entries}, indent=1) + "\n"
        self._write(self.folder / REFERENCES, text.encode())

    def forget(self, release_id: str) -> None:
        """Remove a release's manifest, signature and marker."""
        for path in (
            self.marker_path(release_id),
            self.signature_path(release_id),
            self.manifest_path(release_id),
        ):
            try:
                path.unlink(missing_ok=True)
            except OSError as error:
                raise explained(error, path) from error

    def marker_path(self, release_id: str) -> Path:
        """The file that tells balancers that this server holds a release."""
        return self.root / PROOFS / f"{release_id}.txt"

    def is_proven(self, manifest: AssetManifest) -> bool:
        """Was exactly this manifest proven here, and nothing lost since?"""
        path = self.marker_path(manifest.release_id)
        try:
            return path.read_bytes() == marker_text(manifest)
        except OSError:
            return False

    def mark(self, manifest: AssetManifest) -> bool:
        """Write the proof marker; tell whether it was not there before."""
        if self.is_proven(manifest):
            return False
        self._make(self.root / PROOFS, 0o755)
        path = self.marker_path(manifest.release_id)
        try:
            # The last thing, and on disk at once: what it vouches for is there already.
            write_atomically(path, marker_text(manifest), mode=0o644)
        except OSError as error:
            raise explained(error, path) from error
        return True

    def unmark(self, release_id: str) -> bool:
        """Take the marker away, so that no balancer sends visitors here; tell if it was there."""
        path = self.marker_path(release_id)
        try:
            path.unlink()
        except FileNotFoundError:
            return False
        except OSError as error:
            raise explained(error, path) from error
        return True

    def _make(self, folder: Path, mode: int) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            folder.chmod(mode)
        except OSError as error:
            raise explained(error, folder) from error

    def _write(self, path: Path, content: bytes) -> None:
        """Replace a file in one rename. It is on disk when the assets are: they are synced."""
        temporary = path.with_name(f".{path.name}.new")
        try:
            temporary.write_bytes(content)
            temporary.chmod(0o644)
            temporary.replace(path)
        except OSError as error:
            raise explained(error, path) from error


def marker_text(manifest: AssetManifest) -> bytes:
    """What a proof marker holds."""
    return f"{manifest.sha256}\n".encode()
