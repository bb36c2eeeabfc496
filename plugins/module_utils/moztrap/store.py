"""The controller's store of artefacts, and their signatures."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from ansible.module_utils.moztrap import signature
from ansible.module_utils.moztrap.asset_manifest import AssetManifest, ManifestError, parse
from ansible.module_utils.moztrap.pool import Collected, Pool, PoolError
from ansible.module_utils.moztrap.signature import IDENTITY, NAMESPACE, allowed_signers

ARTEFACT = "artefact.tar.gz"
SIGNATURE = "artefact.tar.gz.sig"
ASSETS = "assets.tar.gz"
ASSET_MANIFEST = "assets.json"
ASSET_SIGNATURE = "assets.json.sig"
RELEASE = "release.json"
BUILT_FILES = (ARTEFACT, ASSETS, ASSET_MANIFEST, RELEASE)
# The assets themselves are in the pool. A folder of before there was one lacks the
# manifest's signature, so that its release counts as not kept and is built again.
KEPT_FILES = (ARTEFACT, SIGNATURE, ASSET_MANIFEST, ASSET_SIGNATURE, RELEASE)


class StoreError(Exception):
    """Keeping, signing or reading failed; the message names what and why."""


@dataclass(frozen=True)
class KeptAssets:
    """The manifest of a kept release, verified, and what a server needs to verify it too."""

    manifest: AssetManifest
    content: bytes
    signature: bytes
    signers: str


@dataclass(frozen=True)
class Tidied:
    """Releases that are no longer kept, and what the pool lost with them."""

    releases: tuple[str, ...]
    assets: Collected


def ensure_signing_key(key: Path) -> str:
    """Make the signing key if there is none yet; return its public half."""
    public = key.with_name(key.name + ".pub")
    if not key.exists():
        key.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _run(
            ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", IDENTITY, "-f", str(key)],
            f"the signing key {key} could not be made",
        )
    key.chmod(0o600)
    if not public.exists():
        text = _run(["ssh-keygen", "-y", "-f", str(key)], f"{key} is no usable signing key")
        public.write_text(text)
    return public.read_text().strip()


def sign(path: Path, key: Path) -> None:
    """Write the detached signature of `path` beside it."""
    path.with_name(path.name + ".sig").unlink(missing_ok=True)
    _run(
        ["ssh-keygen", "-q", "-Y", "sign", "-f", str(key), "-n", NAMESPACE, str(path)],
        f"{path.name} could not be signed with {key}",
    )


def keep(built: Path, folder: Path, key: Path, pool: Pool) -> None:
    """Put the assets into the pool, sign the rest, and move it into the store in one rename."""
    ensure_signing_key(key)
    try:
        manifest = parse((built / ASSET_MANIFEST).read_bytes(), release_id=folder.name)
    except ManifestError as error:
        raise StoreError(f"{ASSET_MANIFEST} of release {folder.name}: {error}") from error
    folder.parent.mkdir(parents=True, exist_ok=True)
    staged = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        with pool.held():
            try:
                pool.add(built / ASSETS, manifest)
            except PoolError as error:
                raise StoreError(f"{ASSETS} of release {folder.name}: {error}") from error
            for name in (ARTEFACT, ASSET_MANIFEST):
                sign(built / name, key)
            for name in KEPT_FILES:
                shutil.move(built / name, staged / name)
            staged.chmod(0o755)
            if folder.exists():
                shutil.rmtree(folder)
            os.replace(staged, folder)
    finally:
        shutil.rmtree(staged, ignore_errors=True)


def is_kept(folder: Path, pool: Pool) -> bool:
    """Is everything of a release there? Its bytes are judged when they are used."""
    if not all((folder / name).is_file() for name in KEPT_FILES):
        return False
    try:
        manifest = parse((folder / ASSET_MANIFEST).read_bytes())
    except ManifestError:
        # It was altered: whoever uses it is told so by name. It is not built again over it.
        return True
    return not pool.lacks(manifest.assets)


def kept_releases(store: Path, pool: Pool) -> list[str]:
    """Ids of all kept releases, the one kept last first."""
    folders = [path for path in _folders(store) if is_kept(path, pool)]
    folders.sort(key=lambda path: path.stat().st_ctime, reverse=True)
    return [path.name for path in folders]


def open_assets(folder: Path, key: Path) -> KeptAssets:
    """Read and verify the manifest of a kept release; raises StoreError, naming what is wrong."""
    release_id = folder.name
    manifest_path = folder / ASSET_MANIFEST
    remedy = f"Remove {folder} and run the release again: it is built anew."
    signers = allowed_signers(ensure_signing_key(key))
    try:
        content = manifest_path.read_bytes()
        detached = (folder / ASSET_SIGNATURE).read_bytes()
        wrong = signature.problem(manifest_path, folder / ASSET_SIGNATURE, signers)
    except OSError as error:
        raise StoreError(
            f"Release {release_id} is not kept whole on the controller: {error}. {remedy}"
        ) from error
    if wrong:
        raise StoreError(
            f"{manifest_path} is refused: {wrong}. Nothing was sent. It, its signature or the "
            f"signing key {key} was changed after the release was kept. {remedy}"
        )
    try:
        manifest = parse(content, release_id=release_id)
    except ManifestError as error:
        raise StoreError(f"{manifest_path} is refused: {error}. Nothing was sent.") from error
    return KeptAssets(manifest, content, detached, signers)


def tidy(
    store: Path, pool: Pool, *, keep: int, stay: Collection[str], dry_run: bool = False
) -> Tidied:
    """Keep the `keep` newest releases and those in `stay`; empty the pool of what is left over.

    Raises StoreError where a manifest cannot be read: nothing is removed then.
    """
    with pool.held():
        newest = kept_releases(store, pool)
        staying = {*newest[:keep], *stay}
        leaving = [path for path in _folders(store) if path.name not in staying]
        needed: set[str] = set()
        for folder in _folders(store):
            if folder not in leaving:
                needed |= _contents(folder)
        names = tuple(sorted(path.name for path in leaving))
        if dry_run:
            return Tidied(names, Collected(0, 0))
        for folder in leaving:
            shutil.rmtree(folder)
        return Tidied(names, pool.collect(needed))


def _contents(folder: Path) -> set[str]:
    path = folder / ASSET_MANIFEST
    if not path.is_file():
        return set()
    try:
        return {asset.sha256 for asset in parse(path.read_bytes()).assets}
    except ManifestError as error:
        raise StoreError(
            f"{path} cannot be used: {error}. What it refers to is not known, so nothing was "
            f"removed. Remove {folder} and run the release again."
        ) from error


def _folders(store: Path) -> list[Path]:
    """Releases; what begins with a dot is under construction."""
    if not store.is_dir():
        return []
    return [path for path in sorted(store.iterdir()) if path.is_dir() and path.name[0] != "."]


def _run(command: list[str], failure: str) -> str:
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
    )
    if done.returncode != 0:
        raise StoreError(f"{failure}: {(done.stderr or done.stdout).strip()}")
    return done.stdout
