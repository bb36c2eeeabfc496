"""Mail through a relay with TLS and a password: nothing is lost, and trouble is told."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from testinfra.host import Host

from tests.helpers.playbook import Run
from tests.testinfra.mail.conftest import PORT, RECALL_SECONDS, MailServer, through, until

GROUPS = ("web",)
ONE_HOST = True
UNITS = ("postfix@-.service", "moztrap-mail-status.socket", "mail-elsewhere.service")
OUTAGE_SECONDS = 600
PASSWORD_FILE = "/etc/postfix/relay_password"


def test_a_wrong_password_stops_the_run_before_anything_is_touched(
    choose: Callable[..., Run], mail_server: MailServer
) -> None:
    run = choose("--tags", "smtp", **through(mail_server, "a wrong guess"))
    assert run.status != 0
    assert "535 5.7.8 no such account or password" in run.output, run.explain()
    assert "No host was touched" in run.output
    assert "a wrong guess" not in run.output


def test_mail_goes_on_over_tls(
    choose: Callable[..., Run],
    mail_server: MailServer,
    register: Callable[..., Any],
    problem: Callable[[], str],
) -> None:
    run = choose("--tags", "base,smtp", **through(mail_server, "first"))
    assert run.status == 0, run.explain()
    address, page = register()
    assert page.status == 200, page.describe()
    until(lambda: mail_server.arrived(address), f"mail to {address}")
    assert problem() == ""


def test_a_relay_that_is_away_loses_no_mail(
    host: Host, mail_server: MailServer, register: Callable[..., Any], problem: Callable[[], str]
) -> None:
    mail_server.stop()
    addresses = [register()[0] for _ in range(3)]
    until(problem, "trouble is told")
    assert f"wait for [{mail_server.name}]:{PORT}" in problem()
    # A restart of the host's mail does not lose it either.
    host.run("systemctl restart postfix")
    mail_server.start()
    host.run("postqueue -f")
    until(lambda: all(map(mail_server.arrived, addresses)), "mail that waited")
    until(lambda: problem() == "", "trouble is over")


def test_ten_minutes_without_the_relay_lose_no_mail(
    mail_server: MailServer,
    host: Host,
    register: Callable[..., Any],
    problem: Callable[[], str],
) -> None:
    mail_server.stop()
    first = register()[0]
    time.sleep(OUTAGE_SECONDS)
    # People still register, and nobody is told anything but that the mail comes.
    last, page = register()
    assert page.status == 200, page.describe()
    until(lambda: "2 mails wait for" in problem(), "both mails are told of")
    mail_server.start()
    host.run("postqueue -f")
    until(lambda: mail_server.arrived(first) and mail_server.arrived(last), "mail that waited")
    until(lambda: problem() == "", "trouble is over")


def test_a_password_that_was_changed_there_is_told(
    host: Host,
    mail_server: MailServer,
    register: Callable[..., Any],
    problem: Callable[[], str],
    told: Callable[[], str],
) -> None:
    mail_server.set_password("second")
    address, page = register()
    assert page.status == 200, page.describe()
    until(problem, "trouble is told")
    assert "535" in problem()
    until(lambda: '"degraded"' in told() and "535" in told(), "over HTTPS, too", RECALL_SECONDS)
    mail_server.set_password("first")
    host.run("postqueue -f")
    until(lambda: mail_server.arrived(address), "mail that waited")


@pytest.mark.parametrize("tags", [("--tags", "smtp")])
def test_a_second_run_changes_nothing(
    choose: Callable[..., Run], mail_server: MailServer, tags: tuple[str, ...]
) -> None:
    run = choose(*tags, **through(mail_server, "first"))
    assert run.status == 0, run.explain()
    assert run.changed == 0, run.changed_tasks


def test_a_relay_that_is_given_up_leaves_no_password(
    host: Host, choose: Callable[..., Run], mail_server: MailServer
) -> None:
    assert host.file(PASSWORD_FILE).exists
    run = choose("--tags", "smtp", smtp_sink_mailbox=True)
    assert run.status == 0, run.explain()
    assert not host.file(PASSWORD_FILE).exists
    assert f":{PORT}" not in host.file("/etc/postfix/main.cf").content_string
    again = choose("--tags", "smtp", **through(mail_server, "first"))
    assert again.status == 0, again.explain()
