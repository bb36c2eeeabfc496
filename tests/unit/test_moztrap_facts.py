"""The look that preflight takes at a host."""

from pathlib import Path

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
