"""What a guest is told of the machine's network."""

import io
import tarfile
from pathlib import Path

import pytest

from testbed import guest_config
from testbed.errors import TestbedError
from testbed.seed import Seed


@pytest.mark.parametrize(
    ("address", "reachable"),
    [
        ("https://index.example/simple", True),
        ("http://proxy.example:3128", True),
        ("proxy.example:3128", True),
        ("http://127.0.0.1:3142", False),
        ("http://localhost:8080/", False),
        ("file:///opt/wheels", False),
        ("/opt/wheels", False),
    ],
)
def test_reachable_from_guest(address: str, reachable: bool) -> None:
    assert guest_config.reachable_from_guest(address) is reachable


def test_apt_proxies_are_passed_on_and_local_ones_left_out(
    capsys: pytest.CaptureFixture[str],
) -> None:
    dump = (
        'Acquire::http::Proxy "http://proxy.example:3142";\n'
        'Acquire::https::Proxy "http://127.0.0.1:3142";\n'
        'Acquire::http::Proxy-Auto-Detect "/usr/bin/auto-apt-proxy";\n'
        'Acquire::Check-Valid-Until "false";\n'
        'Dir::Cache "var/cache/apt";\n'
    )
    assert guest_config.parse_apt_options(dump, {}) == [
        'Acquire::http::Proxy "http://proxy.example:3142";',
        'Acquire::Check-Valid-Until "false";',
    ]
    assert "Acquire::https::Proxy" in capsys.readouterr().err


def test_proxy_variables_count_too() -> None:
    options = guest_config.parse_apt_options("", {"http_proxy": "http://proxy.example:8080"})
    assert options == ['Acquire::http::Proxy "http://proxy.example:8080";']


def test_pip_keeps_only_what_a_guest_reaches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guest_config, "extra_authorities", lambda: {"own.crt": b""})
    listing = (
        ":env:.cert='/somewhere/here.pem'\n"
        "global.index-url='https://index.example/simple'\n"
        "global.extra-index-url='file:///opt/simple https://more.example/simple'\n"
        "global.find-links='/opt/wheels'\n"
    )
    assert guest_config.render_pip(listing) == (
        "[global]\n"
        "disable-pip-version-check = true\n"
        "cert = /etc/ssl/certs/ca-certificates.crt\n"
        "index-url = https://index.example/simple\n"
        "extra-index-url = https://more.example/simple\n"
    )


def test_pip_with_defaults_needs_no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guest_config, "extra_authorities", dict)
    assert guest_config.render_pip("") == ""


def test_authorities_are_certificates(tmp_path: Path) -> None:
    (tmp_path / "own.crt").write_text("not a certificate")
    found = guest_config.extra_authorities(tmp_path)
    with pytest.raises(TestbedError, match=r"own\.crt holds no PEM certificate"):
        guest_config.check_authorities(found)


def test_seed_keeps_modes_and_protects_root() -> None:
    seed = Seed()
    seed.add("/root/.ssh/authorized_keys", "key\n", 0o600)
    seed.add("/etc/hosts", "127.0.0.1 localhost\n")
    with tarfile.open(fileobj=io.BytesIO(seed.tar())) as archive:
        modes = {entry.name: entry.mode for entry in archive}
    assert modes == {
        "root": 0o700,
        "root/.ssh": 0o700,
        "root/.ssh/authorized_keys": 0o600,
        "etc": 0o755,
        "etc/hosts": 0o644,
    }
