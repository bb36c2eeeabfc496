"""Mail through a relay with TLS and a password: nothing is lost, and trouble is told."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from testinfra.host import Host

from tests.helpers.playbook import Run
from tests.testinfra.mail.conftest import PORT, USER, Elsewhere

GROUPS = ("web",)
ONE_HOST = True
UNITS = ("postfix@-.service", "moztrap-mail-status.socket", "mail-elsewhere.service")
PATIENCE = 20
OUTAGE_SECONDS = 600


def through(server: Elsewhere, password: str) -> dict[str, str]:
    return {
        "smtp_external_relay": f"[{server.name}]:{PORT}",
        "smtp_external_relay_user": USER,
        "smtp_external_relay_password": password,
    }


def until(happened: Callable[[], Any], what: str) -> None:
    """Wait for something that must happen soon."""
    deadline = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < deadline, f"{what}: not in {PATIENCE} s"
        time.sleep(0.5)


def test_a_wrong_password_stops_the_run_before_anything_is_touched(
    choose: Callable[..., Run], elsewhere: Elsewhere
) -> None:
    run = choose("--tags", "smtp", **through(elsewhere, "a wrong guess"))
    assert run.status != 0
    assert "535 5.7.8 no such account or password" in run.output, run.explain()
    assert "No host was touched" in run.output
    assert "a wrong guess" not in run.output


def test_mail_goes_on_over_tls(
    choose: Callable[..., Run],
    elsewhere: Elsewhere,
    register: Callable[..., Any],
    problem: Callable[[], str],
) -> None:
    run = choose("--tags", "base,smtp", **through(elsewhere, "first"))
    assert run.status == 0, run.explain()
    address, page = register()
    assert page.status == 200, page.describe()
    until(lambda: elsewhere.arrived(address), f"mail to {address}")
    assert problem() == ""


def test_a_relay_that_is_away_loses_no_mail(
    host: Host, elsewhere: Elsewhere, register: Callable[..., Any], problem: Callable[[], str]
) -> None:
    elsewhere.stop()
    addresses = [register()[0] for _ in range(3)]
    until(problem, "trouble is told")
    assert f"wait for [{elsewhere.name}]:{PORT}" in problem()
    # A restart of the host's mail does not lose it either.
    host.run("systemctl restart postfix")
    elsewhere.start()
    host.run("postqueue -f")
    until(lambda: all(map(elsewhere.arrived, addresses)), "mail that waited")
    until(lambda: problem() == "", "trouble is over")


def test_ten_minutes_without_the_relay_lose_no_mail(
    elsewhere: Elsewhere,
    host: Host,
    register: Callable[..., Any],
    problem: Callable[[], str],
) -> None:
    elsewhere.stop()
    first = register()[0]
    time.sleep(OUTAGE_SECONDS)
    # People still register, and nobody is told anything but that the mail comes.
    last, page = register()
    assert page.status == 200, page.describe()
    until(lambda: "2 mails wait for" in problem(), "both mails are told of")
    elsewhere.start()
    host.run("postqueue -f")
    until(lambda: elsewhere.arrived(first) and elsewhere.arrived(last), "mail that waited")
    until(lambda: problem() == "", "trouble is over")


def test_a_password_that_was_changed_there_is_told(
    host: Host, elsewhere: Elsewhere, register: Callable[..., Any], problem: Callable[[], str]
) -> None:
    elsewhere.set_password("second")
    address, page = register()
    assert page.status == 200, page.describe()
    until(problem, "trouble is told")
    assert "535" in problem()
    elsewhere.set_password("first")
    host.run("postqueue -f")
    until(lambda: elsewhere.arrived(address), "mail that waited")


@pytest.mark.parametrize("tags", [("--tags", "smtp")])
def test_a_second_run_changes_nothing(
    choose: Callable[..., Run], elsewhere: Elsewhere, tags: tuple[str, ...]
) -> None:
    run = choose(*tags, **through(elsewhere, "first"))
    assert run.status == 0, run.explain()
    assert run.changed == 0, run.changed_tasks
