"""What certificates and keys say, read with the library that the controller has."""

from __future__ import annotations

import datetime
import ipaddress
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization

CLOCK_SKEW = datetime.timedelta(hours=1)


def now() -> datetime.datetime:
    """Tell the time as certificates do: in UTC, to the second."""
    return datetime.datetime.now(datetime.UTC).replace(microsecond=0)


def names_of(certificate: Any) -> set[str]:
    """Tell the DNS names and addresses that a certificate bears."""
    try:
        extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        return set()
    return {str(name.value).lower() for name in extension.value}


def plain(name: str) -> str:
    """Write a name or an address in the one way in which it is compared."""
    try:
        return str(ipaddress.ip_address(name))
    except ValueError:
        return name.lower().rstrip(".")


def bears(present: set[str], wanted: str) -> bool:
    """Tell whether one of `present` covers `wanted`, as browsers match wildcards."""
    wanted = plain(wanted)
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


def is_issued_by(certificate: Any, authority: Any) -> bool:
    """Tell whether the authority's key signed a certificate that names it as its issuer."""
    try:
        certificate.verify_directly_issued_by(authority)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True
