"""Registration, from the form to the first login."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core import mail
from django.test import Client

from moztrap.accounts.models import User
from moztrap.core.models import AuditEntry
from moztrap.core.testing import PASSWORD

Browse = Callable[[User | None], Client]
pytestmark = pytest.mark.django_db


def register(client: Client, **values: str) -> Any:
    data = {
        "username": "Grace",
        "email": "Grace@People.test",
        "password1": PASSWORD,
        "password2": PASSWORD,
    }
    return client.post("/accounts/signup/", data | values)


def link_in(message: Any) -> str:
    found = re.search(r"https://testserver(/\S+)", str(message.body))
    assert found
    return found[1]


def test_register_confirm_log_in(browse: Browse) -> None:
    client = browse(None)
    assert register(client)["Location"] == "/accounts/confirm-email/"
    [message] = mail.outbox
    assert message.to == ["grace@people.test"]
    assert message.subject == "[MozTrap] Confirm your address"
    before = client.post("/accounts/login/", {"login": "grace", "password": PASSWORD})
    assert before["Location"] == "/accounts/confirm-email/"
    link = link_in(message)
    assert b"Yes, confirm it" in client.get(link).content
    client.post(link)
    # Whatever the case, by name or address.
    for login in ("gRACE", "grace@PEOPLE.test"):
        fresh = browse(None)
        answer = fresh.post("/accounts/login/", {"login": login, "password": PASSWORD})
        assert answer["Location"] == "/", login
    user = User.objects.get()
    assert (user.username, user.email, user.role_names) == (
        "Grace",
        "grace@people.test",
        ["Tester"],
    )
    assert AuditEntry.objects.filter(verb="register", object_name="Grace").exists()


@pytest.mark.parametrize("username", ["TESTER", "tester"])
def test_a_username_is_taken_whatever_its_case(browse: Browse, tester: User, username: str) -> None:
    answer = register(browse(None), username=username)
    assert answer.status_code == 200
    assert User.objects.count() == 1


def test_a_taken_address_is_told_to_its_owner_alone(browse: Browse, tester: User) -> None:
    unknown = register(browse(None), username="first", email="new@people.test")
    known = register(browse(None), username="second", email="TESTER@people.test")
    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])
    assert mail.outbox[-1].subject == "[MozTrap] You have an account already"
    assert not User.objects.filter(username="second").exists()


def test_closed_registration(browse: Browse, settings) -> None:
    settings.REGISTRATION = "closed"
    answer = register(browse(None))
    assert b"Registration is closed" in answer.content
    assert not User.objects.exists()
    assert b"Register" not in browse(None).get("/accounts/login/").content


def test_registration_by_domain(browse: Browse, settings) -> None:
    settings.REGISTRATION = "domains"
    settings.REGISTRATION_DOMAINS = ["company.test"]
    answer = register(browse(None), email="grace@elsewhere.test")
    assert b"addresses at company.test only" in answer.content
    assert register(browse(None), email="grace@COMPANY.test").status_code == 302


@pytest.mark.parametrize(
    "password", ["short1", "1234567890123", "password123", "grace@people.test"]
)
def test_weak_passwords_are_refused_and_what_was_typed_is_kept(
    browse: Browse, password: str
) -> None:
    answer = register(browse(None), password1=password, password2=password)
    assert answer.status_code == 200
    assert b'value="Grace"' in answer.content
    assert b"field__errors" in answer.content


def test_a_broken_link_says_what_to_do(browse: Browse) -> None:
    answer = browse(None).get("/accounts/confirm-email/nonsense/")
    assert b"This link does not work" in answer.content


def test_links_lead_to_the_site_whatever_the_request_claims(browse: Browse, settings) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    client = browse(None)
    client.defaults["SERVER_NAME"] = "evil.test"
    register(client)
    assert "evil.test" not in mail.outbox[0].body
    assert "https://testserver/accounts/confirm-email/" in mail.outbox[0].body
