"""The certificate authority of one inventory: made and kept on the controller, for its hosts."""

from __future__ import annotations

import datetime
import fcntl
import ipaddress
import os
import tempfile
from pathlib import Path
from typing import Any

from ansible.module_utils.moztrap.x509_facts import (
    CLOCK_SKEW,
    is_issued_by,
    names_of,
    now,
    pem,
    plain,
    public_bytes,
)
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

AUTHORITY_DAYS = 3650


class AuthorityError(Exception):
    """Something about the authority that a person has to put right."""


def general_name(name: str) -> Any:
    """Make the subject alternative name that fits `name`."""
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def write_private(path: Path, content: bytes, mode: int) -> None:
    """Write a file in one step, never readable by more than `mode` says."""
    descriptor, temporary = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        os.fchmod(file.fileno(), mode)
        os.fsync(file.fileno())
    os.replace(temporary, path)


class PrivateAuthority:
    """The certificate authority of one inventory."""

    def __init__(self, directory: Path, common_name: str) -> None:
        self.directory = directory
        self.common_name = common_name
        self.certificate: Any = None
        self.key: Any = None

    def open(self, *, create: bool) -> None:
        """Load the authority, made first if need be; hosts are handled side by side."""
        if not create and not self.directory.exists():
            return
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.chmod(self.directory, 0o700)
        with open(self.directory / ".lock", "w", encoding="utf-8") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            key_file, certificate_file = self.directory / "ca.key", self.directory / "ca.pem"
            if not certificate_file.exists():
                if not create:
                    return
                self._create(key_file, certificate_file)
            self._load(key_file, certificate_file)

    def _create(self, key_file: Path, certificate_file: Path) -> None:
        key = ec.generate_private_key(ec.SECP384R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, self.common_name)])
        usage = x509.KeyUsage(
            digital_signature=False, content_commitment=False, key_encipherment=False,
            data_encipherment=False, key_agreement=False, key_cert_sign=True, crl_sign=True,
            encipher_only=False, decipher_only=False,
        )  # fmt: skip
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now() - CLOCK_SKEW)
            .not_valid_after(now() + datetime.timedelta(days=AUTHORITY_DAYS))
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(usage, critical=True)
            .add_extension(
                x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False
            )
            .sign(key, hashes.SHA384())
        )
        key_bytes = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        # The certificate last: its presence says that the key is there too.
        write_private(key_file, key_bytes, 0o600)
        write_private(certificate_file, pem(certificate).encode(), 0o644)

    def _load(self, key_file: Path, certificate_file: Path) -> None:
        self.certificate = x509.load_pem_x509_certificate(certificate_file.read_bytes())
        if not key_file.exists():
            raise AuthorityError(
                f"{certificate_file} is there but its key {key_file} is not. Bring the key back "
                f"from a copy, or remove {certificate_file}: a new authority is then made, and "
                "everyone who trusted the old one has to trust the new one."
            )
        os.chmod(key_file, 0o600)
        self.key = serialization.load_pem_private_key(key_file.read_bytes(), password=None)
        if public_bytes(self.key) != public_bytes(self.certificate):
            raise AuthorityError(f"{key_file} is not the key of {certificate_file}.")

    def sign(self, request: Any, names: list[str], valid_days: int) -> Any:
        """Sign a host's request for `names`, whatever names the request asks for."""
        end = min(now() + datetime.timedelta(days=valid_days), self.certificate.not_valid_after_utc)
        if end - now() < datetime.timedelta(days=1):
            raise AuthorityError(
                f"The private authority {self.directory}/ca.pem ends on "
                f"{self.certificate.not_valid_after_utc:%Y-%m-%d}. Remove ca.pem and ca.key there "
                "and run the playbook again; then trust the new ca.pem in place of the old one."
            )
        identifier = self.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
        usage = x509.KeyUsage(
            digital_signature=True, content_commitment=False, key_encipherment=False,
            data_encipherment=False, key_agreement=False, key_cert_sign=False, crl_sign=False,
            encipher_only=False, decipher_only=False,
        )  # fmt: skip
        return (
            x509.CertificateBuilder()
            # The subject holds 64 characters at most; clients read the names below.
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0][:64])]))
            .issuer_name(self.certificate.subject)
            .public_key(request.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now() - CLOCK_SKEW)
            .not_valid_after(end)
            .add_extension(
                x509.SubjectAlternativeName([general_name(name) for name in names]),
                critical=False,
            )
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(usage, critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier.value),
                critical=False,
            )
            .sign(self.key, hashes.SHA384())
        )


def present_certificate(host_state: str) -> Any:
    """Find the certificate the host has now; nothing if there is none that can be read."""
    try:
        return x509.load_pem_x509_certificate(host_state.encode())
    except ValueError:
        return None


def reason_to_issue(
    certificate: Any, request: Any, authority: Any, names: list[str], renew_days: int
) -> str:
    """Tell why the host's present certificate will not do, or nothing if it will."""
    if certificate is None:
        return "the host has no certificate"
    if not is_issued_by(certificate, authority):
        return "the present one is not of this authority"
    if public_bytes(certificate) != public_bytes(request):
        return "the present one belongs to another key"
    if names_of(certificate) != {plain(name) for name in names}:
        return f"the present one is for {', '.join(sorted(names_of(certificate)))}"
    left = certificate.not_valid_after_utc - now()
    if left < datetime.timedelta(days=renew_days):
        return f"the present one ends in {left.days} days"
    return ""


def issue(params: dict[str, Any], *, check_mode: bool) -> dict[str, Any]:
    """Keep the host's certificate if it still fits, or sign a new one."""
    authority = PrivateAuthority(Path(params["directory"]), params["authority_name"])
    authority.open(create=not check_mode)
    if authority.certificate is None:
        # A dry run before the authority exists.
        return {"changed": True, "certificate": "", "authority": "", "not_after": "",
                "reason": "there is no authority yet"}  # fmt: skip
    if params.get("provider") == "authority":
        return {
            "changed": False,
            "certificate": "",
            "authority": pem(authority.certificate),
            "not_after": authority.certificate.not_valid_after_utc.isoformat(),
        }
    certificate = present_certificate(params["host_state"])
    request = x509.load_pem_x509_csr(params["host_state"].encode())
    if not request.is_signature_valid:
        raise AuthorityError("The host's certificate request is not signed by its own key.")
    reason = reason_to_issue(
        certificate, request, authority.certificate, params["names"], params["renew_days"]
    )
    if reason:
        certificate = authority.sign(request, params["names"], params["valid_days"])
    return {
        "changed": bool(reason),
        "reason": reason,
        "certificate": pem(certificate),
        "authority": pem(authority.certificate),
        "not_after": certificate.not_valid_after_utc.isoformat(),
    }
