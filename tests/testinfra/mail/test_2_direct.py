"""Mail straight to a server of somebody else's, without Postfix, and back to Postfix."""

from collections.abc import Callable
from typing import Any

from testinfra.host import Host

from tests.helpers.playbook import Run
from tests.helpers.website import Site
from tests.testinfra.mail.conftest import PORT, USER, Elsewhere
from tests.testinfra.mail.test_1_relay import until

GROUPS = ("web",)
ONE_HOST = True
UNITS = ("moztrap-application@main.service", "mail-elsewhere.service")


def directly(server: Elsewhere, password: str) -> dict[str, Any]:
    return {
        "moztrap_mail_delivery": "smtp",
        "moztrap_mail_server": server.name,
        "moztrap_mail_port": PORT,
        "moztrap_mail_user": USER,
        "moztrap_mail_password": password,
    }


def test_postfix_waits_for_the_last_mail(
    host: Host, choose: Callable[..., Run], elsewhere: Elsewhere
) -> None:
    # One mail is there that nothing delivers.
    stuck = "printf 'Subject: wait\\n\\n' | sendmail -f a@example.org b@stuck.invalid"
    all_ways = "postconf -e 'defer_transports=smtp relay local error virtual'"
    assert host.run(f"{all_ways} && systemctl restart postfix && {stuck}").rc == 0
    until(lambda: "b@stuck.invalid" in host.run("mailq").stdout, "a mail that waits")
    assert host.run("postsuper -h ALL && postconf -X defer_transports").rc == 0
    run = choose(**directly(elsewhere, "first"), smtp_retire_wait_seconds=2)
    assert run.status == 0, run.explain()
    assert "1 mail waits in the queue" in run.output, run.explain(200)
    assert host.run("postfix status").rc == 0
    assert "b@stuck.invalid" in host.run("mailq").stdout


def test_postfix_is_gone_once_nothing_waits(
    host: Host, choose: Callable[..., Run], elsewhere: Elsewhere
) -> None:
    assert host.run("postsuper -d ALL").rc == 0
    run = choose(**directly(elsewhere, "first"))
    assert run.status == 0, run.explain()
    assert not host.package("postfix").is_installed
    for path in ("/etc/postfix", "/var/spool/postfix", "/usr/local/sbin/moztrap-mail-status"):
        assert not host.file(path).exists, path
    assert not host.run("ss --no-header --listening --tcp 'sport = :25 or sport = :2526'").stdout
    again = choose(**directly(elsewhere, "first"))
    assert again.status == 0, again.explain()
    assert again.changed == 0, again.changed_tasks


def test_mail_arrives_over_tls(
    elsewhere: Elsewhere, register: Callable[..., Any], problem: Callable[[], str]
) -> None:
    address, page = register()
    assert page.status == 200, page.describe()
    assert elsewhere.arrived(address)
    assert problem() == ""


def test_nobody_is_half_registered_while_it_is_away(
    elsewhere: Elsewhere,
    register: Callable[..., Any],
    is_registered: Callable[[str], bool],
    problem: Callable[[], str],
    site: Site,
) -> None:
    elsewhere.stop()
    address, page = register()
    assert page.status == 200, page.describe()
    assert "mail server does not answer" in page.text
    assert not is_registered(address)
    assert "ConnectionRefusedError" in problem()
    assert site.get("/readyz").status == 200
    elsewhere.start()
    address, page = register()
    assert elsewhere.arrived(address)
    assert is_registered(address)


def test_a_password_that_was_changed_there_is_told(
    choose: Callable[..., Run],
    elsewhere: Elsewhere,
    register: Callable[..., Any],
    problem: Callable[[], str],
) -> None:
    elsewhere.set_password("second")
    assert "535" in problem()
    _, page = register()
    assert "mail server does not answer" in page.text
    assert "535" not in page.text
    run = choose("--tags", "preflight", **directly(elsewhere, "first"))
    assert run.status != 0
    assert "535 5.7.8 no such account or password" in run.output, run.explain()
    elsewhere.set_password("first")


def test_the_site_goes_back_to_its_own_queue(host: Host, choose: Callable[..., Run]) -> None:
    run = choose(smtp_sink_mailbox=True)
    assert run.status == 0, run.explain()
    assert host.run("postfix status").rc == 0
    again = choose(smtp_sink_mailbox=True)
    assert again.changed == 0, again.changed_tasks
