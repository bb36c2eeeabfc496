"""A deployment: one release's code together with one rendering of its settings."""

from __future__ import annotations

import hashlib
import hmac
import json
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from ansible.module_utils.moztrap.build import FILE_MANIFEST
from ansible.module_utils.moztrap.environment import LINKS, of_artefact
from ansible.module_utils.moztrap.files import (
    copy_entry,
    point_link,
    remove_entry,
    tree_differences,
    write_atomically,
)

DIGEST_LENGTH = 8
LOCAL_SETTINGS = "moztrap/settings/local.py"


def settings_digest(secret_key: str, text: str) -> str:
    """Names the settings without telling anything about them."""
    return hmac.new(secret_key.encode(), text.encode(), hashlib.sha256).hexdigest()[:DIGEST_LENGTH]


def with_digest(text: str, digest: str) -> str:
    """The settings file as it is written: it knows its own name."""
    return f'{text.rstrip()}\n\nSETTINGS_DIGEST = "{digest}"\n'


class Deployment:
    """The folder of one deployment, and how it departs from what it should be."""

    def __init__(self, home: Path, release_id: str, digest: str, text: str, gid: int) -> None:
        self.name = f"{release_id}-{digest}"
        self.artefact = home / "artefacts" / release_id
        self.folder = home / "releases" / self.name
        self._settings = with_digest(text, digest).encode()
        self._gid = gid

    @property
    def _environment(self) -> tuple[str, Path]:
        """The link to the packages, as a path in the folder, and where it leads."""
        held = of_artefact(self.artefact)
        return LINKS[held], self.artefact / held

    def _code(self) -> dict[str, str]:
        manifest: Mapping[str, str] = json.loads((self.artefact / FILE_MANIFEST).read_text())
        return {
            path.removeprefix("app/"): print_
            for path, print_ in manifest.items()
            if path.startswith("app/")
        }

    def differences(self) -> dict[str, str]:
        """Path → what is wrong with it; the whole folder is one entry when it is missing."""
        if not self.folder.is_dir():
            return {".": "missing"}
        found = tree_differences(self.folder, self._code())
        environment, packages = self._environment
        for ours in (LOCAL_SETTINGS, environment):
            found.pop(ours, None)
        if not self._settings_hold():
            found[LOCAL_SETTINGS] = "altered"
        link = self.folder / environment
        if not link.is_symlink() or link.readlink() != packages:
            found[environment] = "altered"
        return found

    def _settings_hold(self) -> bool:
        path = self.folder / LOCAL_SETTINGS
        if path.is_symlink() or not path.is_file():
            return False
        status = path.stat()
        owner = (status.st_uid, status.st_gid, status.st_mode & 0o7777)
        return owner == (0, self._gid, 0o640) and path.read_bytes() == self._settings

    def create(self) -> None:
        """Make the folder whole, out of sight, and show it in one rename."""
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        staged = Path(tempfile.mkdtemp(prefix=f".{self.name}.", dir=self.folder.parent))
        try:
            staged.chmod(0o755)
            shutil.copytree(self.artefact / "app", staged, symlinks=True, dirs_exist_ok=True)
            self._write_settings(staged)
            environment, packages = self._environment
            (staged / environment).symlink_to(packages)
            staged.rename(self.folder)
        finally:
            shutil.rmtree(staged, ignore_errors=True)

    def repair(self, differences: Mapping[str, str]) -> None:
        """Put right each entry by itself: the folder may be serving."""
        environment, packages = self._environment
        for path, kind in differences.items():
            target = self.folder / path
            if path == LOCAL_SETTINGS:
                self._write_settings(self.folder)
            elif path == environment:
                if target.is_dir() and not target.is_symlink():
                    remove_entry(target)
                point_link(target, str(packages))
            elif kind == "foreign":
                remove_entry(target)
            else:
                copy_entry(self.artefact / "app" / path, target)

    def _write_settings(self, folder: Path) -> None:
        write_atomically(folder / LOCAL_SETTINGS, self._settings, mode=0o640, uid=0, gid=self._gid)
