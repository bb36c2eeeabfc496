"""Find and run the real programs that read what roles render."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

# Programs of packages that would start a service: unpacked, not installed.
UNPACKED = Path(__file__).resolve().parents[2] / ".testbed" / "unpacked"


def program(name: str, package: str) -> str:
    """Find a program; without it the test proves nothing, so it fails."""
    places = ["/usr/sbin", "/sbin", str(UNPACKED / "usr/sbin")]
    path = shutil.which(name, path=":".join([os.environ["PATH"], *places]))
    assert path, f"'{name}' is missing: scripts/bootstrap packages test, or apt install {package}"
    return path


def run(*command: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a program with a few more variables in its environment."""
    return subprocess.run(
        [str(part) for part in command],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environment},
    )


def make_certificate(folder: Path) -> dict[str, Any]:
    """A certificate and its key, and the variables that name them to a web server's role."""
    done = run(
        program("openssl", "openssl"), "req", "-x509", "-nodes", "-newkey", "rsa:2048",
        "-subj", "/CN=moztrap.example.com", "-keyout", folder / "key", "-out", folder / "pem",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return {
        "tls_certificate_path": str(folder / "pem"),
        "tls_private_key_path": str(folder / "key"),
        "moztrap_user": "www-data",
        "ansible_managed": "Ansible managed",
    }
