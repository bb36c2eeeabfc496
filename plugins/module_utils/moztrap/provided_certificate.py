"""Do the certificate, key and authority that an operator provides fit each other, and the site?"""

from __future__ import annotations

import datetime
import ssl
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ansible.module_utils.moztrap.trust import trusting
from ansible.module_utils.moztrap.x509_facts import (
    CLOCK_SKEW,
    bears,
    is_issued_by,
    names_of,
    now,
    public_bytes,
)
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization

CERTIFICATE, KEY, AUTHORITY = (
    "tls_provided_certificate",
    "tls_provided_key",
    "tls_provided_ca",
)
VAULT_MARK = b"$ANSIBLE_VAULT;"
PEM_MARK = b"-----BEGIN "
PEM_FILE = "Give the whole path of a PEM file on this machine"
AN_END = datetime.datetime.max.replace(tzinfo=datetime.UTC)


@dataclass(frozen=True)
class Files:
    """Paths on the controller."""

    certificate: str
    key: str
    authority: str


@dataclass(frozen=True)
class Problem:
    """What is wrong with the file that a variable names, and what to do."""

    variable: str
    what: str
    fix: str

    def told(self) -> str:
        """All of it in one line."""
        return f"{self.variable} {self.what}. {self.fix}"


@dataclass
class Examined:
    """What is wrong with the files, and when the certificate ends."""

    problems: list[Problem] = field(default_factory=list)
    not_after: datetime.datetime = AN_END

    def days_left(self) -> int:
        """Whole days until the certificate ends."""
        return (self.not_after - now()).days


def examine(files: Files, names: Sequence[str]) -> Examined:
    """Read the files and list all that would keep a site with these names from using them."""
    found = Examined()
    chain = _certificates(found, CERTIFICATE, files.certificate)
    authorities = _certificates(found, AUTHORITY, files.authority)
    key = _key(found, files.key)
    if chain and key is not None and public_bytes(key) != public_bytes(chain[0]):
        found.problems.append(
            Problem(
                KEY,
                f"({files.key}) is not the key of {CERTIFICATE} ({files.certificate})",
                "Name the key that belongs to it, or put the host's own certificate first in its "
                "file, before the chain.",
            )
        )
    if chain:
        found.not_after = chain[0].not_valid_after_utc
        found.problems += _use_problems(files.certificate, chain[0], names)
    if chain and authorities:
        found.problems += _trust_problems(files, chain, authorities)
    if not found.problems:
        found.problems += _handshake_problems(files)
    return found


def _read(found: Examined, variable: str, path: str) -> bytes:
    if not path:
        found.problems.append(
            Problem(
                variable,
                "is empty, but tls_provider: provided needs it",
                f"{PEM_FILE}, or let tls_provider be private_ca or acme.",
            )
        )
        return b""
    try:
        place = Path(path).expanduser()
    except RuntimeError as error:
        found.problems.append(Problem(variable, f"names {path}: {error}", f"{PEM_FILE}."))
        return b""
    if not place.is_absolute():
        # Each reader would look for it in another folder.
        found.problems.append(Problem(variable, f"is {path}, not a whole path", f"{PEM_FILE}."))
        return b""
    try:
        content = place.read_bytes()
    except OSError as error:
        what = f"names {path}, which cannot be read: {error.strerror}"
        found.problems.append(Problem(variable, what, f"{PEM_FILE}."))
        return b""
    if content.startswith(VAULT_MARK):
        what = f"names {path}, which ansible-vault has encrypted"
        fix = "Name a file in the clear that nobody else may read: ansible-vault decrypt"
        found.problems.append(Problem(variable, what, fix))
        return b""
    if PEM_MARK not in content:
        kind = "pkey" if variable == KEY else "x509"
        what = f"names {path}, which holds nothing in PEM"
        fix = f"{PEM_FILE}. Convert one in DER: openssl {kind} -inform der -in … -out …"
        found.problems.append(Problem(variable, what, fix))
        return b""
    return content


def _certificates(found: Examined, variable: str, path: str) -> list[Any]:
    content = _read(found, variable, path)
    if not content:
        return []
    try:
        certificates = x509.load_pem_x509_certificates(content)
        # What cannot be read of them is told here, and nowhere in the middle of comparing.
        for each in certificates:
            public_bytes(each)
            names_of(each)
    except (ValueError, UnsupportedAlgorithm) as error:
        what = f"names {path}, which holds no certificate that can be read: {error}"
        found.problems.append(Problem(variable, what, f"{PEM_FILE}."))
        return []
    return list(certificates)


def _key(found: Examined, path: str) -> Any:
    content = _read(found, KEY, path)
    if not content:
        return None
    try:
        return serialization.load_pem_private_key(content, password=None)
    except TypeError:
        what = f"names {path}, which asks for a passphrase, and web servers start unattended"
        fix = "Remove the passphrase: openssl pkey -in … -out …"
    except (ValueError, UnsupportedAlgorithm):
        what = f"names {path}, which holds no private key that a web server reads"
        fix = f"{PEM_FILE}, the key of {CERTIFICATE}."
    found.problems.append(Problem(KEY, what, fix))
    return None


def _use_problems(path: str, certificate: Any, names: Sequence[str]) -> list[Problem]:
    problems = []
    present = names_of(certificate)
    missing = [name for name in names if not bears(present, name)]
    if missing:
        problems.append(
            Problem(
                CERTIFICATE,
                f"({path}) is for {', '.join(sorted(present)) or 'no name at all'}, "
                f"not for {', '.join(missing)}",
                "Get one that is, or set tls_certificate_names to the names clients really use.",
            )
        )
    begins, ends = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    if begins > now() + CLOCK_SKEW:
        problems.append(
            Problem(
                CERTIFICATE,
                f"({path}) is valid only from {begins:%Y-%m-%d %H:%M} UTC on",
                "Wait until then, or put one in its place that is valid.",
            )
        )
    if ends <= now():
        problems.append(
            Problem(
                CERTIFICATE,
                f"({path}) ended on {ends:%Y-%m-%d %H:%M} UTC",
                "Put a new one in its place.",
            )
        )
    return problems


def _trust_problems(files: Files, chain: list[Any], authorities: list[Any]) -> list[Problem]:
    """From the host's own certificate, each link must lead to one that clients trust."""
    link, rest = chain[0], chain[1:]
    while not (trusted := [each for each in authorities if _leads_to(link, each)]):
        issuers = [each for each in rest if is_issued_by(link, each)]
        if not issuers:
            return [
                Problem(
                    AUTHORITY,
                    f"({files.authority}) does not vouch for {CERTIFICATE} ({files.certificate}): "
                    f"the issuer {link.issuer.rfc4514_string()} is in neither file",
                    "Put the certificates between both into the certificate's file, after the "
                    f"host's own; {AUTHORITY} names the authority at their end.",
                )
            ]
        link = issuers[0]
        rest.remove(link)
    ended = max(each.not_valid_after_utc for each in trusted)
    if ended > now():
        return []
    what = f"({files.authority}) ended on {ended:%Y-%m-%d %H:%M} UTC, so that nobody trusts it"
    return [Problem(AUTHORITY, what, "Ask the authority for its new certificate.")]


def _leads_to(certificate: Any, authority: Any) -> bool:
    return certificate == authority or is_issued_by(certificate, authority)


def _handshake_problems(files: Files) -> list[Problem]:
    """Let OpenSSL have the last word, which servers and clients use: on a connection to nobody."""
    certificate, key, authority = (
        Path(path).expanduser() for path in (files.certificate, files.key, files.authority)
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        server.load_cert_chain(certificate, key)
    except ssl.SSLError as error:
        return [_unreadable(CERTIFICATE, f"({files.certificate}) or its key", error)]
    try:
        client = trusting(path=str(authority))
    except ssl.SSLError as error:
        return [_unreadable(AUTHORITY, f"({files.authority})", error)]
    # Names have been compared. Python 3.13 is content with an authority in the middle.
    client.check_hostname = False
    client.verify_flags &= ~ssl.VERIFY_X509_PARTIAL_CHAIN
    try:
        shake_hands(client, server)
    except ssl.SSLCertVerificationError as error:
        what = (
            f"({files.authority}) does not make clients trust {CERTIFICATE} ({files.certificate}): "
            f"{error.verify_message}"
        )
        fix = (
            f"{AUTHORITY} has to name an authority that vouches for itself, and each certificate "
            "between both has to be in the certificate's file, after the host's own, and valid. "
            "This must say OK:\n"
            f"  openssl verify -CAfile {files.authority} -untrusted {files.certificate} "
            f"{files.certificate}"
        )
        return [Problem(AUTHORITY, what, fix)]
    except ssl.SSLError as error:
        what = f"({files.certificate}) is of no use for TLS: {error.reason or error}"
        return [Problem(CERTIFICATE, what, "Have one made for a key of RSA or of EC P-256.")]
    return []


def _unreadable(variable: str, what: str, error: ssl.SSLError) -> Problem:
    return Problem(
        variable,
        f"{what} is not what OpenSSL can read: {error.reason or error}",
        "See that each certificate begins on a line of its own, and that none is cut off.",
    )


def shake_hands(client: ssl.SSLContext, server: ssl.SSLContext) -> None:
    """One handshake in memory; SSLCertVerificationError if the client does not trust the server."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    asking = client.wrap_bio(to_client, to_server)
    answering = server.wrap_bio(to_server, to_client, server_side=True)
    waiting = [asking, answering]
    while waiting:
        for end in list(waiting):
            try:
                end.do_handshake()
            except ssl.SSLWantReadError:
                continue
            waiting.remove(end)
