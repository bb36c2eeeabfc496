"""The private authority signs, renews and keeps; operators' files are checked."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from plugins.modules import moztrap_tls_certificate as module

NAMES = ["moztrap.example.com", "10.0.0.1"]
Key = ec.EllipticCurvePrivateKey


def request_of(key: Key) -> str:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "host")])
    request = x509.CertificateSigningRequestBuilder().subject_name(subject)
    return request.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()


def key_pem(key: Key) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


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
    return module.issue({**params, "host_state": state, **changes}, check_mode=False)


def test_a_host_without_certificate_gets_one_that_clients_accept(
    params: dict[str, Any], tmp_path: Path
) -> None:
    result = module.issue(params, check_mode=False)
    certificate = x509.load_pem_x509_certificate(result["certificate"].encode())
    authority = x509.load_pem_x509_certificate(result["authority"].encode())
    certificate.verify_directly_issued_by(authority)
    assert result["changed"]
    assert module.names_of(certificate) == set(NAMES)
    assert (tmp_path / "tls").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "tls" / "ca.key").stat().st_mode & 0o777 == 0o600


def test_a_certificate_that_fits_is_kept_byte_for_byte(params: dict[str, Any]) -> None:
    first = module.issue(params, check_mode=False)
    second = again(params, first["certificate"])
    assert not second["changed"]
    assert second["certificate"] == first["certificate"]
    assert second["authority"] == first["authority"]


def test_a_new_name_a_new_key_and_a_near_end_renew(params: dict[str, Any]) -> None:
    first = module.issue(params, check_mode=False)["certificate"]
    other = ec.generate_private_key(ec.SECP256R1())
    assert "is for" in again(params, first, names=["other.example.com"])["reason"]
    assert "another key" in again(params, first, host_state=request_of(other))["reason"]
    assert "ends in" in again(params, first, renew_days=400)["reason"]
    assert (
        "not of this authority"
        in again(params, first, directory=params["directory"] + "-new")["reason"]
    )


def test_a_dry_run_makes_nothing(params: dict[str, Any], tmp_path: Path) -> None:
    assert module.issue(params, check_mode=True)["changed"]
    assert not (tmp_path / "tls").exists()


def test_whoever_asks_for_the_authority_alone_gets_the_one_that_signs(
    params: dict[str, Any], tmp_path: Path
) -> None:
    """A balancer with a certificate of somebody else's knows the hosts behind it by that."""
    asked = {name: params[name] for name in ("directory", "authority_name")}
    told = module.issue(asked | {"provider": "authority"}, check_mode=False)
    assert told["authority"] == module.issue(params, check_mode=False)["authority"]
    assert told["authority"] == (tmp_path / "tls" / "ca.pem").read_text()
    assert not told["changed"]


def test_an_authority_without_its_key_is_explained(params: dict[str, Any], tmp_path: Path) -> None:
    module.issue(params, check_mode=False)
    (tmp_path / "tls" / "ca.key").unlink()
    with pytest.raises(module.CertificateError, match=r"its key .*ca\.key is not"):
        module.issue(params, check_mode=False)


# --- The operator's own files -----------------------------------------------------


@pytest.fixture
def provided(params: dict[str, Any], key: Key, tmp_path: Path) -> dict[str, Any]:
    result = module.issue(params, check_mode=False)
    (tmp_path / "site.pem").write_text(result["certificate"])
    (tmp_path / "ca.pem").write_text(result["authority"])
    (tmp_path / "site.key").write_bytes(key_pem(key))
    return {
        "names": NAMES,
        "renew_days": 30,
        "certificate": str(tmp_path / "site.pem"),
        "key": str(tmp_path / "site.key"),
        "authority": str(tmp_path / "ca.pem"),
    }


def test_files_that_belong_together_are_taken(provided: dict[str, Any]) -> None:
    result, warning = module.check_provided(provided)
    assert "BEGIN CERTIFICATE" in result["certificate"]
    assert warning == ""


def test_a_certificate_that_ends_soon_is_taken_with_a_warning(provided: dict[str, Any]) -> None:
    assert "ends in" in module.check_provided({**provided, "renew_days": 400})[1]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"certificate": ""}, "tls_provided_certificate is empty"),
        ({"key": "/nonexistent"}, "tls_provided_key: cannot read /nonexistent"),
        ({"names": ["other.example.com"]}, "not for other.example.com"),
    ],
)
def test_what_is_wrong_is_named(
    provided: dict[str, Any], change: dict[str, Any], message: str
) -> None:
    with pytest.raises(module.CertificateError, match=message):
        module.check_provided({**provided, **change})


def test_a_foreign_key_is_refused(provided: dict[str, Any]) -> None:
    Path(provided["key"]).write_bytes(key_pem(ec.generate_private_key(ec.SECP256R1())))
    with pytest.raises(module.CertificateError, match="is not the key of"):
        module.check_provided(provided)


def test_an_ended_certificate_is_refused(
    provided: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    later = module.now() + datetime.timedelta(days=400)
    monkeypatch.setattr(module, "now", lambda: later)
    with pytest.raises(module.CertificateError, match="ended on"):
        module.check_provided(provided)


@pytest.mark.parametrize(
    ("name", "covered"),
    [("a.example.com", True), ("A.Example.com", True), ("b.a.example.com", False),
     ("example.com", False)],
)  # fmt: skip
def test_wildcards_cover_one_label(name: str, covered: bool) -> None:
    assert module.bears({"*.example.com"}, name) is covered
