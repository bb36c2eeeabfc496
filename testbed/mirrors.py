"""Which Debian archive this machine uses: the disposable hosts use the same."""

import os
import re
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from testbed import sources
from testbed.errors import TestbedError
from testbed.sources import Source

KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
RELEASES = {"bookworm": "12", "trixie": "13", "sid": "sid"}
# Everything comes into it at once: there is nothing beside it.
_ROLLING = ("sid",)
_LISTS = Path("/var/lib/apt/lists")
_NAMES = (
    "bullseye|bookworm|trixie|forky|sid|oldoldstable|oldstable|stable|testing|unstable|experimental"
)
_ARCHIVE_SUITE = re.compile(rf"^({_NAMES})(-updates|-backports|-proposed-updates)?$")
_SECURITY_SUITE = re.compile(rf"^({_NAMES})(-security|/updates)$")
_HELP = (
    "set TESTBED_MIRROR to the address of a Debian archive that this machine reaches "
    "(and TESTBED_SECURITY_MIRROR to its security archive), or add one to /etc/apt/sources.list.d"
)


class MirrorAway(TestbedError):
    """The mirror did not answer: perhaps it does a moment later."""


@dataclass(frozen=True)
class Archive:
    """A Debian archive and its security archive."""

    main: str
    security: str

    def suites(self, release: str) -> list[tuple[str, str]]:
        """Address and suite of everything a real host of that release installs from."""
        if release in _ROLLING:
            return [(self.main, release)]
        return [
            (self.main, release),
            (self.main, f"{release}-updates"),
            (self.security, f"{release}-security"),
        ]

    def lines(self, release: str) -> list[str]:
        """The same as lines of a sources.list."""
        return [
            f"deb [signed-by={KEYRING}] {uri} {suite} main" for uri, suite in self.suites(release)
        ]

    def release_file(self, uri: str, suite: str) -> str:
        """The address of a suite's signed index, which changes with its content."""
        return f"{uri}/dists/{suite}/InRelease"


def is_debians_own(source: Source, origin_of: Callable[[Source], str | None]) -> bool:
    """Tell Debian's own suites from third-party lists that borrow their names."""
    named_so = _ARCHIVE_SUITE.match(source.suite) or _SECURITY_SUITE.match(source.suite)
    if not named_so or "main" not in source.components:
        return False
    if source.signed_by:
        return "debian-archive" in source.signed_by
    return origin_of(source) in {"Debian", None}


def recorded_origin(source: Source, lists: Path = _LISTS) -> str | None:
    """What the archive says of itself in the lists apt has fetched; None if it has not."""
    stem = re.sub(r"^\w+://", "", source.uri).replace("/", "_")
    for name in ("InRelease", "Release"):
        path = lists / f"{stem}_dists_{source.suite.replace('/', '_')}_{name}"
        if path.is_file():
            origin = re.search(
                r"^Origin:\s*(.+?)\s*$", path.read_text(errors="replace"), re.MULTILINE
            )
            return origin[1] if origin else ""
    return None


def choose(found: Iterable[Source], origin_of: Callable[[Source], str | None]) -> Archive:
    """Pick the archive and the security archive out of the machine's sources."""
    own = [
        source
        for source in found
        if source.uri.startswith(("http://", "https://")) and is_debians_own(source, origin_of)
    ]
    main = [source.uri for source in own if _ARCHIVE_SUITE.match(source.suite)]
    security = [source.uri for source in own if _SECURITY_SUITE.match(source.suite)]
    if not main:
        raise TestbedError("no Debian archive in this machine's apt sources (/etc/apt)", _HELP)
    # Mirrors keep the two side by side under these names.
    beside = re.sub(r"/debian$", "/debian-security", main[0])
    if not security and beside == main[0]:
        raise TestbedError(
            f"no Debian security archive in this machine's apt sources, only {main[0]}", _HELP
        )
    return Archive(main[0], security[0] if security else beside)


def discover() -> Archive:
    """The archive of this machine, or the one that TESTBED_MIRROR names."""
    given = os.environ.get("TESTBED_MIRROR", "").rstrip("/")
    if given:
        security = os.environ.get("TESTBED_SECURITY_MIRROR", "").rstrip("/")
        return Archive(given, security or re.sub(r"/debian$", "/debian-security", given))
    return choose(sources.read_all(), recorded_origin)


def fetch_release(archive: Archive, uri: str, suite: str) -> bytes:
    """The signed index of a suite; the error names the mirror when it does not answer."""
    address = archive.release_file(uri, suite)
    try:
        with urllib.request.urlopen(address, timeout=30) as answer:  # noqa: S310
            body: bytes = answer.read()
            return body
    except (urllib.error.URLError, TimeoutError, OSError) as error:
        raise MirrorAway(f"the Debian mirror does not answer: {address}: {error}", _HELP) from error
