"""The account's whole way: register, read the mail, confirm, log in, reset the password."""

import secrets
from collections.abc import Callable, Iterator

import pytest
from testinfra.host import Host

from tests.helpers.mailbox import link_in, wait_for_mail
from tests.helpers.visitor import Visitor
from tests.helpers.website import Site
from tests.testinfra.conftest import Sql, Value

GROUPS = ("web",)
AT_THE_ENTRANCE = True
UNITS = ("moztrap-application@main.service", "postfix@-.service")


@pytest.fixture(scope="module", autouse=True)
def forgotten_attempts(sql: Sql, value: Value) -> Iterator[None]:
    """Leave no counted attempts to the tests after these."""
    yield
    sql(f"DELETE FROM {value('mysql_database')}.accounts_throttlecount")


def test_registration_round_trip(
    entrance: Site, first_of: Callable[[str], Host], value: Value
) -> None:
    name = f"robin-{secrets.token_hex(4)}"
    address = f"{name}@example.org"
    password = secrets.token_urlsafe(18)
    person = Visitor(entrance)
    page = person.submit(
        person.get("/accounts/signup/"),
        {"username": name, "email": address, "password1": password, "password2": password},
    )
    assert page.status == 200, page.describe()

    early = Visitor(entrance).log_in(name, password)
    assert "/accounts/confirm-email/" in early.url or 'type="password"' in early.text, (
        f"logged in before the address was confirmed: {early.describe()}"
    )

    mail = wait_for_mail(first_of("mail"), address)
    assert str(mail["From"]) == value("moztrap_default_from_email")
    link = link_in(mail, "/accounts/confirm-email/")
    assert link.startswith(entrance.url), f"{link} does not lead to {entrance.url}"
    confirmation = person.get(person.path_of(link))
    confirmation = person.submit(confirmation, {}, to="/accounts/confirm-email/")
    assert confirmation.status == 200, confirmation.describe()

    page = Visitor(entrance).log_in(address, password)
    assert page.status == 200, page.describe()
    assert 'type="password"' not in page.text, page.describe()
    assert name in page.text, page.describe()


def test_password_reset_round_trip(
    entrance: Site, first_of: Callable[[str], Host], sql: Sql, value: Value
) -> None:
    address = value("moztrap_admin_email")
    person = Visitor(entrance)
    page = person.submit(person.get("/accounts/password/reset/"), {"email": address})
    assert page.status == 200, page.describe()
    link = link_in(
        wait_for_mail(first_of("mail"), address, "password"), "/accounts/password/reset/key/"
    )
    assert link.startswith(entrance.url), f"{link} does not lead to {entrance.url}"
    form = person.get(person.path_of(link))
    password = value("moztrap_admin_password")
    done = person.submit(form, {"password1": password, "password2": password})
    assert done.status == 200, done.describe()
    page = Visitor(entrance).log_in(address, password)
    assert 'type="password"' not in page.text, page.describe()
    used = person.get(person.path_of(link))
    assert 'name="password1"' not in used.text, "the link works twice"


def test_reset_tells_nobody_who_has_an_account(entrance: Site, value: Value) -> None:
    pages = []
    for address in (value("moztrap_admin_email"), "nobody-here@example.org"):
        person = Visitor(entrance)
        page = person.submit(person.get("/accounts/password/reset/"), {"email": address})
        pages.append((page.status, page.url))
    assert pages[0] == pages[1]
