"""Who is trusted is who serves clients, whatever a newer Python thinks of an authority."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Any

import pytest

from tests.helpers import certificates, plugins  # noqa: F401  # makes our shared code importable

from ansible.module_utils.moztrap.provided_certificate import shake_hands  # isort: skip
from ansible.module_utils.moztrap.trust import trusting  # isort: skip

NAME = "moztrap.example.com"


@pytest.fixture
def python_of_debian_13(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whose contexts are strict by default, since Python 3.13."""
    lenient = ssl.create_default_context

    def strict(**options: Any) -> ssl.SSLContext:
        context = lenient(**options)
        context.verify_flags |= ssl.VERIFY_X509_STRICT
        return context

    monkeypatch.setattr(ssl, "create_default_context", strict)


@pytest.mark.usefixtures("python_of_debian_13")
@pytest.mark.parametrize("given", ["path", "pem"])
def test_an_authority_without_key_usage_is_trusted(tmp_path: Path, given: str) -> None:
    """As MariaDB's client, HAProxy, Postfix and every browser trust it."""
    authority = certificates.make_authority(tmp_path / "authority", "In a hurry")
    certificates.issue(authority, [NAME], tmp_path)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(tmp_path / certificates.CERTIFICATE, tmp_path / certificates.KEY)
    file = authority / certificates.AUTHORITY
    told = {"path": str(file)} if given == "path" else {"pem": file.read_text()}
    strict = ssl.create_default_context(cafile=file)
    strict.check_hostname = False
    with pytest.raises(ssl.SSLCertVerificationError, match="key usage"):
        shake_hands(strict, server)
    shake_hands(trusting_without_name(told), server)


def trusting_without_name(told: dict[str, str]) -> ssl.SSLContext:
    """No name is asked for in memory."""
    client = trusting(**told)
    client.check_hostname = False
    return client


def test_nobody_else_is_trusted(tmp_path: Path) -> None:
    authority = certificates.make_authority(tmp_path / "authority", "Ours")
    other = certificates.make_authority(tmp_path / "other", "Theirs")
    certificates.issue(other, [NAME], tmp_path)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(tmp_path / certificates.CERTIFICATE, tmp_path / certificates.KEY)
    with pytest.raises(ssl.SSLCertVerificationError):
        shake_hands(trusting_without_name({"path": str(authority / "ca.pem")}), server)
