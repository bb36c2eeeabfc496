#!/usr/bin/python
"""Issue, renew or check a host's certificate, on the controller."""

from __future__ import annotations

import datetime
import fcntl
import ipaddress
import os
import tempfile
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

DOCUMENTATION = r"""
module: moztrap_tls_certificate
short_description: Issue, renew or check a host's certificate
description:
  - Runs on the controller. With I(provider=private_ca) it keeps a certificate authority in
    I(directory) and signs the host's request, unless the host's present certificate still fits.
    With I(provider=provided) it checks that the operator's files belong together, bear the
    names wanted and are valid. With I(provider=authority) it only tells who the authority is.
  - The host's private key is made on the host and never seen here.
options:
  provider:
    description: Where certificates come from.
    choices: [private_ca, provided, authority]
    type: str
    required: true
  names:
    description: DNS names and addresses that the certificate must bear; the first is its subject.
    type: list
    elements: str
  directory:
    description: Where the private authority keeps C(ca.pem) and C(ca.key).
    type: path
  authority_name:
    description: Common name of the private authority.
    type: str
  host_state:
    description: The host's certificate request and, if it has one, its present certificate, PEM.
    type: str
  valid_days:
    description: How long a new certificate is valid.
    type: int
    default: 397
  renew_days:
    description: Renew (or warn) when fewer days than this remain.
    type: int
    default: 30
  certificate:
    description: Operator's certificate with its chain, a file on the controller.
    type: path
  key:
    description: Operator's private key, a file on the controller.
    type: path
  authority:
    description: Certificate of the operator's authority, a file on the controller.
    type: path
"""

RETURN = r"""
certificate: {description: Certificate with its chain, PEM., type: str, returned: always}
authority: {description: Certificate of the authority to trust, PEM., type: str, returned: always}
not_after: {description: When the certificate ends, ISO 8601., type: str, returned: always}
reason: {description: Why a new certificate was issued., type: str, returned: when changed}
"""

IMPORT_ERROR: ImportError | None = None
try:
    from cryptography import x509
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
except ImportError as error:
    IMPORT_ERROR = error

AUTHORITY_DAYS = 3650
CLOCK_SKEW = datetime.timedelta(hours=1)


class CertificateError(Exception):
    """Something about the certificates that a person has to put right."""


def now() -> datetime.datetime:
    """Tell the time as certificates do: in UTC, to the second."""
    return datetime.datetime.now(datetime.UTC).replace(microsecond=0)


def general_name(name: str) -> Any:
    """Make the subject alternative name that fits `name`."""
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def names_of(certificate: Any) -> set[str]:
    """Tell the DNS names and addresses that a certificate bears."""
    try:
        extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        return set()
    return {str(name.value).lower() for name in extension.value}


def bears(present: set[str], wanted: str) -> bool:
    """Tell whether one of `present` covers `wanted`, as browsers match wildcards."""
    wanted = wanted.lower()
    parent = wanted.partition(".")[2]
    return wanted in present or (bool(parent) and f"*.{parent}" in present)


def public_bytes(holder: Any) -> bytes:
    """Write down a public key, so that two can be compared."""
    return bytes(
        holder.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
    )


def pem(certificate: Any) -> str:
    """Write a certificate as PEM."""
    return str(certificate.public_bytes(serialization.Encoding.PEM).decode())


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
            raise CertificateError(
                f"{certificate_file} is there but its key {key_file} is not. Bring the key back "
                f"from a copy, or remove {certificate_file}: a new authority is then made, and "
                "everyone who trusted the old one has to trust the new one."
            )
        os.chmod(key_file, 0o600)
        self.key = serialization.load_pem_private_key(key_file.read_bytes(), password=None)
        if public_bytes(self.key) != public_bytes(self.certificate):
            raise CertificateError(f"{key_file} is not the key of {certificate_file}.")

    def sign(self, request: Any, names: list[str], valid_days: int) -> Any:
        """Sign a host's request for `names`, whatever names the request asks for."""
        end = min(now() + datetime.timedelta(days=valid_days), self.certificate.not_valid_after_utc)
        if end - now() < datetime.timedelta(days=1):
            raise CertificateError(
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
    try:
        certificate.verify_directly_issued_by(authority)
    except (ValueError, TypeError, InvalidSignature):
        return "the present one is not of this authority"
    if public_bytes(certificate) != public_bytes(request):
        return "the present one belongs to another key"
    if names_of(certificate) != {name.lower() for name in names}:
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
        raise CertificateError("The host's certificate request is not signed by its own key.")
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


def read_provided(params: dict[str, Any], option: str) -> bytes:
    """Read one of the operator's files, or say which variable names the missing one."""
    path = params[option]
    variable = {"authority": "tls_provided_ca"}.get(option, f"tls_provided_{option}")
    if not path:
        raise CertificateError(
            f"tls_provider is 'provided' but {variable} is empty. "
            "Set it to a PEM file on the controller."
        )
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise CertificateError(f"{variable}: cannot read {path}: {error.strerror}.") from error


def check_provided(params: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """Check the operator's certificate, key and authority; return them, and a warning."""
    chain = read_provided(params, "certificate")
    key_bytes = read_provided(params, "key")
    authority = read_provided(params, "authority")
    try:
        certificate = x509.load_pem_x509_certificate(chain)
        x509.load_pem_x509_certificate(authority)
    except ValueError as error:
        raise CertificateError(
            f"tls_provided_certificate ({params['certificate']}) and tls_provided_ca "
            f"({params['authority']}) must both be PEM certificates: {error}"
        ) from error
    try:
        key = serialization.load_pem_private_key(key_bytes, password=None)
    except (ValueError, TypeError) as error:
        raise CertificateError(
            f"tls_provided_key ({params['key']}) must be a PEM private key without a passphrase: "
            "the web server starts without anybody to ask. Remove it with 'openssl pkey'."
        ) from error
    if public_bytes(key) != public_bytes(certificate):
        raise CertificateError(
            f"tls_provided_key ({params['key']}) is not the key of tls_provided_certificate "
            f"({params['certificate']}), whose first certificate must be the host's own."
        )
    present = names_of(certificate)
    missing = [name for name in params["names"] if not bears(present, name)]
    if missing:
        raise CertificateError(
            f"tls_provided_certificate ({params['certificate']}) is for "
            f"{', '.join(sorted(present)) or 'no name at all'}, not for {', '.join(missing)}. "
            "Get one that is, or set tls_certificate_names to the names clients really use."
        )
    if certificate.not_valid_before_utc > now() + CLOCK_SKEW:
        raise CertificateError(
            f"tls_provided_certificate ({params['certificate']}) is valid only from "
            f"{certificate.not_valid_before_utc:%Y-%m-%d %H:%M} UTC on."
        )
    left = certificate.not_valid_after_utc - now()
    if left <= datetime.timedelta(0):
        raise CertificateError(
            f"tls_provided_certificate ({params['certificate']}) ended on "
            f"{certificate.not_valid_after_utc:%Y-%m-%d %H:%M} UTC. Put a new one in its place."
        )
    warning = ""
    if left < datetime.timedelta(days=params["renew_days"]):
        warning = (
            f"The certificate {params['certificate']} ends in {left.days} days "
            f"({certificate.not_valid_after_utc:%Y-%m-%d}). Put a new one in its place."
        )
    result = {
        "changed": False,
        "certificate": chain.decode(),
        "authority": authority.decode(),
        "not_after": certificate.not_valid_after_utc.isoformat(),
    }
    return result, warning


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            "provider": {
                "type": "str",
                "choices": ["private_ca", "provided", "authority"],
                "required": True,
            },
            "names": {"type": "list", "elements": "str"},
            "directory": {"type": "path"},
            "authority_name": {"type": "str"},
            "host_state": {"type": "str"},
            "valid_days": {"type": "int", "default": 397},
            "renew_days": {"type": "int", "default": 30},
            "certificate": {"type": "path"},
            "key": {"type": "path", "no_log": False},
            "authority": {"type": "path"},
        },
        required_if=[
            ("provider", "private_ca", ("directory", "authority_name", "host_state", "names")),
            ("provider", "authority", ("directory", "authority_name")),
            ("provider", "provided", ("names",)),
        ],
        supports_check_mode=True,
    )
    if IMPORT_ERROR is not None:
        module.fail_json(
            msg=missing_required_lib("cryptography") + " It is in requirements.txt.",
            exception=IMPORT_ERROR,
        )
    try:
        if module.params["provider"] != "provided":
            result = issue(module.params, check_mode=module.check_mode)
        else:
            result, warning = check_provided(module.params)
            if warning:
                module.warn(warning)
    except CertificateError as error:
        module.fail_json(msg=str(error))
    module.exit_json(**result)


if __name__ == "__main__":
    main()
