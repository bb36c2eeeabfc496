"""Passwords and addresses when another writer gets in the way."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.db import OperationalError
from django.test import Client

from moztrap.accounts.models import User
from moztrap.core.models import AuditEntry
from moztrap.core.testing import PASSWORD

Browse = Callable[[User | None], Client]
pytestmark = pytest.mark.django_db
NEW = "a new horse battery staple"
BUSY = "Somebody else was writing at the same moment"


@pytest.fixture
def lose(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Have the database give up every write at its last statement."""

    def plan() -> None:
        def fail(*args: Any, **kwargs: Any) -> None:
            raise OperationalError(1205, "Lock wait timeout exceeded; try restarting transaction")

        monkeypatch.setattr(AuditEntry.objects, "create", fail)

    return plan


def change(client: Client) -> Any:
    return client.post(
        "/accounts/password/change/",
        {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW},
    )


def link_of(pattern: str) -> str:
    found = re.search(rf"https://testserver({pattern}\S+)", str(mail.outbox[-1].body))
    assert found, mail.outbox[-1].body
    return found[1]


def test_a_password_change_says_so_and_keeps_the_old_password(
    browse: Browse, tester: User, lose: Callable[[], None]
) -> None:
    client = browse(tester)
    lose()
    answer = change(client)
    assert answer.status_code == 200
    assert BUSY in answer.content.decode()
    tester.refresh_from_db()
    assert tester.check_password(PASSWORD)
    assert client.get("/accounts/profile/").status_code == 200


def test_a_password_change_is_recorded_and_leaves_the_rest_of_the_account_alone(
    browse: Browse, tester: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def disable_first(user: User, password: str) -> None:
        # An administrator switches the account off while the form is being handled.
        User.objects.filter(pk=user.pk).update(is_active=False)
        original(user, password)

    original = User.set_password
    monkeypatch.setattr(User, "set_password", disable_first)
    change(browse(tester))
    tester.refresh_from_db()
    assert tester.check_password(NEW)
    assert not tester.is_active
    assert AuditEntry.objects.filter(verb="change password", actor=tester).exists()


def test_a_mailed_link_says_so_and_works_the_next_time(
    browse: Browse, tester: User, lose: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    browse(None).post("/accounts/password/reset/", {"email": tester.email})
    client = browse(None)
    address = client.get(link_of("/accounts/password/reset/key/"))["Location"]
    passwords = {"password1": NEW, "password2": NEW}
    lose()
    assert BUSY in client.post(address, passwords).content.decode()
    monkeypatch.undo()
    assert client.post(address, passwords).status_code == 302
    tester.refresh_from_db()
    assert tester.check_password(NEW)


def test_a_confirmation_says_so_and_the_link_stays_good(
    browse: Browse, lose: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    data = {"username": "Grace", "email": "grace@people.test"}
    browse(None).post("/accounts/signup/", data | {"password1": PASSWORD, "password2": PASSWORD})
    link = link_of("/accounts/confirm-email/")
    client = browse(None)
    lose()
    answer = client.post(link, follow=True)
    assert answer.status_code == 200
    assert BUSY in answer.content.decode()
    assert not EmailAddress.objects.get(email="grace@people.test").verified
    monkeypatch.undo()
    client.post(link)
    assert EmailAddress.objects.get(email="grace@people.test").verified
