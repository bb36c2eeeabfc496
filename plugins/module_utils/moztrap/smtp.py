"""Try whether a mail server takes this host in; no mail is sent."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Sequence
from dataclasses import dataclass

from ansible.module_utils.moztrap.trust import trusting

TAKEN, REFUSED, UNTRUSTED, UNREACHABLE = "taken", "refused", "untrusted", "unreachable"


@dataclass(frozen=True)
class Server:
    """A mail server, and how to come in.

    `security` is `tls` (from the beginning), `starttls`, `opportunistic` (where it is
    offered) or `none`; `verify` asks for a valid certificate, and `strict` for one that Python
    itself takes, whose newer versions ask for more than Postfix does.
    """

    host: str
    port: int
    security: str
    verify: bool
    user: str = ""
    password: str = ""
    authorities: Sequence[str] = ()
    strict: bool = False


@dataclass(frozen=True)
class Outcome:
    """What became of the attempt, and the words of whoever refused."""

    kind: str
    words: str = ""


def attempt(server: Server, timeout: float = 10) -> Outcome:
    """Connect, secure the connection, log in and take leave."""
    try:
        with _connect(server, timeout) as talk:
            outcome = _secure(talk, server)
            if outcome is None and server.user:
                talk.login(server.user, server.password)
    except smtplib.SMTPAuthenticationError as error:
        kind = REFUSED if error.smtp_code >= 500 else UNREACHABLE
        return Outcome(kind, _words(error))
    except smtplib.SMTPNotSupportedError as error:
        return Outcome(REFUSED, _words(error))
    except ssl.SSLError as error:
        return Outcome(UNTRUSTED, _words(error))
    except OSError as error:
        return Outcome(UNREACHABLE, _words(error))
    return outcome or Outcome(TAKEN)


def _connect(server: Server, timeout: float) -> smtplib.SMTP:
    if server.security == "tls":
        return smtplib.SMTP_SSL(server.host, server.port, timeout=timeout, context=_context(server))
    return smtplib.SMTP(server.host, server.port, timeout=timeout)


def _secure(talk: smtplib.SMTP, server: Server) -> Outcome | None:
    talk.ehlo_or_helo_if_needed()
    offered = talk.has_extn("starttls")
    if server.security == "starttls" and not offered:
        return Outcome(UNTRUSTED, "it offers no TLS (STARTTLS)")
    if server.security == "starttls" or (server.security == "opportunistic" and offered):
        talk.starttls(context=_context(server))
        talk.ehlo()
    return None


def _context(server: Server) -> ssl.SSLContext:
    # The application is as strict as its Python; Postfix is not.
    context = ssl.create_default_context() if server.strict else trusting()
    for authority in server.authorities:
        context.load_verify_locations(cadata=authority)
    if not server.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _words(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        said = error.smtp_error
        text = said.decode(errors="replace") if isinstance(said, bytes) else str(said)
        return f"{error.smtp_code} {text}"
    return str(error) or type(error).__name__
