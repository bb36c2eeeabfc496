"""Read what a certificate says of itself, with the OpenSSL that every host has."""

from __future__ import annotations

import ipaddress
import re
import socket
import ssl
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

DAY_SECONDS = 86_400
# certbot renews when a third of a certificate's life is left; who has less was not renewed.
OVERDUE_SHARE = 0.25
CONNECT_SECONDS = 10


class CertificateError(Exception):
    """There is no certificate, or it cannot be read; the message says which."""


@dataclass(frozen=True)
class Certificate:
    """The names it is for, who issued it, and when it begins and ends (seconds since 1970)."""

    names: frozenset[str]
    issuer: str
    not_before: float
    not_after: float

    def is_for(self, server_name: str) -> bool:
        """Would a browser accept it for this name or address?"""
        wanted = _plain(server_name)
        parent = wanted.partition(".")[2]
        return wanted in self.names or (bool(parent) and f"*.{parent}" in self.names)

    def days_left(self, now: float | None = None) -> int:
        """Whole days until it ends; negative after that."""
        return int((self.not_after - (time.time() if now is None else now)) // DAY_SECONDS)

    def has_ended(self, now: float | None = None) -> bool:
        """Would a visitor be warned of it?"""
        return (time.time() if now is None else now) >= self.not_after

    def is_overdue(self, now: float | None = None) -> bool:
        """Is so little of its life left that its renewal must have failed?"""
        left = self.not_after - (time.time() if now is None else now)
        return left < (self.not_after - self.not_before) * OVERDUE_SHARE

    def ends(self) -> str:
        """The day on which it ends, in UTC."""
        return time.strftime("%Y-%m-%d", time.gmtime(self.not_after))


def _plain(name: str) -> str:
    """A name or an address in the one way in which it is compared."""
    try:
        return str(ipaddress.ip_address(name))
    except ValueError:
        return name.lower()


def parse(pem: str) -> Certificate:
    """The first certificate of a PEM text; CertificateError if there is none."""
    command = ["openssl", "x509", "-noout", "-dates", "-issuer", "-ext", "subjectAltName"]
    done = subprocess.run(
        [*command, "-nameopt", "multiline,utf8"],
        input=pem, capture_output=True, text=True, check=False,
    )  # fmt: skip
    found = dict(re.findall(r"(?m)^(notBefore|notAfter)=(.+)$", done.stdout))
    if done.returncode or len(found) != 2:
        raise CertificateError(f"no certificate: {done.stderr.strip().splitlines()[:1]}")
    issuer = dict(re.findall(r"(?m)^ +(\w+) += (.+)$", done.stdout))
    return Certificate(
        names=frozenset(
            _plain(name) for name in re.findall(r"(?:DNS|IP Address):([^\s,]+)", done.stdout)
        ),
        issuer=issuer.get("commonName") or issuer.get("organizationName") or "nobody named",
        not_before=ssl.cert_time_to_seconds(found["notBefore"]),
        not_after=ssl.cert_time_to_seconds(found["notAfter"]),
    )


def read(path: Path) -> Certificate:
    """The first certificate of a PEM file; CertificateError if there is none."""
    try:
        return parse(path.read_text(encoding="ascii", errors="replace"))
    except OSError as error:
        raise CertificateError(f"cannot read {path}: {error.strerror}") from error


def belongs_together(certificate: Path, key: Path) -> bool:
    """Could a server use this certificate with this key?"""
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key)
    except (OSError, ssl.SSLError):
        return False
    return True


def served(address: str, server_name: str, port: int = 443) -> Certificate:
    """What a server shows to those who ask for a name, trusted or not.

    Raises OSError when it does not answer, CertificateError when it shows none.
    """
    context = ssl.create_default_context()
    # It is looked at, not believed.
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with (
        socket.create_connection((address, port), CONNECT_SECONDS) as connection,
        context.wrap_socket(connection, server_hostname=server_name) as secured,
    ):
        shown = secured.getpeercert(binary_form=True)
    if shown is None:
        raise CertificateError(f"{address}:{port} shows no certificate")
    return parse(ssl.DER_cert_to_PEM_cert(shown))
