"""The look that preflight takes at a host."""

from pathlib import Path

import pytest

from plugins.modules import moztrap_facts


def test_only_what_is_installed_counts_as_a_package() -> None:
    text = "installed apache2\nconfig-files nginx\nnot-installed redis\ninstalled memcached\n"
    assert moztrap_facts.installed_packages(text) == ["apache2", "memcached"]


def test_a_host_without_dpkg_has_no_packages() -> None:
    assert moztrap_facts.installed_packages("") == []


def test_memory_is_told_in_megabytes() -> None:
    assert moztrap_facts.memory_megabytes("MemFree: 5 kB\nMemTotal:  4096000 kB\n") == 4000
    assert moztrap_facts.memory_megabytes("") == 0


def test_quotes_of_os_release_are_dropped() -> None:
    found = moztrap_facts.os_release('ID=debian\nVERSION_ID="12"\n\n# comment\n')
    assert found["ID"] == "debian"
    assert found["VERSION_ID"] == "12"


UNNUMBERED = {"ID": "debian", "PRETTY_NAME": "Debian GNU/Linux forky/sid"}


@pytest.mark.parametrize(
    ("name", "text", "version"),
    [
        ("sources.list", "deb http://mirror.example/debian sid main\n", "sid"),
        ("sources.list", "deb [signed-by=/x] http://mirror.example/debian unstable main\n", "sid"),
        ("sources.list.d/debian.sources", "Types: deb\nSuites: experimental sid\n", "sid"),
        ("sources.list", "# deb http://mirror.example/debian sid main\n", "testing"),
        ("sources.list", "deb http://mirror.example/debian forky main # not sid\n", "testing"),
        ("sources.list.d/a.list", "deb http://sid.example/sidux forky main\n", "testing"),
    ],
)
def test_unstable_is_told_from_testing_by_what_is_installed_from(
    tmp_path: Path, name: str, text: str, version: str
) -> None:
    (tmp_path / "sources.list.d").mkdir()
    (tmp_path / name).write_text(text)
    assert moztrap_facts.major_version(UNNUMBERED, tmp_path) == version


def test_a_release_with_a_number_is_called_by_it(tmp_path: Path) -> None:
    (tmp_path / "sources.list").write_text("deb http://mirror.example/debian sid main\n")
    assert moztrap_facts.major_version({"ID": "debian", "VERSION_ID": "12"}, tmp_path) == "12"
    assert moztrap_facts.major_version({"ID": "ubuntu", "VERSION_ID": "24.04"}, tmp_path) == "24"
    assert moztrap_facts.major_version({"ID": "arch"}, tmp_path) == ""


def test_authorities_of_ours_are_told_from_those_of_others(tmp_path: Path) -> None:
    """An earlier choice may have had the host trust them."""
    local = tmp_path / "usr/local/share/ca-certificates"
    local.mkdir(parents=True)
    for name in ("moztrap-0123456789abcdef.crt", "of-the-house.crt", "moztrap.txt"):
        (local / name).touch()
    assert moztrap_facts.our_authorities(tmp_path) == [
        "/usr/local/share/ca-certificates/moztrap-0123456789abcdef.crt"
    ]
    tls = tmp_path / "etc/moztrap/tls"
    tls.mkdir(parents=True)
    (tls / "database-ca.pem").touch()
    (tls / "ca.pem").touch()
    assert moztrap_facts.our_authorities(tmp_path)[0] == "/etc/moztrap/tls/database-ca.pem"


def test_units_of_ours_are_told_from_those_of_others(tmp_path: Path) -> None:
    """They tell which of the alternatives are on a host."""
    for name in (
        "moztrap-gunicorn@.service",
        "sshd.service",
        "apache2.service.d/moztrap.conf",
        "nginx.service.d/somebody.conf",
    ):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.touch()
    assert moztrap_facts.our_units(tmp_path) == [
        "apache2.service.d/moztrap.conf",
        "moztrap-gunicorn@.service",
    ]
