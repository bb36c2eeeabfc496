"""Whom the provider's word lets in, and what they may then do."""

from collections.abc import Callable
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from moztrap.accounts.models import User
from moztrap.accounts.tests.conftest import PERSON, Traveller
from moztrap.accounts.tests.oidc_provider import Provider
from moztrap.core.models import AuditEntry
from moztrap.core.testing import PASSWORD, HttpsClient, MakePerson

pytestmark = pytest.mark.django_db
# Queries, savepoints among them, until somebody known is logged in.
COST_OF_A_LOGIN = 26
Browse = Callable[[User | None], Client]
save_user = DefaultSocialAccountAdapter.save_user


@pytest.fixture
def with_roles(provider: Provider, settings: Any) -> Provider:
    """Groups of the provider are roles here."""
    settings.OIDC_ROLE_CLAIM = "groups"
    settings.OIDC_ROLES = {"qa": "Test Creator", "qa-leads": "Test Manager"}
    return provider


def roles_after_login(provider: Provider, groups: list[str] | None) -> list[str]:
    """Ada's roles after she has logged in with these groups."""
    provider.person["groups"] = groups
    traveller = Traveller()
    traveller.log_in()
    assert traveller.is_logged_in
    return User.objects.get(email="ada@people.test").role_names


def test_claims_give_roles_and_take_them_again(with_roles: Provider) -> None:
    assert roles_after_login(with_roles, ["qa", "canteen"]) == ["Test Creator"]
    assert roles_after_login(with_roles, ["qa", "qa-leads"]) == ["Test Creator", "Test Manager"]
    assert roles_after_login(with_roles, ["qa-leads"]) == ["Test Manager"]
    assert roles_after_login(with_roles, None) == []
    changes = [entry.details for entry in AuditEntry.objects.filter(verb="update")]
    assert {"Test Creator"} <= {role for each in changes for role in each["roles taken by claims"]}


def test_a_role_from_an_administrator_is_nobody_elses_to_take(
    with_roles: Provider, browse: Browse, superuser: User
) -> None:
    assert roles_after_login(with_roles, ["qa"]) == ["Test Creator"]
    ada = User.objects.get(username="ada")
    roles = {role.name: role.pk for role in Group.objects.all()}
    given = [roles["Test Creator"], roles["Test Manager"]]
    browse(superuser).post(f"/users/{ada.pk}/", {"roles": given, "is_active": "on"})
    # The claim names what she has got by hand, and then no longer does.
    assert "Test Manager" in roles_after_login(with_roles, ["qa", "qa-leads"])
    assert roles_after_login(with_roles, ["canteen"]) == ["Test Manager"]


def test_what_claims_say_wins_over_a_role_taken_by_hand(with_roles: Provider) -> None:
    roles_after_login(with_roles, ["qa"])
    User.objects.get().groups.clear()
    assert roles_after_login(with_roles, ["qa"]) == ["Test Creator"]
    assert roles_after_login(with_roles, []) == []


@pytest.mark.parametrize(
    ("path", "claims"),
    [
        ("realm_access.roles", {"realm_access": {"roles": ["qa"]}}),
        ("https://your.org/roles", {"https://your.org/roles": "qa"}),
    ],
)
def test_roles_are_found_where_providers_put_them(
    with_roles: Provider, settings: Any, path: str, claims: dict[str, Any]
) -> None:
    settings.OIDC_ROLE_CLAIM = path
    with_roles.person |= claims
    assert roles_after_login(with_roles, None) == ["Test Creator"]


def test_what_a_login_asks_does_not_grow_with_roles(with_roles: Provider, settings: Any) -> None:
    settings.OIDC_ROLES |= {"everything": "Admin", "a-little": "Tester"}
    costs = []
    for groups in (["qa"], ["qa", "qa-leads", "everything", "a-little"]):
        roles_after_login(with_roles, groups)
        traveller = Traveller()
        with_roles.person["groups"] = groups
        address = traveller.come_back(traveller.begin())
        with CaptureQueriesContext(connection) as queries:
            traveller.arrive(address)
        costs.append(len(queries))
    assert costs == [COST_OF_A_LOGIN] * 2


def test_without_access_nobody_gets_in(
    provider: Provider, traveller: Traveller, settings: Any
) -> None:
    settings.OIDC_ACCESS_CLAIM, settings.OIDC_ACCESS_VALUES = "groups", ["testers", "qa"]
    provider.person["groups"] = ["qa"]
    traveller.log_in()
    assert traveller.is_logged_in
    provider.person["groups"] = ["canteen"]
    again = Traveller()
    answer = again.log_in()
    assert answer.status_code == 403
    assert b"You have no access to this site" in answer.content
    assert not again.is_logged_in


def test_an_address_may_be_trusted_that_nothing_is_said_of(
    provider: Provider, settings: Any
) -> None:
    settings.OIDC_TRUST_EMAIL = True
    provider.person["email_verified"] = False
    assert Traveller().log_in().status_code == 403
    del provider.person["email_verified"]
    assert Traveller().log_in().status_code == 302
    assert EmailAddress.objects.get().verified


def test_a_taken_name_gets_another_one(provider: Provider, make_person: MakePerson) -> None:
    ada = make_person("ADA", email="another@people.test")
    Traveller().log_in()
    new = User.objects.exclude(pk=ada.pk).get()
    assert new.username.lower() != "ada"


def test_nobody_gets_an_account_by_its_address(
    provider: Provider, traveller: Traveller, make_person: MakePerson
) -> None:
    make_person("lovelace", "Admin", email="ada@people.test")
    answer = traveller.log_in()
    assert answer.status_code == 403
    assert b"There is an account with your e-mail address already" in answer.content
    assert not traveller.is_logged_in


def test_an_account_is_opened_by_its_address_where_that_is_wanted(
    provider: Provider, make_person: MakePerson, settings: Any
) -> None:
    settings.OIDC_LINK_ACCOUNTS = True
    before = make_person("lovelace", "Test Manager", email="ada@people.test")
    provider.person["email_verified"] = False
    assert Traveller().log_in().status_code == 403
    provider.person["email_verified"] = True
    traveller = Traveller()
    traveller.log_in()
    assert traveller.is_logged_in
    after = User.objects.get()
    assert (after.username, after.role_names) == ("lovelace", ["Test Manager"])
    # It was theirs: its address had been confirmed.
    assert after.password == before.password
    # From now on the address does not matter.
    provider.person["email"] = "other@people.test"
    Traveller().log_in()
    assert User.objects.count() == 1


def test_whoever_registered_with_somebody_elses_address_loses_the_account(
    provider: Provider, make_person: MakePerson, settings: Any
) -> None:
    settings.OIDC_LINK_ACCOUNTS, settings.OIDC_PASSWORD_LOGIN = True, "everybody"
    make_person("eve", email="ada@people.test")
    EmailAddress.objects.update(verified=False)
    traveller = Traveller()
    traveller.log_in()
    assert traveller.is_logged_in
    form = {"login": "eve", "password": PASSWORD}
    assert b"not correct" in HttpsClient().post("/accounts/login/", form).content


def test_a_superuser_is_opened_by_no_address(
    provider: Provider, make_person: MakePerson, settings: Any
) -> None:
    settings.OIDC_LINK_ACCOUNTS = True
    make_person("root", email="ada@people.test", is_superuser=True)
    assert Traveller().log_in().status_code == 403


# --- Passwords ---------------------------------------------------------------------


def log_in_with_password(username: str) -> bool:
    """Whether that opens the site."""
    client = HttpsClient()
    client.post("/accounts/login/", {"login": username, "password": PASSWORD})
    return client.get("/accounts/profile/").status_code == 200


@pytest.mark.parametrize(
    ("passwords", "superuser_enters", "tester_enters"),
    [("nobody", False, False), ("superusers", True, False), ("everybody", True, True)],
)
def test_passwords_open_the_site_to_those_who_may_use_them(
    provider: Provider,
    superuser: User,
    tester: User,
    settings: Any,
    passwords: str,
    superuser_enters: bool,
    tester_enters: bool,
) -> None:
    settings.OIDC_PASSWORD_LOGIN = passwords
    page = HttpsClient().get("/accounts/login/").content.decode()
    assert "Sign in with Your Org" in page
    assert ('name="password"' in page) is superuser_enters
    assert log_in_with_password("root") is superuser_enters
    assert log_in_with_password("tester") is tester_enters
    for path in ("/accounts/password/reset/", "/accounts/signup/"):
        answer = HttpsClient().get(path)
        assert (b"<input" in answer.content) is tester_enters
        assert (b"log in to this site through Your Org" in answer.content) is not tester_enters
        assert ("Forgotten" in page) is ("Register" in page) is tester_enters


@pytest.mark.parametrize(
    ("passwords", "who", "status"),
    [
        ("nobody", "root", 404),
        ("superusers", "root", 200),
        ("superusers", "tester", 404),
        ("everybody", "tester", 200),
    ],
)
def test_whoever_may_use_a_password_may_change_it(
    provider: Provider,
    browse: Browse,
    superuser: User,
    tester: User,
    settings: Any,
    passwords: str,
    who: str,
    status: int,
) -> None:
    settings.OIDC_PASSWORD_LOGIN = passwords
    client = browse(User.objects.get(username=who))
    answer = client.get("/accounts/password/change/")
    assert answer.status_code == status
    assert (b"Your Org" in answer.content) is (status == 404)
    profile = client.get("/accounts/profile/").content
    assert (b"/accounts/password/change/" in profile) is (status == 200)


def test_a_mailed_link_for_a_new_password_is_closed_too(provider: Provider, tester: User) -> None:
    assert HttpsClient().get("/accounts/password/reset/key/1-abc/").status_code == 404


# --- There and back ----------------------------------------------------------------


def test_the_site_asks_no_provider_by_default(db: None) -> None:
    page = HttpsClient().get("/accounts/login/").content.decode()
    assert "Sign in with" not in page
    assert 'name="password"' in page
    assert HttpsClient().post("/accounts/oidc/login/").status_code == 404
    assert HttpsClient().get("/accounts/oidc/callback/?code=1&state=2").status_code == 404


def test_logins_survive_the_switch_to_passwords_and_people_get_one_by_mail(
    provider: Provider, traveller: Traveller, settings: Any, mailoutbox: list[Any]
) -> None:
    traveller.log_in()
    settings.LOGIN = "password"
    assert traveller.is_logged_in
    to_reset = traveller.client.get("/accounts/password/change/")
    assert to_reset["Location"] == "/accounts/password/reset/"
    HttpsClient().post("/accounts/password/reset/", {"email": PERSON["email"]})
    link = next(line for line in mailoutbox[0].body.split() if "/reset/key/" in line)
    client = HttpsClient()
    form = client.get(link.removeprefix("https://testserver"), follow=True)
    path = form.redirect_chain[-1][0]
    client.post(path, {"password1": PASSWORD, "password2": PASSWORD})
    assert log_in_with_password("ada")
    # Logged in through the provider, and out without it.
    assert traveller.client.post("/accounts/logout/").status_code == 302


def test_logins_survive_the_switch_to_the_provider(
    browse: Browse, tester: User, provider: Provider, settings: Any
) -> None:
    settings.LOGIN = "password"
    client = browse(tester)
    assert client.get("/accounts/profile/").status_code == 200
    settings.LOGIN = "oidc"
    assert client.get("/accounts/profile/").status_code == 200


def test_the_second_of_two_first_logins_at_once_is_told_to_log_in_once_more(
    provider: Provider, make_person: MakePerson, monkeypatch: pytest.MonkeyPatch
) -> None:
    def save(self: Any, request: Any, sociallogin: Any, form: Any = None) -> User:
        make_person("ada-elsewhere", email="ada@people.test")
        saved: User = save_user(self, request, sociallogin, form)
        return saved

    monkeypatch.setattr(DefaultSocialAccountAdapter, "save_user", save)
    traveller = Traveller()
    answer = traveller.log_in()
    assert answer.status_code == 409
    assert "Please log in once more" in answer.content.decode()
    assert not traveller.is_logged_in
    assert not User.objects.filter(username="ada").exists()
    monkeypatch.undo()
    traveller.log_in()
    assert traveller.is_logged_in
