"""The ways that mail may go: what each puts on the hosts, and what preflight says of it."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.testing import patch_module_args

from tests.helpers import plugins  # noqa: F401  # makes our shared code importable
from tests.helpers.role_templates import MULTI, render, value
from tests.helpers.smtp_server import MailServer

from ansible.module_utils.moztrap import smtp  # isort: skip
from plugins.modules import moztrap_smtp_login  # isort: skip
from ansible.module_utils.moztrap.preflight import mail, site  # isort: skip
from ansible.module_utils.moztrap.preflight.inventory import Host, Inventory, Value  # isort: skip

PASSWORD = "what-only-the-site-knows"
DIRECT: dict[str, Any] = {
    "moztrap_mail_delivery": "smtp",
    "moztrap_mail_server": "smtp.your.org",
    "moztrap_mail_user": "moztrap",
    "moztrap_mail_password": PASSWORD,
}
RELAY: dict[str, Any] = {
    "smtp_external_relay": "[smtp.your.org]:587",
    "smtp_external_relay_user": "moztrap",
    "smtp_external_relay_password": PASSWORD,
}


def settings(**choices: Any) -> dict[str, Any]:
    """What the site is told."""
    hosts = choices.pop("hosts", None)
    host = "one" if hosts is None else "web1"
    names: dict[str, Any] = {}
    exec(render("settings", "local.py.j2", hosts, host, **choices), names)  # noqa: S102
    return names


def test_a_site_with_a_queue_speaks_to_its_own_host() -> None:
    told = settings()
    assert (told["EMAIL_HOST"], told["EMAIL_PORT"]) == ("localhost", 25)
    assert not told["EMAIL_HOST_USER"]
    assert told["MAIL_STATUS"] == ["127.0.0.1:2526"]
    assert settings(hosts=MULTI)["MAIL_STATUS"] == ["127.0.0.1:2526", "10.0.0.6:2526"]


@pytest.mark.parametrize(
    ("security", "tls", "ssl"),
    [("starttls", True, False), ("tls", False, True), ("none", False, False)],
)
def test_a_site_without_one_speaks_to_the_server_that_was_named(
    security: str, tls: bool, ssl: bool
) -> None:
    told = settings(**DIRECT, moztrap_mail_security=security, moztrap_mail_port=465)
    assert (told["EMAIL_HOST"], told["EMAIL_PORT"]) == ("smtp.your.org", 465)
    assert (told["EMAIL_HOST_USER"], told["EMAIL_HOST_PASSWORD"]) == ("moztrap", PASSWORD)
    assert (told["EMAIL_USE_TLS"], told["EMAIL_USE_SSL"]) == (tls, ssl)
    assert told["MAIL_STATUS"] == []


@pytest.mark.parametrize("host", ["web1", "post"])
def test_a_site_without_a_queue_has_no_postfix(host: str) -> None:
    assert "postfix" in value("base", "base_role_packages", MULTI, host)
    assert "postfix" not in value("base", "base_role_packages", MULTI, host, **DIRECT)


def test_mail_that_waits_is_let_through_until_it_is_delivered() -> None:
    open_ = "tcp dport { 25, 2526 } accept"
    facts = {"moztrap_packages": ["postfix"]}
    assert open_ in render("firewall", "rules.nft.j2", MULTI, "post")
    assert open_ in render("firewall", "rules.nft.j2", MULTI, "post", **DIRECT, ansible_facts=facts)
    assert open_ not in render("firewall", "rules.nft.j2", MULTI, "post", **DIRECT)
    assert open_ not in render("firewall", "rules.nft.j2", MULTI, "web1")


@pytest.mark.parametrize(
    ("relay", "server", "port", "security"),
    [
        ("[smtp.your.org]:587", "smtp.your.org", 587, "starttls"),
        ("[smtp.your.org]:465", "smtp.your.org", 465, "tls"),
        ("[smtp.your.org]", "smtp.your.org", 25, "starttls"),
    ],
)
def test_a_relay_is_tried_as_postfix_will_use_it(
    relay: str, server: str, port: int, security: str
) -> None:
    choices = RELAY | {"smtp_external_relay": relay}
    expression = "[preflight_mail_server, preflight_mail_port | int, preflight_mail_security]"
    assert value("preflight", expression, MULTI, "web1", **choices) == [server, port, security]
    assert value("preflight", "preflight_mail_senders", MULTI, "web1", **choices) == ["post"]


def test_nobody_is_tried_where_mail_goes_straight_to_its_recipients() -> None:
    assert value("preflight", "preflight_mail_senders", MULTI, "web1") == []
    # Postfix would ask for the mail servers of that domain.
    relay: dict[str, Any] = {"smtp_external_relay": "your.org"}
    assert value("preflight", "preflight_mail_senders", MULTI, "web1", **relay) == []
    assert value("preflight", "preflight_mail_senders", MULTI, "web1", **DIRECT) == ["web1", "web2"]


def test_postfix_speaks_tls_from_the_beginning_on_port_465() -> None:
    text = render("smtp", "main.cf.j2", **(RELAY | {"smtp_external_relay": "[smtp.your.org]:465"}))
    assert "smtp_tls_wrappermode = yes" in text.splitlines()
    assert "wrappermode" not in render("smtp", "main.cf.j2", **RELAY)
    assert "wrappermode" not in render("smtp", "main.cf.j2", MULTI, "web1", **RELAY)


# --- Whether mail waits -----------------------------------------------------------


def waiting(tmp_path: Path, queue: list[dict[str, Any]] | None, **choices: Any) -> dict[str, Any]:
    """What a host with this queue says."""
    program = tmp_path / "postqueue"
    lines = "".join(json.dumps(entry) + "\n" for entry in queue or [])
    (tmp_path / "queue").write_text(lines)
    trouble = "echo 'mail system is down' >&2; exit 69"
    program.write_text(f"#!/bin/sh\n{trouble if queue is None else f'cat {tmp_path}/queue'}\n")
    program.chmod(0o755)
    script = tmp_path / "status.py"
    text = render("smtp", "mail-status.py.j2", **choices)
    script.write_text(text.replace("/usr/sbin/postqueue", str(program)))
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def entry(queue: str = "deferred", reason: str = "", at: int = 1) -> dict[str, Any]:
    recipients = [{"address": "x@y.org"} | ({"delay_reason": reason} if reason else {})]
    return {"queue_name": queue, "arrival_time": at, "recipients": recipients}


def test_mail_that_waits_for_a_relay_is_told_with_the_reason(tmp_path: Path) -> None:
    queue = [entry(reason="an older one", at=1), entry(reason="535 wrong password", at=2)]
    found = waiting(tmp_path, queue, **RELAY)
    assert found["waiting"] == 2
    assert found["problem"] == "2 mails wait for [smtp.your.org]:587: 535 wrong password"
    one = waiting(tmp_path, queue[:1], **RELAY)
    assert one["problem"] == "1 mail waits for [smtp.your.org]:587: an older one"


def test_mail_on_its_way_is_no_trouble(tmp_path: Path) -> None:
    assert waiting(tmp_path, [], **RELAY) == {"waiting": 0, "problem": ""}
    assert waiting(tmp_path, [entry("active")], **RELAY)["problem"] == ""


def test_a_recipients_server_that_is_slow_is_not_the_sites_trouble(tmp_path: Path) -> None:
    found = waiting(tmp_path, [entry(reason="greylisted")])
    assert found == {"waiting": 1, "problem": ""}


def test_a_postfix_that_does_not_run_is_told(tmp_path: Path) -> None:
    assert "does not run: mail system is down" in waiting(tmp_path, None)["problem"]


# --- Trying a server --------------------------------------------------------------


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(
        ["openssl", "req", "-x509", "-nodes", "-newkey", "rsa:2048", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost",
         "-keyout", folder / "key", "-out", folder / "pem"],
        check=True, capture_output=True,
    )  # fmt: skip
    return folder / "pem", folder / "key"


@pytest.fixture
def serve(certificate: tuple[Path, Path], tmp_path: Path) -> Iterator[Any]:
    running: list[MailServer] = []

    def start(**options: Any) -> smtp.Server:
        password = tmp_path / "password"
        password.write_text(PASSWORD)
        secure: dict[str, Any] = {"certificate": certificate[0], "key": certificate[1]}
        if not options.pop("with_tls", True):
            secure = {}
        server = MailServer(
            ("127.0.0.1", 0), tmp_path / "mails",
            user="moztrap", password_file=password, **secure, **options,
        )  # fmt: skip
        running.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return smtp.Server(
            "localhost", server.server_address[1], "starttls", True, "moztrap", PASSWORD,
            [certificate[0].read_text()],
        )  # fmt: skip

    yield start
    for server in running:
        server.shutdown()
        server.server_close()


def change(server: smtp.Server, **changes: Any) -> smtp.Server:
    return smtp.Server(**{**vars(server), **changes})


def test_a_server_that_knows_the_account_takes_it_in(serve: Any) -> None:
    assert smtp.attempt(serve()).kind == smtp.TAKEN
    assert smtp.attempt(change(serve(implicit=True), security="tls")).kind == smtp.TAKEN


def test_a_wrong_password_is_refused_with_the_servers_words(serve: Any) -> None:
    found = smtp.attempt(change(serve(), password="a wrong guess"))
    assert found.kind == smtp.REFUSED
    assert found.words == "535 5.7.8 no such account or password"


def test_nobody_is_told_the_password_who_cannot_show_who_they_are(serve: Any) -> None:
    server = serve()
    assert smtp.attempt(change(server, authorities=[])).kind == smtp.UNTRUSTED
    assert smtp.attempt(change(server, host="127.0.0.1")).kind == smtp.UNTRUSTED
    assert smtp.attempt(serve(with_tls=False)).kind == smtp.UNTRUSTED
    # Told not to look, Postfix does not either.
    assert smtp.attempt(change(server, authorities=[], verify=False)).kind == smtp.TAKEN


def test_a_server_that_is_away_is_nothing_more(serve: Any) -> None:
    assert smtp.attempt(change(serve(), port=1)).kind == smtp.UNREACHABLE
    assert smtp.attempt(change(serve(), host="mail.invalid")).kind == smtp.UNREACHABLE


def test_the_module_notes_what_became_of_it(serve: Any, capsys: pytest.CaptureFixture[str]) -> None:
    server = serve()
    arguments = {**vars(server), "password": "a wrong guess", "authorities": server.authorities}
    with patch_module_args(arguments), pytest.raises(SystemExit) as ended:
        moztrap_smtp_login.main()
    text = capsys.readouterr().out
    answer = json.loads(text)
    assert ended.value.code == 0
    assert answer["changed"] is False
    assert answer["ansible_facts"]["moztrap_mail_trial"]["outcome"] == "refused"
    assert "a wrong guess" not in text


# --- What preflight says ------------------------------------------------------------

SOUND: dict[str, Any] = {
    "moztrap_mail_delivery": "postfix",
    "moztrap_mail_server": "",
    "moztrap_mail_security": "starttls",
    "moztrap_mail_user": "",
    "moztrap_mail_password": "",
    "smtp_external_relay": "",
    "smtp_external_relay_user": "",
    "smtp_external_relay_password": "",
    "preflight_mail_server": "smtp.your.org",
    "preflight_mail_port": 587,
}


def inventory(changes: dict[str, Any], facts: dict[str, Any] | None = None) -> Inventory:
    variables = SOUND | changes

    def get(name: str) -> Value:
        if name not in variables:
            return Value(error="it is not set")
        return Value(variables[name], where=f"main.yml:{name}")

    host = Host("one", ("web", "all"), frozenset(variables), get, facts or {})
    return Inventory({"web": ["one"], "all": ["one"]}, {"one": host}, "inventories/x")


@pytest.mark.parametrize("choice", [{}, RELAY, DIRECT], ids=["alone", "relay", "direct"])
def test_each_way_is_fine(choice: dict[str, Any]) -> None:
    assert list(mail.mail_problems(inventory(choice))) == []


@pytest.mark.parametrize(
    ("choice", "changes", "subject", "words"),
    [
        (DIRECT, {"moztrap_mail_server": ""}, "moztrap_mail_server", "is empty"),
        (DIRECT, {"moztrap_mail_server": "smtp.example.com"}, "moztrap_mail_server", "example"),
        (DIRECT, {"moztrap_mail_security": "ssl"}, "moztrap_mail_security", "means nothing"),
        (DIRECT, {"moztrap_mail_security": "none"}, "moztrap_mail_security", "in the clear"),
        (DIRECT, {"moztrap_mail_password": ""}, "moztrap_mail_password", "is empty"),
        (DIRECT, {"moztrap_mail_user": ""}, "moztrap_mail_user", "is empty"),
        (DIRECT, {"smtp_external_relay": "[x]:25"}, "smtp_external_relay", "sets up none"),
        (DIRECT, {"smtp_sink_mailbox": True}, "smtp_sink_mailbox", "sets up none"),
        (RELAY, {"smtp_external_relay_password": ""}, "smtp_external_relay_password", "empty"),
        (RELAY, {"smtp_external_relay_user": ""}, "smtp_external_relay_user", "is empty"),
        (RELAY, {"smtp_external_relay_tls": "may"}, "smtp_external_relay_tls", "in the clear"),
        (RELAY, {"moztrap_mail_server": "smtp.your.org"}, "moztrap_mail_server", "not use it"),
        (RELAY, {"moztrap_mail_user": "moztrap"}, "moztrap_mail_user", "not use it"),
        (RELAY, {"smtp_external_relay": ""}, "smtp_external_relay_user", "no relay is named"),
        (RELAY, {"smtp_sink_mailbox": True}, "smtp_sink_mailbox", "none would reach"),
        (DIRECT, {"moztrap_mail_port": 465}, "moztrap_mail_security", "speaks TLS at once"),
        (
            DIRECT,
            {"moztrap_mail_security": "tls", "moztrap_mail_port": 587},
            "moztrap_mail_security",
            "port 587 begins in the clear",
        ),
        (
            DIRECT | {"moztrap_mail_user": "", "moztrap_mail_password": ""},
            {"moztrap_mail_security": "none", "moztrap_mail_port": 465},
            "moztrap_mail_security",
            "none begins in the clear",
        ),
    ],
)
def test_each_bad_combination_is_named_with_its_remedy(
    choice: dict[str, Any], changes: dict[str, Any], subject: str, words: str
) -> None:
    [found] = list(mail.mail_problems(inventory(choice | changes)))
    assert found.subject == subject
    assert words in found.what
    assert found.where
    assert found.fix
    assert PASSWORD not in found.what + found.fix


@pytest.mark.parametrize(("choice", "subject"), [
    (DIRECT, "moztrap_mail_password"), (RELAY, "smtp_external_relay_password"),
])  # fmt: skip
def test_a_password_that_is_not_accepted_is_named(choice: dict[str, Any], subject: str) -> None:
    trial = {"moztrap_mail_trial": {"outcome": "refused", "words": "535 no such password"}}
    [found] = list(mail.mail_problems(inventory(choice, trial)))
    assert found.subject == subject
    assert "smtp.your.org:587: 535 no such password" in found.what
    assert found.host == "one"


def test_a_server_that_cannot_be_trusted_is_named_once_the_host_trusts_anybody() -> None:
    trial = {"moztrap_mail_trial": {"outcome": "untrusted", "words": "self-signed certificate"}}
    assert list(mail.mail_problems(inventory(DIRECT, trial))) == []
    trial |= {"moztrap_packages": ["ca-certificates"]}  # type: ignore[dict-item]
    for choice, subject in ((DIRECT, "moztrap_mail_server"), (RELAY, "smtp_external_relay")):
        [found] = list(mail.mail_problems(inventory(choice, trial)))
        assert found.subject == subject
        assert "base_extra_ca_files" in found.fix


def test_a_server_that_is_away_stops_no_run() -> None:
    trial = {"moztrap_mail_trial": {"outcome": "unreachable", "words": "timed out"}}
    assert list(mail.mail_problems(inventory(RELAY, trial))) == []


def test_no_mail_host_is_needed_without_postfix() -> None:
    for choice, wanted in (({}, True), (DIRECT, False)):
        named = [p.subject for p in site.group_problems(inventory(choice))]
        assert ("group mail" in named) is wanted
