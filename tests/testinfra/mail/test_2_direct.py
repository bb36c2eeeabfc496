"""Mail straight to a server of somebody else's, without Postfix, and back to Postfix."""

from collections.abc import Callable
from typing import Any

from testinfra.host import Host

from tests.helpers.playbook import Run
from tests.helpers.website import Site
from tests.testinfra.mail.conftest import RECALL_SECONDS, MailServer, directly, until

GROUPS = ("web",)
ONE_HOST = True
UNITS = ("moztrap-gunicorn@*.service", "mail-elsewhere.service")


def test_postfix_waits_for_the_last_mail(
    host: Host, choose: Callable[..., Run], mail_server: MailServer
) -> None:
    # One mail is there that nothing delivers.
    stuck = "printf 'Subject: wait\\n\\n' | sendmail -f a@example.org b@stuck.invalid"
    all_ways = "postconf -e 'defer_transports=smtp relay local error virtual'"
    assert host.run(f"{all_ways} && systemctl restart postfix && {stuck}").rc == 0
    until(lambda: "b@stuck.invalid" in host.run("mailq").stdout, "a mail that waits")
    assert host.run("postsuper -h ALL && postconf -X defer_transports").rc == 0
    run = choose(**directly(mail_server, "first"), smtp_retire_wait_seconds=2)
    assert run.status == 0, run.explain()
    assert "1 mail waits in the queue" in run.output, run.explain(200)
    assert host.run("postfix status").rc == 0
    assert "b@stuck.invalid" in host.run("mailq").stdout


def test_postfix_is_gone_once_nothing_waits(
    host: Host, choose: Callable[..., Run], mail_server: MailServer
) -> None:
    assert host.run("postsuper -d ALL").rc == 0
    run = choose(**directly(mail_server, "first"))
    assert run.status == 0, run.explain()
    assert not host.package("postfix").is_installed
    for path in ("/etc/postfix", "/var/spool/postfix", "/usr/local/sbin/moztrap-mail-status"):
        assert not host.file(path).exists, path
    assert not host.run("ss --no-header --listening --tcp 'sport = :25 or sport = :2526'").stdout
    again = choose(**directly(mail_server, "first"))
    assert again.status == 0, again.explain()
    assert again.changed == 0, again.changed_tasks


def test_mail_arrives_over_tls(
    mail_server: MailServer, register: Callable[..., Any], problem: Callable[[], str]
) -> None:
    address, page = register()
    assert page.status == 200, page.describe()
    assert mail_server.arrived(address)
    assert problem() == ""


def test_nobody_is_half_registered_while_it_is_away(
    mail_server: MailServer,
    register: Callable[..., Any],
    is_registered: Callable[[str], bool],
    problem: Callable[[], str],
    site: Site,
) -> None:
    mail_server.stop()
    address, page = register()
    assert page.status == 200, page.describe()
    assert "mail server does not answer" in page.text
    assert not is_registered(address)
    assert "ConnectionRefusedError" in problem()
    assert site.get("/readyz").status == 200
    mail_server.start()
    address, page = register()
    assert mail_server.arrived(address)
    assert is_registered(address)


def test_a_password_that_was_changed_there_is_told(
    choose: Callable[..., Run],
    mail_server: MailServer,
    register: Callable[..., Any],
    problem: Callable[[], str],
    told: Callable[[], str],
) -> None:
    mail_server.set_password("second")
    assert "535" in problem()
    until(lambda: '"degraded"' in told() and "535" in told(), "over HTTPS, too", RECALL_SECONDS)
    _, page = register()
    assert "mail server does not answer" in page.text
    assert "535" not in page.text
    run = choose("--tags", "preflight", **directly(mail_server, "first"))
    assert run.status != 0
    assert "535 5.7.8 no such account or password" in run.output, run.explain()
    mail_server.set_password("first")


def test_the_site_goes_back_to_its_own_queue(host: Host, choose: Callable[..., Run]) -> None:
    run = choose(smtp_sink_mailbox=True)
    assert run.status == 0, run.explain()
    assert host.run("postfix status").rc == 0
    again = choose(smtp_sink_mailbox=True)
    assert again.changed == 0, again.changed_tasks
