"""Two people who register the same name or address at the same moment."""

from collections.abc import Callable
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client

from moztrap.accounts.adapter import AccountAdapter
from moztrap.accounts.forms import SignupForm
from moztrap.accounts.models import User
from moztrap.accounts.tests.test_registration import register
from moztrap.core.testing import MakePerson

Browse = Callable[[User | None], Client]
pytestmark = pytest.mark.django_db
write = SignupForm.save


@pytest.fixture
def before_saving(monkeypatch: pytest.MonkeyPatch, make_person: MakePerson) -> Callable[..., None]:
    """Let somebody else register between the check of the form and its write."""

    def plan(username: str, email: str) -> None:
        def save(self: SignupForm, request: Any) -> Any:
            make_person(username, email=email)
            return write(self, request)

        monkeypatch.setattr(SignupForm, "save", save)

    return plan


def test_the_second_of_a_name_is_told_that_it_is_taken(
    browse: Browse, before_saving: Callable[..., None]
) -> None:
    before_saving("gRACE", "other@people.test")
    answer = register(browse(None))
    page = answer.content.decode()
    assert "already exists" in page
    assert 'value="grace@people.test"' in page.lower()
    assert [user.username for user in User.objects.all()] == ["gRACE"]
    assert not EmailAddress.objects.filter(email="grace@people.test").exists()


def test_the_second_of_an_address_learns_nothing_but_its_owner_does(
    browse: Browse, before_saving: Callable[..., None]
) -> None:
    before_saving("hopper", "grace@people.test")
    answer = register(browse(None))
    assert (answer.status_code, answer["Location"]) == (302, "/accounts/confirm-email/")
    assert [user.username for user in User.objects.all()] == ["hopper"]
    assert [message.subject for message in mail.outbox] == ["[MozTrap] You have an account already"]


def test_who_comes_between_the_checks_of_name_and_address_takes_the_name(
    browse: Browse, monkeypatch: pytest.MonkeyPatch, make_person: MakePerson
) -> None:
    check_address = SignupForm.clean_email

    def clean_email(self: SignupForm) -> Any:
        if not User.objects.exists():
            make_person("grace", email="grace@people.test")
        return check_address(self)

    monkeypatch.setattr(SignupForm, "clean_email", clean_email)
    answer = register(browse(None))
    assert answer.status_code == 200
    assert "already exists" in answer.content.decode()
    assert User.objects.count() == 1


def test_what_the_check_cannot_see_is_a_message_too(
    browse: Browse, before_saving: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    before_saving("gRACE", "other@people.test")
    monkeypatch.setattr(AccountAdapter, "clean_username", lambda self, name, shallow=False: name)
    answer = register(browse(None))
    assert b"Somebody else took this username or address" in answer.content
    assert User.objects.count() == 1
