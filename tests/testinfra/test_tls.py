"""Role tls: the certificate, its key, and what the server negotiates with them."""

import ssl

import pytest
from testinfra.host import Host

from tests.helpers.website import Site
from tests.testinfra.conftest import Value

GROUPS = ("web", "static", "balancer")
UNITS = ("apache2.service", "nginx.service")


def test_key_is_for_root_alone(host: Host, value: Value) -> None:
    key = host.file(value("tls_private_key_path"))
    assert key.user == "root"
    assert key.mode == 0o600


def test_certificate_names_the_site(host: Host, value: Value) -> None:
    facts = value("{'path': tls_certificate_path, 'names': tls_certificate_names}")
    shown = host.run("openssl x509 -noout -ext subjectAltName -in %s", facts["path"]).stdout
    for name in facts["names"]:
        assert name in shown, f"{name} is not in {shown}"


def test_certificate_lasts_a_month_at_least(host: Host, value: Value) -> None:
    path = value("tls_certificate_path")
    checked = host.run("openssl x509 -noout -checkend 2592000 -in %s", path)
    assert checked.rc == 0, host.run("openssl x509 -noout -dates -in %s", path).stdout


def test_certificate_belongs_to_the_key(host: Host, value: Value) -> None:
    paths = value("[tls_certificate_path, tls_private_key_path]")
    of_certificate = host.run("openssl x509 -noout -pubkey -in %s", paths[0]).stdout
    of_key = host.run("openssl pkey -pubout -in %s", paths[1]).stdout
    assert of_certificate == of_key


def test_chain_is_trusted_through_the_ca(site: Site) -> None:
    with site.handshake(site.context()) as connection:
        assert connection.version() in {"TLSv1.2", "TLSv1.3"}


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
def test_old_protocols_are_refused(site: Site, version: ssl.TLSVersion) -> None:
    context = site.context()
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    context.minimum_version = version
    context.maximum_version = version
    # The alert is the server's: a client that cannot speak the version fails otherwise.
    with pytest.raises(ssl.SSLError, match=r"ALERT_PROTOCOL_VERSION|alert protocol version"):
        site.handshake(context)


@pytest.mark.parametrize(
    "cipher", ["AES128-SHA", "AES256-GCM-SHA384", "ECDHE-RSA-AES128-SHA:ECDHE-ECDSA-AES128-SHA"]
)
def test_weak_ciphers_are_refused(site: Site, cipher: str) -> None:
    context = site.context()
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(f"{cipher}:@SECLEVEL=0")
    with pytest.raises(ssl.SSLError, match=r"(?i)handshake.failure"):
        site.handshake(context)


def test_speaks_http2(site: Site) -> None:
    context = site.context()
    context.set_alpn_protocols(["h2", "http/1.1"])
    with site.handshake(context) as connection:
        assert connection.selected_alpn_protocol() == "h2"
