"""The base image: a small Debian with systemd and sshd, cached by what it is made of."""

import hashlib
import json
import shutil
import subprocess
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TypeVar

from testbed import guest_config, mirrors
from testbed.errors import TestbedError
from testbed.mirrors import Archive, MirrorAway
from testbed.paths import LIBRARY
from testbed.podman import Podman
from testbed.progress import note
from testbed.run import CommandFailed
from testbed.turns import turn

REPOSITORY = "localhost/moztrap-testbed"
PACKAGES = (
    "ca-certificates",
    "dbus",
    "iproute2",
    "openssh-server",
    "procps",
    "python3",
    "python3-apt",
    "sudo",
    "systemd",
    "systemd-sysv",
)
# Mounts must be shared before systemd starts, or units get no credentials; of the kernel's
# settings a guest may write those of its own network alone.
START = (
    "mount --make-rshared / && mount --bind /proc/sys/net /proc/sys/net"
    " && mount -o remount,rw,bind /proc/sys/net; exec /sbin/init"
)
_FRESH_SECONDS = 24 * 3600
# A mirror may be away for a moment: what it had not the first time, it is asked again.
_ATTEMPTS = 3
_PAUSE_SECONDS = 10
_NEEDED_BYTES = 3 * 1024**3
Answer = TypeVar("Answer")


@dataclass
class Record:
    """What is known of an image that was built."""

    tag: str
    recipe: str
    releases: dict[str, str]
    checked: float


def ensure(podman: Podman, suite: str) -> str:
    """Return the name of an image that is not stale, building one if need be."""
    if suite not in mirrors.RELEASES:
        known = ", ".join(mirrors.RELEASES)
        raise TestbedError(f"no disposable hosts of Debian {suite!r}", f"--suite one of: {known}")
    with turn(LIBRARY, f"image-{suite}"):
        archive = mirrors.discover()
        options = guest_config.apt_options()
        recipe = _recipe(suite, archive, options)
        record = _read(suite)
        if record and record.recipe == recipe and _exists(podman, record.tag):
            if time.time() - record.checked < _FRESH_SECONDS:
                return record.tag
            releases = _releases_or_nothing(archive, suite)
            if releases in (None, record.releases):
                record.checked = time.time()
                _write(suite, record)
                return record.tag
        return _build(podman, suite, archive, options, recipe)


def _recipe(suite: str, archive: Archive, options: list[str]) -> str:
    parts = [suite, *PACKAGES, *archive.lines(suite), *options, START]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]


def _releases(archive: Archive, suite: str) -> dict[str, str]:
    return {
        f"{uri} {name}": hashlib.sha256(mirrors.fetch_release(archive, uri, name)).hexdigest()
        for uri, name in archive.suites(suite)
    }


def _releases_or_nothing(archive: Archive, suite: str) -> dict[str, str] | None:
    try:
        return _releases(archive, suite)
    except TestbedError as error:
        note(f"Cannot tell whether the base image is stale, so it is used: {error.problem}")
        return None


def _build(podman: Podman, suite: str, archive: Archive, options: list[str], recipe: str) -> str:
    check_disk(_NEEDED_BYTES)
    releases = _patiently(lambda: _releases(archive, suite))
    content = hashlib.sha256(json.dumps([recipe, releases]).encode()).hexdigest()[:12]
    tag = f"{REPOSITORY}:{suite}-{content}"
    if not _exists(podman, tag):
        workshop = LIBRARY / f"build-{suite}"
        # The lock is ours: whatever is here was left by a build that was killed.
        shutil.rmtree(workshop, ignore_errors=True)
        workshop.mkdir(parents=True)
        try:
            tarball = workshop / "root.tar"
            _patiently(lambda: _bootstrap(suite, archive, options, tarball))
            command = json.dumps(["sh", "-c", START])
            podman("import", "--change", f"CMD {command}", str(tarball), tag, timeout=600)
        finally:
            shutil.rmtree(workshop, ignore_errors=True)
    _write(suite, Record(tag, recipe, releases, time.time()))
    _remove_older(podman, suite, tag)
    return tag


def _patiently(ask: Callable[[], Answer]) -> Answer:
    for _ in range(_ATTEMPTS - 1):
        try:
            return ask()
        except (MirrorAway, CommandFailed) as error:
            note(f"{error.problem}\nTrying again in {_PAUSE_SECONDS} s.")
            time.sleep(_PAUSE_SECONDS)
    return ask()


def _bootstrap(suite: str, archive: Archive, options: list[str], tarball: Path) -> None:
    command = [
        # A build must not outlive whoever asked for it.
        *("setpriv", "--pdeathsig", "TERM"),
        *("mmdebstrap", "--mode=root", "--variant=minbase", "--quiet"),
        f"--include={','.join(PACKAGES)}",
        # These hosts are thrown away: waiting for the disk protects nothing.
        "--dpkgopt=force-unsafe-io",
        *(f"--aptopt={option}" for option in options),
        # Every host gets its own.
        "--customize-hook=rm -f $1/etc/ssh/ssh_host_*",
        suite,
        str(tarball),
        *archive.lines(suite),
    ]
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "TMPDIR": str(tarball.parent)},
        )
    except FileNotFoundError as error:
        raise TestbedError("mmdebstrap is not installed", "scripts/bootstrap packages demo") from (
            error
        )
    if done.returncode:
        words = done.stderr.decode(errors="replace")
        raise CommandFailed(command, done.returncode, words[-3000:])


def check_disk(needed: int) -> None:
    """Refuse to begin what would end with a full disk."""
    LIBRARY.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(LIBRARY).free
    if free < needed:
        raise TestbedError(
            f"{LIBRARY} has {free / 1024**3:.1f} GiB free, {needed / 1024**3:.1f} GiB are needed",
            "free some space, or set TESTBED_LIBRARY to a folder on a larger disk",
        )


def _exists(podman: Podman, tag: str) -> bool:
    return podman("image", "exists", tag, check=False).succeeded


def _remove_older(podman: Podman, suite: str, tag: str) -> None:
    for image in podman.json("images", "--format=json", REPOSITORY):
        for name in image.get("Names") or []:
            if name.startswith(f"{REPOSITORY}:{suite}-") and name != tag:
                # Refused while a host still runs on it; a later build tries again.
                podman("rmi", name, check=False)


def _record_path(suite: str) -> Path:
    return LIBRARY / f"image-{suite}.json"


def _read(suite: str) -> Record | None:
    path = _record_path(suite)
    try:
        return Record(**json.loads(path.read_text()))
    except FileNotFoundError:
        return None
    except (ValueError, TypeError):
        note(f"{path} is damaged: the base image is built again.")
        return None


def _write(suite: str, record: Record) -> None:
    temporary = _record_path(suite).with_suffix(".new")
    temporary.write_text(json.dumps(asdict(record), indent=1))
    temporary.replace(_record_path(suite))
