"""The controller's store of artefacts, and their signatures."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

ARTEFACT = "artefact.tar.gz"
SIGNATURE = "artefact.tar.gz.sig"
ASSETS = "assets.tar.gz"
ASSET_MANIFEST = "assets.json"
RELEASE = "release.json"
BUILT_FILES = (ARTEFACT, ASSETS, ASSET_MANIFEST, RELEASE)
KEPT_FILES = (*BUILT_FILES, SIGNATURE)
NAMESPACE = "moztrap-artefact"
IDENTITY = "moztrap-release"


class StoreError(Exception):
    """Keeping or signing failed; the message names what and why."""


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


def allowed_signers(public_key: str) -> str:
    """The file that tells `ssh-keygen -Y verify` whose artefacts to accept."""
    kind, body = public_key.split()[:2]
    return f'{IDENTITY} namespaces="{NAMESPACE}" {kind} {body}\n'


def sign(path: Path, key: Path) -> None:
    """Write the detached signature of `path` beside it."""
    path.with_name(path.name + ".sig").unlink(missing_ok=True)
    _run(
        ["ssh-keygen", "-q", "-Y", "sign", "-f", str(key), "-n", NAMESPACE, str(path)],
        f"{path.name} could not be signed with {key}",
    )


def keep(built: Path, folder: Path, key: Path) -> None:
    """Sign what was built and move it into the store in one rename."""
    ensure_signing_key(key)
    sign(built / ARTEFACT, key)
    folder.parent.mkdir(parents=True, exist_ok=True)
    staged = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        for name in KEPT_FILES:
            shutil.move(built / name, staged / name)
        staged.chmod(0o755)
        if folder.exists():
            shutil.rmtree(folder)
        os.replace(staged, folder)
    finally:
        shutil.rmtree(staged, ignore_errors=True)


def _run(command: list[str], failure: str) -> str:
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
    )
    if done.returncode != 0:
        raise StoreError(f"{failure}: {(done.stderr or done.stdout).strip()}")
    return done.stdout
