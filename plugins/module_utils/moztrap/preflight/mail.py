"""What can be wrong with the way that mail goes."""

from __future__ import annotations

from collections.abc import Iterator

from ansible.module_utils.moztrap.preflight.inventory import Host, Inventory, Value
from ansible.module_utils.moztrap.preflight.placeholders import is_placeholder_host
from ansible.module_utils.moztrap.preflight.problems import Problem
from ansible.module_utils.moztrap.smtp import REFUSED, UNTRUSTED

SECURITIES = ("starttls", "tls", "none")
# RFC 8314, 3.3.
TLS_PORT = 465
CLEAR_PORTS = ("25", "587")
AUTHORITIES = "ca-certificates"


def mail_problems(inventory: Inventory) -> Iterator[Problem]:
    """Combinations that cannot work, and what mail servers said to those who tried."""
    host = inventory.any_host
    if host is None:
        return
    if _text(host, "moztrap_mail_delivery") == "smtp":
        yield from _direct_problems(host)
    else:
        yield from _relay_problems(host)
    yield from _trial_problems(inventory)


def _text(host: Host, name: str) -> str:
    found = host.get(name)
    return str(found.value) if found.is_set else ""


def _is_given(found: Value) -> bool:
    return found.is_set and found.value not in ("", False, "false", "no")


def _direct_problems(host: Host) -> Iterator[Problem]:
    server = host.get("moztrap_mail_server")
    if is_placeholder_host(_text(host, "moztrap_mail_server")):
        yield Problem(
            "moztrap_mail_server",
            f"is {_text(host, 'moztrap_mail_server') or 'empty'}, so that no mail could be sent",
            "Set it to your mail server, as in\n  moztrap_mail_server: smtp.your.org\n"
            "or let the site queue mail itself: moztrap_mail_delivery: postfix",
            server.where,
        )
    security = host.get("moztrap_mail_security")
    if security.is_set and security.value not in SECURITIES:
        yield Problem(
            "moztrap_mail_security",
            f"{security.value} means nothing",
            f"Use one of: {', '.join(SECURITIES)}.",
            security.where,
        )
    elif security.value == "none" and _text(host, "moztrap_mail_user"):
        yield Problem(
            "moztrap_mail_security",
            "none would send the password of moztrap_mail_user in the clear",
            "Use starttls (port 587) or tls (port 465).",
            security.where,
        )
    yield from _port_problems(host)
    yield from _half_an_account(host, "moztrap_mail_user", "moztrap_mail_password")
    for name, what in (
        ("smtp_external_relay", "relays through a Postfix"),
        ("smtp_sink_mailbox", "keeps mail in a Postfix"),
    ):
        found = host.get(name)
        if _is_given(found):
            yield Problem(
                name,
                f"{what}, and moztrap_mail_delivery: smtp sets up none",
                "Remove it, or set moztrap_mail_delivery: postfix.",
                found.where,
            )


def _port_problems(host: Host) -> Iterator[Problem]:
    """Who speaks first in what would wait for each other, or not understand a word."""
    security, port = host.get("moztrap_mail_security"), host.get("moztrap_mail_port")
    at_tls_port = str(port.value) == str(TLS_PORT)
    if security.value in ("starttls", "none") and at_tls_port:
        what = f"{security.value} begins in the clear, but port {TLS_PORT} speaks TLS at once"
        fix = "Set moztrap_mail_security: tls, or moztrap_mail_port: 587."
    elif security.value == "tls" and str(port.value) in CLEAR_PORTS:
        what = f"tls speaks TLS at once, but port {port.value} begins in the clear"
        fix = f"Set moztrap_mail_security: starttls, or moztrap_mail_port: {TLS_PORT}."
    else:
        return
    yield Problem("moztrap_mail_security", what, fix, security.where or port.where)


def _relay_problems(host: Host) -> Iterator[Problem]:
    yield from _half_an_account(host, "smtp_external_relay_user", "smtp_external_relay_password")
    user, tls = host.get("smtp_external_relay_user"), host.get("smtp_external_relay_tls")
    if user.is_set and user.value and tls.value == "may":
        yield Problem(
            "smtp_external_relay_tls",
            "may would send the password of smtp_external_relay_user in the clear to whoever "
            "takes TLS away",
            "Use secure, or encrypt where the relay's certificate is not valid for its name.",
            tls.where,
        )
    if user.is_set and user.value and not _text(host, "smtp_external_relay"):
        yield Problem(
            "smtp_external_relay_user",
            f"is {user.value}, but no relay is named that would know it",
            'Name it, as in\n  smtp_external_relay: "[smtp.your.org]:587"\n'
            "or remove smtp_external_relay_user and its password.",
            user.where,
        )
    sink = host.get("smtp_sink_mailbox")
    if _is_given(sink) and _text(host, "smtp_external_relay"):
        yield Problem(
            "smtp_sink_mailbox",
            "keeps all mail in a mailbox of the host, so that none would reach "
            f"smtp_external_relay: {_text(host, 'smtp_external_relay')}",
            "Remove one of both.",
            sink.where,
        )
    server, account = host.get("moztrap_mail_server"), host.get("moztrap_mail_user")
    if account.is_set and account.value:
        yield Problem(
            "moztrap_mail_user",
            "is for moztrap_mail_delivery: smtp; Postfix would not use it",
            "Set moztrap_mail_delivery: smtp, or name it as smtp_external_relay_user.",
            account.where,
        )
    if server.is_set and server.value:
        yield Problem(
            "moztrap_mail_server",
            "is for moztrap_mail_delivery: smtp; Postfix would not use it",
            "Set moztrap_mail_delivery: smtp, or name it as smtp_external_relay: "
            f'"[{server.value}]:587".',
            server.where,
        )


def _half_an_account(host: Host, user_name: str, password_name: str) -> Iterator[Problem]:
    user, password = host.get(user_name), host.get(password_name)
    subject = password.source or password_name
    if _text(host, user_name) and password.is_set and not password.value:
        yield Problem(
            subject,
            f"is empty, but {user_name} is {user.value}",
            f"Put its password into group_vars/all/vault.yml as {subject}, or remove {user_name}.",
            user.where,
        )
    elif password.is_set and password.value and not _text(host, user_name):
        yield Problem(
            user_name,
            f"is empty, but there is a password for it ({subject})",
            f"Set it, or remove {subject}.",
            password.where,
        )


def _trial_problems(inventory: Inventory) -> Iterator[Problem]:
    for host in inventory.hosts.values():
        trial = dict(host.facts.get("moztrap_mail_trial", {}))
        outcome, words = trial.get("outcome"), trial.get("words", "")
        name = f"{_text(host, 'preflight_mail_server')}:{_text(host, 'preflight_mail_port')}"
        is_direct = _text(host, "moztrap_mail_delivery") == "smtp"
        where, account = (
            ("moztrap_mail_server", "moztrap_mail")
            if is_direct
            else ("smtp_external_relay", "smtp_external_relay")
        )
        if outcome == REFUSED:
            password = host.get(f"{account}_password")
            yield Problem(
                password.source or f"{account}_password",
                f"is not accepted by the mail server {name}: {words}",
                f"Correct it with ansible-vault edit, or the account in {account}_user.",
                password.where,
                host.name,
            )
        # A bare host trusts nobody yet; this run gives it what it needs.
        elif outcome == UNTRUSTED and AUTHORITIES in host.facts.get("moztrap_packages", []):
            yield Problem(
                where,
                f"the connection to {name} cannot be trusted: {words}",
                "Name it as its certificate does, or add the authority's PEM file to "
                "base_extra_ca_files.",
                host.get(where).where,
                host.name,
            )
