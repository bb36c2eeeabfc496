"""Debian's Chromium, with a home of its own."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Playwright

PROGRAM = "/usr/bin/chromium"
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
# Both places are read, depending on the version.
DATABASES = (".pki/nssdb", ".local/share/pki/nssdb")


@contextmanager
def chromium(
    driver: Playwright, home: Path, *, authorities: tuple[Path, ...] = (), names: str = ""
) -> Iterator[Browser]:
    """Open it for a while.

    It trusts `authorities`, files with one certificate each, and no other private one; `names`
    are rules in the form of its option `--host-resolver-rules`.
    """
    _need(PROGRAM, "chromium")
    for place in DATABASES if authorities else ():
        _trust(home / place, authorities)
    opened = driver.chromium.launch(
        executable_path=PROGRAM,
        args=[*ARGUMENTS, *([f"--host-resolver-rules={names}"] if names else [])],
        env={**os.environ, "HOME": str(home), "XDG_CONFIG_HOME": str(home / "config")},
    )
    yield opened
    opened.close()


def _need(program: str, package: str) -> None:
    assert shutil.which(program), f"{program} is not installed. type: apt-get install {package}"


def _trust(database: Path, authorities: tuple[Path, ...]) -> None:
    _need("certutil", "libnss3-tools")
    database.mkdir(parents=True)
    _certutil(database, "-N", "--empty-password")
    for number, authority in enumerate(authorities):
        _certutil(database, "-A", "-t", "C,,", "-n", f"moztrap-{number}", "-i", str(authority))


def _certutil(database: Path, *arguments: str) -> None:
    command = ["certutil", "-d", f"sql:{database}", *arguments]
    subprocess.run(command, check=True, capture_output=True)
