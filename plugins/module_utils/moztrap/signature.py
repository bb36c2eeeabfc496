"""Whose signature a file carries, as `ssh-keygen -Y verify` judges it."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

NAMESPACE = "moztrap-artefact"
IDENTITY = "moztrap-release"


def allowed_signers(public_key: str) -> str:
    """The file that tells `ssh-keygen -Y verify` whose signatures to accept."""
    kind, body = public_key.split()[:2]
    return f'{IDENTITY} namespaces="{NAMESPACE}" {kind} {body}\n'


def problem(content: Path, signature: Path, signers: str) -> str:
    """Why the signature does not hold; nothing when it does.

    Never raises for a bad signature; OSError where a file cannot be read.
    """
    with tempfile.NamedTemporaryFile("w", suffix=".signers") as allowed, content.open("rb") as data:
        allowed.write(signers)
        allowed.flush()
        try:
            done = subprocess.run(
                [
                    "ssh-keygen", "-Y", "verify", "-f", allowed.name, "-I", IDENTITY,
                    "-n", NAMESPACE, "-s", str(signature),
                ],
                stdin=data,
                capture_output=True,
                text=True,
                check=False,
            )  # fmt: skip
        except FileNotFoundError:
            return "ssh-keygen is not there to verify it; install openssh-client"
    if done.returncode == 0:
        return ""
    return f"its signature does not match ({(done.stderr or done.stdout).strip()})"
