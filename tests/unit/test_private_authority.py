"""The private authority signs, renews and keeps."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.helpers import plugins  # noqa: F401  # makes our shared code importable

from ansible.module_utils.moztrap import private_authority  # isort: skip
from ansible.module_utils.moztrap.x509_facts import names_of  # isort: skip

NAMES = ["moztrap.example.com", "10.0.0.1"]
Key = ec.EllipticCurvePrivateKey


def request_of(key: Key) -> str:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "host")])
    request = x509.CertificateSigningRequestBuilder().subject_name(subject)
    return request.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()


@pytest.fixture
def key() -> Key:
    return ec.generate_private_key(ec.SECP256R1())


@pytest.fixture
def params(tmp_path: Path, key: Key) -> dict[str, Any]:
    return {
        "directory": str(tmp_path / "tls"),
        "authority_name": "Test CA",
        "names": NAMES,
        "host_state": request_of(key),
        "valid_days": 397,
        "renew_days": 30,
    }


def again(params: dict[str, Any], certificate: str, **changes: Any) -> dict[str, Any]:
    state = changes.pop("host_state", params["host_state"]) + certificate
    return private_authority.issue({**params, "host_state": state, **changes}, check_mode=False)


def test_a_host_without_certificate_gets_one_that_clients_accept(
    params: dict[str, Any], tmp_path: Path
) -> None:
    result = private_authority.issue(params, check_mode=False)
    certificate = x509.load_pem_x509_certificate(result["certificate"].encode())
    authority = x509.load_pem_x509_certificate(result["authority"].encode())
    certificate.verify_directly_issued_by(authority)
    assert result["changed"]
    assert names_of(certificate) == set(NAMES)
    assert (tmp_path / "tls").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "tls" / "ca.key").stat().st_mode & 0o777 == 0o600


def test_a_certificate_that_fits_is_kept_byte_for_byte(params: dict[str, Any]) -> None:
    first = private_authority.issue(params, check_mode=False)
    second = again(params, first["certificate"])
    assert not second["changed"]
    assert second["certificate"] == first["certificate"]
    assert second["authority"] == first["authority"]


def test_a_new_name_a_new_key_and_a_near_end_renew(params: dict[str, Any]) -> None:
    first = private_authority.issue(params, check_mode=False)["certificate"]
    other = ec.generate_private_key(ec.SECP256R1())
    assert "is for" in again(params, first, names=["other.example.com"])["reason"]
    assert "another key" in again(params, first, host_state=request_of(other))["reason"]
    assert "ends in" in again(params, first, renew_days=400)["reason"]
    assert (
        "not of this authority"
        in again(params, first, directory=params["directory"] + "-new")["reason"]
    )


def test_a_dry_run_makes_nothing(params: dict[str, Any], tmp_path: Path) -> None:
    assert private_authority.issue(params, check_mode=True)["changed"]
    assert not (tmp_path / "tls").exists()


def test_whoever_asks_for_the_authority_alone_gets_the_one_that_signs(
    params: dict[str, Any], tmp_path: Path
) -> None:
    """A balancer with a certificate of somebody else's knows the hosts behind it by that."""
    asked = {name: params[name] for name in ("directory", "authority_name")}
    told = private_authority.issue(asked | {"provider": "authority"}, check_mode=False)
    assert told["authority"] == private_authority.issue(params, check_mode=False)["authority"]
    assert told["authority"] == (tmp_path / "tls" / "ca.pem").read_text()
    assert not told["changed"]


def test_an_authority_without_its_key_is_explained(params: dict[str, Any], tmp_path: Path) -> None:
    private_authority.issue(params, check_mode=False)
    (tmp_path / "tls" / "ca.key").unlink()
    with pytest.raises(private_authority.AuthorityError, match=r"its key .*ca\.key is not"):
        private_authority.issue(params, check_mode=False)
