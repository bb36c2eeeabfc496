"""Which archive the disposable hosts install from."""

from pathlib import Path

import pytest

from testbed import mirrors, sources
from testbed.errors import TestbedError
from testbed.sources import Source

DEB822 = """\
# made by an installer
Types: deb deb-src
URIs: http://mirror.example/debian/
Suites: bookworm bookworm-updates
Components: main contrib
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://mirror.example/debian-security
Suites: bookworm-security
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
Enabled: no
URIs: http://off.example/debian
Suites: bookworm
Components: main

Types: deb-src
URIs: http://source.example/debian
Suites: bookworm
Components: main
"""


def unknown(source: Source) -> str | None:
    return None


def test_reads_deb822() -> None:
    found = sources.parse_deb822(DEB822, "debian.sources")
    assert [(source.uri, source.suite) for source in found] == [
        ("http://mirror.example/debian", "bookworm"),
        ("http://mirror.example/debian", "bookworm-updates"),
        ("http://mirror.example/debian-security", "bookworm-security"),
    ]


def test_reads_one_line_format_with_options_and_comments() -> None:
    text = (
        "# deb http://old.example/debian bookworm main\n"
        "deb [arch=amd64 signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]"
        " http://mirror.example/debian bookworm main # the nearest\n"
        "deb-src http://mirror.example/debian bookworm main\n"
    )
    (source,) = sources.parse_one_line(text, "sources.list")
    assert source.uri == "http://mirror.example/debian"
    assert source.components == ("main",)
    assert source.signed_by.endswith("debian-archive-keyring.gpg")
    assert source.origin == "sources.list:2"


def test_reads_mirror_lists(tmp_path: Path) -> None:
    listing = tmp_path / "debian.list"
    listing.write_text("# nearest first\nhttps://near.example/debian\nhttps://far.example/debian\n")
    text = f"deb mirror+file://{listing} bookworm main\n"
    assert [source.uri for source in sources.parse_one_line(text, "x")] == [
        "https://near.example/debian",
        "https://far.example/debian",
    ]


@pytest.mark.parametrize(
    "line",
    [
        "deb [signed-by=/etc/apt/keyrings/docker.asc] https://docker.example/debian bookworm main",
        "deb https://packages.example/apt cloud-sdk-bookworm main",
        "deb https://node.example/node_20.x nodistro main",
        "deb https://vendor.example/debian bookworm stable",
    ],
)
def test_third_party_lists_are_ignored(line: str) -> None:
    with pytest.raises(TestbedError, match="no Debian archive") as caught:
        mirrors.choose(sources.parse_one_line(line, "third.list"), unknown)
    assert "TESTBED_MIRROR" in caught.value.remedy


def test_an_archive_that_says_it_is_not_debian_is_ignored() -> None:
    found = sources.parse_one_line("deb http://ours.example/debian bookworm main", "x.list")
    with pytest.raises(TestbedError):
        mirrors.choose(found, lambda source: "Our own packages")


def test_security_archive_beside_the_main_one() -> None:
    found = sources.parse_one_line("deb http://mirror.example/debian bookworm main", "x.list")
    archive = mirrors.choose(found, unknown)
    assert archive.security == "http://mirror.example/debian-security"
    assert [suite for _, suite in archive.suites("trixie")] == [
        "trixie",
        "trixie-updates",
        "trixie-security",
    ]


def test_unstable_has_one_suite_alone() -> None:
    archive = mirrors.Archive("http://mirror.example/debian", "http://mirror.example/security")
    assert archive.suites("sid") == [("http://mirror.example/debian", "sid")]
    assert len(archive.lines("sid")) == 1


def test_no_security_archive_is_told() -> None:
    found = sources.parse_one_line("deb http://mirror.example/pool bookworm main", "x.list")
    with pytest.raises(TestbedError, match="no Debian security archive"):
        mirrors.choose(found, unknown)


def test_origin_is_read_from_apts_lists(tmp_path: Path) -> None:
    (tmp_path / "mirror.example_debian_dists_bookworm_InRelease").write_text(
        "Origin: Debian\nLabel: Debian\n"
    )
    source = Source("http://mirror.example/debian", "bookworm", ("main",), "", "x:1")
    assert mirrors.recorded_origin(source, tmp_path) == "Debian"
    other = Source("http://other.example/debian", "bookworm", ("main",), "", "x:1")
    assert mirrors.recorded_origin(other, tmp_path) is None
