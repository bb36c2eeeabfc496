"""Small releases of assets for tests: built, kept by a controller, and on a server's disk."""

from __future__ import annotations

import hashlib
import io
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

from tests.helpers import plugins  # noqa: F401  # makes our shared code importable

from ansible.module_utils.moztrap import (  # isort: skip
    archive,
    asset_manifest,
    assets,
    signature,
    store,
)
from ansible.module_utils.moztrap.pool import Pool  # isort: skip

Files = Mapping[str, bytes]
# What the web server takes for a name that changes with its content.
HASHED = re.compile(r"\.[0-9a-f]{8,}\.")


def manifest_text(release_id: str, files: Files) -> str:
    """The manifest of a release with these files; a name with a hash in it is immutable."""
    entries = [
        assets.Asset(
            path=path,
            size=len(content),
            sha256=hashlib.sha256(content).hexdigest(),
            content_type=assets.content_type_of(path),
            immutable=bool(HASHED.search(path)),
        )
        for path, content in sorted(files.items())
    ]
    return str(assets.to_json(release_id, entries))


def manifest_of(release_id: str, files: Files) -> asset_manifest.AssetManifest:
    """The same, read."""
    return asset_manifest.parse(manifest_text(release_id, files).encode())


def build(folder: Path, release_id: str, files: Files) -> Path:
    """What a build host leaves: archive, manifest, artefact, description."""
    tree = folder / "tree"
    for path, content in files.items():
        (tree / path).parent.mkdir(parents=True, exist_ok=True)
        (tree / path).write_bytes(content)
    built = folder / "built"
    built.mkdir(parents=True, exist_ok=True)
    archive.pack(tree, list(files), built / store.ASSETS)
    (built / store.ASSET_MANIFEST).write_text(manifest_text(release_id, files))
    (built / store.ARTEFACT).write_bytes(b"an artefact of " + release_id.encode())
    (built / store.RELEASE).write_text(f'{{"release_id": "{release_id}", "name": "{release_id}"}}')
    return built


class Controller:
    """A controller's store, pool and key below one folder."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.store = root / "artefacts"
        self.pool = Pool(root / "assets")
        self.key = root / "signing" / "id_ed25519"

    def keep(self, release_id: str, files: Files) -> Path:
        """Build and keep a release; return its folder."""
        built = build(self.root / f"build-{release_id}", release_id, files)
        folder = self.store / release_id
        store.keep(built, folder, self.key, self.pool)
        return folder

    @property
    def signers(self) -> str:
        """Whose signatures servers accept."""
        return str(signature.allowed_signers(store.ensure_signing_key(self.key)))


def stream_of(manifest: asset_manifest.AssetManifest, files: Files) -> io.BytesIO:
    """The contents of a manifest's files, one after another."""
    return io.BytesIO(b"".join(files[asset.path] for asset in manifest.assets))


def make_certificate(folder: Path) -> tuple[Path, Path]:
    """A self-signed certificate for 127.0.0.1 and localhost, and its key."""
    certificate, key = folder / "cert.pem", folder / "key.pem"
    subprocess.run(
        [
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
            "-nodes", "-days", "2", "-subj", "/CN=localhost",
            "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
            "-keyout", str(key), "-out", str(certificate),
        ],
        check=True,
        capture_output=True,
    )  # fmt: skip
    return certificate, key
