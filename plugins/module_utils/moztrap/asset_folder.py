"""The folder that a static server serves: what a release lacks there, and writing it."""

from __future__ import annotations

import ctypes
import errno
import hashlib
import os
import shutil
import stat
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Protocol

from ansible.module_utils.moztrap.asset_errors import AssetError, explained
from ansible.module_utils.moztrap.asset_manifest import AssetManifest
from ansible.module_utils.moztrap.assets import Asset

MISSING = "missing"
ALTERED = "altered"
FILE_MODE = 0o644
WHOLE_MODE = stat.S_IFREG | FILE_MODE
SECOND = 10**9
FOLDER_MODE = 0o755
CHUNK = 1 << 20
# On the same file system as the files, so that a rename brings each into place.
INCOMING = ".incoming"
SPARE_BYTES = 16 << 20


class Source(Protocol):
    """Where the bytes come from, one file after another."""

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes; none at the end."""
        ...


@dataclass(frozen=True)
class Written:
    """What was written."""

    files: int
    bytes: int


class AssetFolder:
    """Files below one folder, each whole or not there at all."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._folders: set[str] = set()

    def lacking(self, manifest: AssetManifest, *, glance: bool = False) -> dict[str, str]:
        """Path → `missing` or `altered`, for every asset that is not there as it must be.

        A link, another owner or mode, and a folder that is none of ours count as altered.
        With `glance`, a file with the time that was set when it was written is not read:
        only for who fetches and hashes every file over HTTPS afterwards.
        """
        root, user = str(self.root), os.geteuid()
        sound = {"": self._is_sound_folder(self.root)}
        for folder in sorted(_parents(manifest.by_path)):
            above = folder.rpartition("/")[0]
            sound[folder] = sound[above] and self._is_sound_folder(self.root / folder)
        found: dict[str, str] = {}
        for asset in manifest.assets:
            path = f"{root}/{asset.path}"
            try:
                status = os.lstat(path)
            except (FileNotFoundError, NotADirectoryError):
                found[asset.path] = MISSING
                continue
            whole = (
                sound[asset.path.rpartition("/")[0]]
                and status.st_mode == WHOLE_MODE
                and status.st_uid == user
                and status.st_size == asset.size
                and (
                    (glance and status.st_mtime_ns % SECOND == _fingerprint(asset))
                    or _holds(path, asset)
                )
            )
            if not whole:
                found[asset.path] = ALTERED
        return found

    def check_room(self, wanted: Iterable[Asset]) -> None:
        """Refuse to begin what the disk cannot hold; raises AssetError."""
        self._make_folder(self.root)
        status = os.statvfs(self.root)
        block = status.f_frsize or 4096
        # Beside the file an altered one is written whole before it takes its place.
        needed = sum(-(-asset.size // block) * block for asset in wanted) + SPARE_BYTES
        free = status.f_bavail * block
        if needed > free:
            raise AssetError(
                f"{self.root} has {free / 1e6:.1f} MB free, and {needed / 1e6:.1f} MB are needed: "
                "the disk is full. Nothing was written. Make room (playbooks/prune.yml removes "
                "what no release refers to) and run it again."
            )
        count = len(list(wanted))
        if status.f_files and count > status.f_favail:
            raise AssetError(
                f"{self.root} has {status.f_favail} free inodes, and {count} files are to be "
                "written. Nothing was written. Make room and run it again."
            )

    def write(self, assets: Iterable[Asset], source: Source) -> Written:
        """Write each asset from `source`, in that order: whole, checked, renamed into place.

        Raises AssetError, naming the file; what came before it is in place, it is not.
        """
        incoming = self.root / INCOMING
        files = size = 0
        try:
            self._make_folder(incoming)
            for asset in assets:
                temporary = f"{incoming}/{files}"
                try:
                    _receive(asset, source, temporary)
                    self._put(temporary, asset)
                except OSError as error:
                    raise explained(error, self.root / asset.path) from error
                files += 1
                size += asset.size
        finally:
            shutil.rmtree(incoming, ignore_errors=True)
            self._folders.discard(str(incoming))
        self.sync()
        return Written(files, size)

    def sync(self) -> None:
        """Have everything on disk: one call for the whole file system, not one a file."""
        descriptor = os.open(self.root, os.O_RDONLY)
        try:
            library = ctypes.CDLL(None, use_errno=True)
            if library.syncfs(descriptor) != 0:
                code = ctypes.get_errno()
                raise explained(OSError(code, os.strerror(code)), self.root)
        finally:
            os.close(descriptor)

    def files(self) -> Iterator[str]:
        """Relative paths of everything that is no folder, dot names at the top left out."""
        waiting = [""]
        while waiting:
            folder = waiting.pop()
            with os.scandir(self.root / folder) as entries:
                for entry in entries:
                    path = f"{folder}/{entry.name}" if folder else entry.name
                    if not folder and entry.name.startswith("."):
                        continue
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(path)
                    else:
                        yield path

    def remove(self, paths: Iterable[str]) -> None:
        """Remove files, and the folders that get empty by it."""
        folders = set()
        self._folders.clear()
        for path in paths:
            try:
                os.unlink(self.root / path)
            except FileNotFoundError:
                continue
            except OSError as error:
                raise explained(error, self.root / path) from error
            folders |= _parents([path])
        for folder in sorted(folders, key=len, reverse=True):
            try:
                os.rmdir(self.root / folder)
            except OSError as error:
                if error.errno not in {errno.ENOTEMPTY, errno.EEXIST, errno.ENOENT}:
                    raise explained(error, self.root / folder) from error

    def _put(self, temporary: str, asset: Asset) -> None:
        target = self.root / asset.path
        self._make_folder(target.parent)
        try:
            os.replace(temporary, target)
        except IsADirectoryError as error:
            raise AssetError(
                f"{target} is a folder where a file belongs. Nothing was removed. Look at what "
                f"it holds, move it away and run it again:\n  mv {target} {target}.aside"
            ) from error

    def _is_sound_folder(self, path: Path) -> bool:
        try:
            status = path.lstat()
        except OSError:
            # What is below is missing, and told so.
            return True
        return (
            stat.S_ISDIR(status.st_mode)
            and stat.S_IMODE(status.st_mode) == FOLDER_MODE
            and status.st_uid == os.geteuid()
        )

    def _make_folder(self, path: Path) -> None:
        """Have a plain folder at `path`, whatever drifted there."""
        if str(path) in self._folders:
            return
        if path != self.root:
            self._make_folder(path.parent)
        try:
            if path != self.root and (path.is_symlink() or path.is_file()):
                path.unlink()
            path.mkdir(exist_ok=True, parents=path == self.root)
            if not self._is_sound_folder(path):
                path.chmod(FOLDER_MODE)
                os.chown(path, os.geteuid(), os.getegid())
        except OSError as error:
            raise explained(error, path) from error
        self._folders.add(str(path))


def _parents(paths: Iterable[str] | Mapping[str, Asset]) -> set[str]:
    found: set[str] = set()
    for path in paths:
        folder = str(PurePosixPath(path).parent)
        while folder != "." and folder not in found:
            found.add(folder)
            folder = str(PurePosixPath(folder).parent)
    return found


def _fingerprint(asset: Asset) -> int:
    """The nanoseconds that its time of modification gets, which follow from its content.

    Whatever changes a file by hand sets others. The seconds stay those of its writing, so
    that what HTTP says of its age stays true.
    """
    return int(asset.sha256[:12], 16) % SECOND


def _holds(path: str, asset: Asset) -> bool:
    """Does the file hold what was signed?"""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    except OSError:
        return False
    try:
        digest = hashlib.sha256()
        while chunk := os.read(descriptor, CHUNK):
            digest.update(chunk)
    except OSError:
        # What cannot be read is written anew, which finds out what is wrong with the disk.
        return False
    finally:
        os.close(descriptor)
    return digest.hexdigest() == asset.sha256


def _receive(asset: Asset, source: Source, temporary: str) -> None:
    """Write one file under a temporary name; leave none that is not what was signed."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    descriptor = os.open(temporary, flags, FILE_MODE)
    digest = hashlib.sha256()
    left = asset.size
    try:
        os.fchmod(descriptor, FILE_MODE)
        while left:
            chunk = source.read(min(left, CHUNK))
            if not chunk:
                raise AssetError(
                    f"The files stopped coming in the middle of {asset.path}, which was not "
                    "written. Run it again: what was written before is not sent again."
                )
            digest.update(chunk)
            _write_all(descriptor, chunk)
            left -= len(chunk)
        now = time.time_ns()
        os.utime(descriptor, ns=(now, now - now % SECOND + _fingerprint(asset)))
    finally:
        os.close(descriptor)
    if digest.hexdigest() != asset.sha256:
        raise AssetError(
            f"{asset.path} arrived as {digest.hexdigest()[:12]}… and not as the signed "
            f"{asset.sha256[:12]}…, so it was not written. Run it again."
        )


def _write_all(descriptor: int, chunk: bytes) -> None:
    view = memoryview(chunk)
    while view:
        view = view[os.write(descriptor, view) :]
