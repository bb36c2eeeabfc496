"""Whether mail gets through, as far as this site can tell before somebody waits for one."""

import hashlib
import json
import socket

from django.conf import settings
from django.core.mail import get_connection
from django.core.mail.backends.smtp import EmailBackend

from moztrap.core.remember import recall, remember

TIMEOUT = 2
LOCAL_HOSTS = ("localhost", "127.0.0.1", "::1")


def mail_problem() -> str:
    """The mail server takes us in, and what it was given goes on (where mail goes over SMTP)."""
    mail = get_connection()
    if not isinstance(mail, EmailBackend):
        return ""
    if mail.host in LOCAL_HOSTS:
        return server_problem(mail) or queue_problem()
    # It sees a login for each look, and may lock an account out for many.
    name = _name_of(mail)
    known = recall(name)
    if known is None:
        known = server_problem(mail)
        remember(name, known)
    return known or queue_problem()


def server_problem(mail: EmailBackend) -> str:
    """It answers, over TLS where that is asked for, and knows the account."""
    mail.timeout = TIMEOUT
    try:
        mail.open()
        mail.close()
    except OSError as error:
        # Those of smtplib and of TLS are such, too.
        return f"{mail.host}:{mail.port}: {type(error).__name__}: {error}"
    return ""


def queue_problem() -> str:
    """Mail that a queue could not pass on, by the word of each that MAIL_STATUS names."""
    found = [_status_problem(address) for address in settings.MAIL_STATUS]
    return "; ".join(problem for problem in found if problem)


def _status_problem(address: str) -> str:
    host, _, port = address.rpartition(":")
    try:
        where = (host.strip("[]"), int(port))
        with socket.create_connection(where, TIMEOUT) as talk, talk.makefile("rb") as stream:
            told = json.loads(stream.read(65536))
        problem = str(told["problem"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        return f"the mail queue at {address} cannot be asked: {type(error).__name__}: {error}"
    return f"{problem} (mail queue at {address})" if problem else ""


def _name_of(mail: EmailBackend) -> str:
    account = (mail.host, mail.port, mail.username, mail.password, mail.use_tls, mail.use_ssl)
    return "readyz-mail-" + hashlib.sha256(repr(account).encode()).hexdigest()
