"""nginx's configuration, rendered by Ansible and read by nginx; the rest is in testinfra."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.programs import UNPACKED, make_certificate, program, run
from tests.helpers.role_templates import MULTI, render

PACKAGES = "nginx libnginx-mod-http-brotli-filter"


def facts(major: str = "12", ipv6: bool = True) -> dict[str, Any]:
    """What the host says of itself."""
    return {"ansible_facts": {"distribution_major_version": major, "moztrap_ipv6": ipv6}}


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return make_certificate(tmp_path_factory.mktemp("tls")) | facts()


def parse(text: str, folder: Path) -> str:
    """Let nginx read it, with its files elsewhere; return what it says."""
    nginx = program("nginx", PACKAGES)
    if Path(nginx).is_relative_to(UNPACKED):
        text = text.replace("/usr/lib/nginx/modules", str(UNPACKED / "usr/lib/nginx/modules"))
    for place in ("/var/log/nginx/moztrap", "/run"):
        text = text.replace(f" {place}/", f" {folder}/")
    # Its directories below /var/lib are not there where the package is only unpacked.
    temporary = "".join(
        f"{kind}_temp_path {folder}/{kind};"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    text = text.replace("http {", "http { " + temporary, 1)
    (folder / "nginx.conf").write_text(text)
    done = run(nginx, "-t", "-p", folder, "-e", folder / "error.log", "-c", folder / "nginx.conf")
    assert done.returncode == 0, done.stderr
    return done.stderr


@pytest.mark.parametrize(
    "choices",
    [
        {},
        {"nginx_tls_profile": "modern"},
        {"nginx_hsts_include_subdomains": True, "nginx_hsts_preload": True},
        {"nginx_hsts_seconds": 0},
        {"nginx_site_title": 'Prüfstand "A" & Co $5'},
        {"nginx_static_url": "/s/t/"},
        {"nginx_request_megabytes": 5000},
        facts(ipv6=False),
    ],
    ids=lambda choices: next(iter(choices), "default"),
)
def test_nginx_reads_every_alternative(
    certificate: dict[str, Any], tmp_path: Path, choices: dict[str, Any]
) -> None:
    text = render("nginx", "nginx.conf.j2", **(certificate | choices))
    said = parse(text, tmp_path)
    assert "[warn]" not in said, said
    assert text.isascii()


@pytest.mark.parametrize("host", ["web1", "files"])
def test_nginx_reads_the_configuration_of_several_hosts(
    certificate: dict[str, Any], tmp_path: Path, host: str
) -> None:
    text = render("nginx", "nginx.conf.j2", MULTI, host, **certificate)
    parse(text, tmp_path)
    assert ("proxy_pass http://unix:" in text) == (host == "web1")
    assert ("gzip_static on" in text) == (host == "files")
    assert "set_real_ip_from 10.0.0.1;" in text


def test_nobody_is_told_an_ipv4_address_as_an_ipv6_one(certificate: dict[str, Any]) -> None:
    """What a release may see of readiness goes by the address, and so do logs."""
    text = render("nginx", "nginx.conf.j2", **certificate)
    told = [line for line in text.splitlines() if "$remote_addr" in line]
    assert [line.split()[0] for line in told] == ["map", "default"]
    assert text.count("$moztrap_client") == 3


def test_debian_13_gets_the_directive_that_it_wants(certificate: dict[str, Any]) -> None:
    """Debian 12 knows only the parameter, and Debian 13 warns of it."""
    old = render("nginx", "nginx.conf.j2", **certificate)
    new = render("nginx", "nginx.conf.j2", **(certificate | facts("13")))
    assert "http2 on;" not in old
    assert re.findall(r"listen \S+ ssl http2", old)
    # For every name: the protocol is agreed on before the server that has it is found.
    assert "http2 on;" in new[: new.index("server {")]
    assert not re.findall(r"listen .* http2", new)


def test_every_block_with_headers_of_its_own_has_them_all(certificate: dict[str, Any]) -> None:
    """nginx drops those of the blocks around it, without a word."""
    text = render("nginx", "nginx.conf.j2", **certificate)
    blocks = re.split(r"\n\s*(?=server \{|location )", text)
    bearing = [block for block in blocks if "add_header" in block]
    assert len(bearing) >= 4
    for block in bearing:
        for name in ("X-Content-Type-Options", "X-Frame-Options", "Content-Security-Policy"):
            assert block.count(f"add_header {name} ") == 1, block


def test_hsts_is_sent_only_over_https_and_only_if_asked(certificate: dict[str, Any]) -> None:
    text = render("nginx", "nginx.conf.j2", **certificate)
    redirecting = text[text.index("Plain HTTP") : text.index("# --- The site")]
    assert "Strict-Transport-Security" not in redirecting
    without = render("nginx", "nginx.conf.j2", **(certificate | {"nginx_hsts_seconds": 0}))
    assert "Strict-Transport-Security" not in without


def test_types_are_those_of_the_other_web_server(certificate: dict[str, Any]) -> None:
    """Whoever switches must not change what a browser makes of a file."""
    text = render("nginx", "nginx.conf.j2", **certificate)
    table = text[text.index("types {") : text.index("default_type")]
    ours = {
        name: line.split()[0]
        for line in table.splitlines()[1:-1]
        for name in line.strip().rstrip(";").split()[1:]
    }
    theirs: dict[str, str] = {}
    for line in Path("/etc/mime.types").read_text().splitlines():
        words = line.split()
        if words and not line.startswith("#"):
            theirs |= dict.fromkeys(words[1:], words[0])
    different = {
        name: (kind, theirs[name])
        for name, kind in ours.items()
        if name in theirs and theirs[name] != kind
    }
    assert different == {}
