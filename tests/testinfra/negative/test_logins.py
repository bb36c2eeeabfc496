"""Many logins over several processes, and too many of them."""

import json
from collections.abc import Iterator

import pytest
from testinfra.host import Host

from tests.helpers.visitor import Visitor
from tests.helpers.website import Site
from tests.testinfra.conftest import Sql, Value

GROUPS = ("web",)
AT_THE_ENTRANCE = True
UNITS = ("moztrap-application@main.service", "memcached.service", "redis-server.service")
LOGINS = 50


@pytest.fixture(autouse=True)
def forgotten_attempts(sql: Sql, value: Value) -> Iterator[None]:
    """Start and leave without counted attempts: limits are not the subject here."""
    table = f"{value('mysql_database')}.accounts_throttlecount"
    sql(f"DELETE FROM {table}")
    yield
    sql(f"DELETE FROM {table}")


def test_fifty_logins_in_a_row_give_no_csrf_error(entrance: Site, sql: Sql, value: Value) -> None:
    name, password = value("[moztrap_admin_username, moztrap_admin_password]")
    processes = set()
    for number in range(LOGINS):
        if number % 20 == 0:
            sql(f"DELETE FROM {value('mysql_database')}.accounts_throttlecount")
        person = Visitor(entrance)
        page = person.log_in(name, password)
        assert page.status == 200, f"login {number + 1}: {page.describe()}"
        assert 'type="password"' not in page.text, f"login {number + 1}: {page.describe()}"
        processes.add(json.loads(person.get("/healthz").text)["process"])
    assert len(processes) > 1, "one process alone answered: this proves nothing"


def test_session_is_known_to_every_process(entrance: Site, value: Value) -> None:
    person = Visitor(entrance)
    person.log_in(value("moztrap_admin_username"), value("moztrap_admin_password"))
    for _ in range(20):
        page = person.get("/")
        assert 'type="password"' not in page.text, page.describe()


def test_guessing_is_slowed_down(entrance: Site, host: Host) -> None:
    answers = []
    for _ in range(8):
        person = Visitor(entrance)
        page = person.log_in("somebody", "a wrong guess")
        assert page.status in {200, 429}, page.describe()
        answers.append(page.status == 429 or "too many" in page.text.lower())
    assert answers[-1], "eight wrong guesses at one account, and still no limit"
    assert not answers[0], "the first wrong guess was refused already"
