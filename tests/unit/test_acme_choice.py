"""`tls_provider: acme`: what each host is told, and what preflight refuses."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.helpers import certificates as files
from tests.helpers import plugins  # noqa: F401  # makes our shared code importable
from tests.helpers.programs import make_certificate
from tests.helpers.role_templates import MULTI, render, value
from tests.unit.test_nginx_templates import facts
from tests.unit.test_role_templates import parse_haproxy, parse_rules

from ansible.module_utils.moztrap.preflight import certificates  # isort: skip
from ansible.module_utils.moztrap.preflight.inventory import Host, Inventory, Value  # isort: skip

ACME: dict[str, Any] = {"tls_provider": "acme"}
PAIR = {"front1": ["balancer"], "front2": ["balancer"], "web1": ["web", "static"], "web2": ["web"]}
CHALLENGE = "/.well-known/acme-challenge/"
SYSTEM = "/etc/ssl/certs/ca-certificates.crt"


# --- who gets what ------------------------------------------------------------------


def test_the_host_that_people_reach_is_certified() -> None:
    expression = "tls_at_entrance"
    assert value("tls", expression, **ACME) is True
    assert [host for host in MULTI if value("tls", expression, MULTI, host, **ACME)] == ["front"]
    assert value("tls", "tls__uses_acme", **ACME) is True
    assert value("tls", "tls__uses_acme") is False


def test_only_there_is_certbot_installed() -> None:
    expression = "'certbot' in base_role_packages"
    assert value("base", expression, **ACME) is True
    assert value("base", expression) is False
    assert [host for host in MULTI if value("base", expression, MULTI, host, **ACME)] == ["front"]


def test_a_web_server_serves_proof_and_a_balancer_passes_it_on() -> None:
    proof = "[tls_acme_webroot, tls_acme_address, tls_acme_reloads]"
    web = ["/var/www/moztrap-acme", "127.0.0.1", ["apache2.service"]]
    assert value("tls", proof, **ACME) == web
    assert value("tls", proof, **ACME, moztrap_web_server="nginx")[2] == ["nginx.service"]
    assert value("tls", proof, MULTI, "front", **ACME) == ["", "127.0.0.1", ["haproxy.service"]]
    assert value("tls", proof, PAIR, "front2", **ACME)[1] == "10.0.0.2"


def test_whichever_balancer_is_asked_every_certbot_is_found() -> None:
    def servers(hosts: dict[str, list[str]], **choices: Any) -> list[tuple[str, int]]:
        found = value("haproxy", "haproxy_acme_servers", hosts, next(iter(hosts)), **choices)
        return [(server["address"], server["port"]) for server in found]

    assert servers(PAIR, **ACME) == [("10.0.0.1", 8402), ("10.0.0.2", 8402)]
    assert servers(MULTI, **ACME) == [("127.0.0.1", 8402)]
    assert servers(MULTI) == [("10.0.0.2", 80), ("10.0.0.3", 80)]


def test_haproxy_reads_it(tmp_path: Path) -> None:
    certificate = make_certificate(tmp_path)
    text = render("haproxy", "haproxy.cfg.j2", PAIR, "front1", **certificate, **ACME)
    parse_haproxy(certificate, tmp_path, text)
    assert re.findall(r"server (\S+) (\S+):8402 no-ssl", text) == [
        ("front1", "10.0.0.1"),
        ("front2", "10.0.0.2"),
    ]


def test_only_the_other_balancers_reach_a_certbot(tmp_path: Path) -> None:
    rules = render("firewall", "rules.nft.j2", PAIR, "front1", **ACME)
    parse_rules(rules, tmp_path)
    line = next(line for line in rules.splitlines() if "8402" in line)
    assert "10.0.0.2" in line
    assert not {"10.0.0.1", "10.0.0.3", "10.0.0.4"} & set(re.findall(r"[0-9.]{7,}", line))
    for hosts, host in ((PAIR, "web1"), (MULTI, "front")):
        assert "8402" not in render("firewall", "rules.nft.j2", hosts, host, **ACME)
    assert "8402" not in render("firewall", "rules.nft.j2", PAIR, "front1")


def test_a_balancer_knows_its_web_hosts_by_the_private_authority() -> None:
    expression = "[haproxy_ca_path, assets_ca_path, activate_ca_path, backup_ca_path]"
    for hosts, host in ((MULTI, "front"), (MULTI, "web1"), (PAIR, "web2")):
        told = value("haproxy", expression, hosts, host, **ACME)
        assert told == ["/etc/moztrap/tls/ca.pem"] * 4


def test_hosts_and_controller_trust_the_authority_of_the_certificate() -> None:
    expression = "[assets_ca_path, activate_ca_path, backup_ca_path, activate_controller_ca_path]"
    assert value("activate", expression, **ACME) == [SYSTEM] * 3 + [""]
    private: dict[str, Any] = {"tls_acme_ca_file": "/secure/step.pem"}
    ours = "/etc/moztrap/tls/acme-ca.pem"
    assert value("activate", expression, **ACME, **private) == [ours] * 3 + ["/secure/step.pem"]
    # What is left in the inventory by who changed over to something else does nothing.
    assert value("activate", expression, **private) == ["/etc/moztrap/tls/ca.pem"] * 3 + [
        "/inventory/.state/tls/ca.pem"
    ]
    controller = "activate_controller_ca_path"
    assert value("activate", controller, MULTI, "web1", **ACME, **private) == "/secure/step.pem"


def test_certbot_trusts_a_private_server_and_waits_for_the_web_server() -> None:
    text = render("tls", "certbot.service.conf.j2", **ACME)
    assert "REQUESTS_CA_BUNDLE" not in text
    assert "After=network-online.target apache2.service" in text
    text = render("tls", "certbot.service.conf.j2", **ACME, tls_acme_ca_file="/secure/step.pem")
    assert "Environment=REQUESTS_CA_BUNDLE=/etc/moztrap/tls/acme-ca.pem" in text.splitlines()


def test_what_a_client_writes_below_its_webroot_is_what_is_served(tmp_path: Path) -> None:
    """A client that is given a webroot makes .well-known/acme-challenge in it."""
    root = "/var/www/moztrap-acme"
    pair = make_certificate(tmp_path)
    apache = render("apache", "apache2.conf.j2", **pair)
    assert f"Alias {CHALLENGE} {root}{CHALLENGE}" in apache
    nginx = render("nginx", "nginx.conf.j2", **pair, **facts())
    location = nginx.split(f"location ^~ {CHALLENGE} {{", 1)[1].split("}", 1)[0]
    assert f"root {root};" in location
    assert "alias" not in location


# --- what is refused ----------------------------------------------------------------


def inventory(tmp_path: Path, **changes: Any) -> Inventory:
    folder = files.make_authority(tmp_path / "authority", "Somebody else's")
    authority = folder / files.AUTHORITY
    variables: dict[str, Any] = {
        "tls_provider": "acme",
        "moztrap_server_name": "tests.your.org",
        "tls_acme_email": "operations@your.org",
        "tls_acme_agree_to_terms": True,
        "tls_acme_ca_file": str(authority),
        "tls_acme_directory": "https://ca.your.org/acme/directory",
    } | changes
    variables = {name: value for name, value in variables.items() if value is not None}

    def get(name: str) -> Value:
        found = variables.get(name)
        return Value(found, where=f"main.yml:{name}") if name in variables else Value()

    host = Host("one", ("web",), frozenset(variables), get)
    return Inventory({"web": ["one"]}, {"one": host}, "inventories/x")


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"tls_acme_ca_file": None, "tls_acme_directory": None},
        {"tls_acme_ca_file": "", "tls_acme_directory": ""},
        {"moztrap_server_name": "moztrap.test"},
        {"firewall_inbound": [{"service": "https", "ports": [80, 443], "sources": "any"}]},
        {"firewall_inbound": [{"ports": [443]}], "firewall_enabled": False},
        # Told with the types.
        {"firewall_inbound": [{"ports": 80}]},
        {"firewall_inbound": [{"ports": None}, "https"]},
        {"tls_acme_agree_to_terms": "true"},
        {"tls_provider": None, "tls_acme_email": None, "moztrap_server_name": "10.0.0.1"},
        {"tls_provider": "private_ca", "tls_acme_agree_to_terms": False},
    ],
)
def test_what_fits_is_not_refused(tmp_path: Path, changes: dict[str, Any]) -> None:
    assert list(certificates.certificate_problems(inventory(tmp_path, **changes))) == []


@pytest.mark.parametrize(
    ("changes", "subject", "words"),
    [
        ({"moztrap_server_name": "10.0.0.1"}, "moztrap_server_name", "an address"),
        ({"moztrap_server_name": "fd00::1"}, "moztrap_server_name", "an address"),
        (
            {"moztrap_server_name": "moztrap.test", "tls_acme_directory": ""},
            "moztrap_server_name",
            "no public authority",
        ),
        (
            {"moztrap_server_name": "moztrap", "tls_acme_directory": None},
            "moztrap_server_name",
            "no public authority",
        ),
        ({"tls_acme_email": None}, "tls_acme_email", "is empty"),
        ({"tls_acme_email": "operations"}, "tls_acme_email", "needs an address"),
        ({"tls_acme_email": "me@example.org"}, "tls_acme_email", "needs an address"),
        ({"tls_acme_agree_to_terms": None}, "tls_acme_agree_to_terms", "is not true"),
        ({"tls_acme_agree_to_terms": False}, "tls_acme_agree_to_terms", "is not true"),
        ({"tls_acme_directory": "http://ca.your.org/"}, "tls_acme_directory", "not an https"),
        ({"tls_acme_directory": "ca.your.org"}, "tls_acme_directory", "not an https"),
        ({"tls_acme_ca_file": "/no/such"}, "tls_acme_ca_file", "no file"),
        (
            {"firewall_inbound": [{"service": "https", "ports": [443], "sources": "any"}]},
            "firewall_inbound",
            "opens port 80 to nobody",
        ),
    ],
)
def test_what_cannot_work_is_refused(
    tmp_path: Path, changes: dict[str, Any], subject: str, words: str
) -> None:
    found = list(certificates.certificate_problems(inventory(tmp_path, **changes)))
    assert [problem.subject for problem in found] == [subject]
    assert words in found[0].what
    assert found[0].fix


def test_an_authority_that_is_not_pem_is_refused(tmp_path: Path) -> None:
    der = tmp_path / "ca.der"
    der.write_bytes(b"\x30\x82\xff")
    found = list(certificates.certificate_problems(inventory(tmp_path, tls_acme_ca_file=str(der))))
    assert [problem.subject for problem in found] == ["tls_acme_ca_file"]
    assert "PEM" in found[0].what
