"""How a release carries its Python packages: a virtual environment, or the vendor library.

An artefact holds either of two folders. A deployment leads to it by a link, so that each
release has its own way, whatever was chosen for the one before or after.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

VENV = "venv"
VENDOR = "vendor"
# Folder in the artefact → link in the deployment, where the application looks for it.
LINKS = {VENV: "venv", VENDOR: "requirements/vendor"}
COMPILED = Path("requirements") / "compiled.txt"
# Not one of a virtual environment: the library is added by what it runs.
PYTHON = "/usr/bin/python3"


def of_artefact(artefact: Path) -> str:
    """Which of the two an artefact holds."""
    return VENDOR if (artefact / VENDOR).is_dir() else VENV


def of_deployment(folder: Path) -> str:
    """Which of the two a deployment, or a copy of one, leads to."""
    return VENDOR if (folder / LINKS[VENDOR]).is_symlink() else VENV


def packages_folder(folder: Path) -> Path:
    """Where a deployment's packages really are."""
    return (folder / LINKS[of_deployment(folder)]).resolve()


def manage_command(folder: Path, *arguments: str) -> list[str]:
    """The command line of the application's commands in a deployment."""
    if of_deployment(folder) == VENDOR:
        return [PYTHON, str(folder / "vendor-manage.py"), *arguments]
    return [str(folder / "venv" / "bin" / "python"), str(folder / "manage.py"), *arguments]


def debian_packages(lines: Iterable[str], release: str) -> list[str]:
    """Packages of a release of Debian that serve what compiled.txt lists, sorted."""
    pattern = re.compile(rf"\bdebian{re.escape(release)}=([^/\s]+)/")
    return sorted(
        found[1] for line in lines if not line.startswith("#") and (found := pattern.search(line))
    )
