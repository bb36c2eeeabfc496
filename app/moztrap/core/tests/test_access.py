"""Every address of the site, walked as everybody."""

from collections.abc import Callable, Iterator

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from moztrap.accounts.models import User
from moztrap.core.policies import POLICIES, READ, may
from moztrap.core.testing import CAST, MakePerson

# For people without an account, and for machines that ask whether the site lives.
OPEN = {
    "account_login",
    "account_logout",
    "account_inactive",
    "account_signup",
    "account_email_verification_sent",
    "account_confirm_email",
    "account_reset_password",
    "account_reset_password_done",
    "account_reset_password_from_key",
    "account_reset_password_from_key_done",
    "provider_login",
    "provider_callback",
    "healthz",
    "readyz",
}
# django-allauth guards these by itself.
OWN_GUARD = {"account_change_password", "account_reauthenticate"}

Browse = Callable[[User | None], Client]


def walk(
    patterns: list[URLPattern | URLResolver] | None = None, namespace: str = ""
) -> Iterator[tuple[str, URLPattern]]:
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from walk(pattern.url_patterns, inner)
        else:
            yield f"{namespace}{pattern.name}", pattern


ADDRESSES = dict(walk())
# Endpoints answer machines, never with a login page; `moztrap.api` walks them.
ENDPOINTS = sorted(name for name in ADDRESSES if name.startswith("api:"))
GUARDED = sorted(set(ADDRESSES) - OPEN - set(ENDPOINTS))


def address(name: str) -> str:
    converters = ADDRESSES[name].pattern.converters
    return reverse(name, kwargs=dict.fromkeys(converters, 1))


def permissions_of(name: str) -> tuple[str, ...]:
    return getattr(ADDRESSES[name].callback, "moztrap_permissions", ())


@pytest.mark.parametrize("name", sorted(set(GUARDED) - OWN_GUARD))
def test_every_page_names_its_policy(name: str) -> None:
    assert permissions_of(name), f"{name} has no policy_required"


@pytest.mark.parametrize("name", GUARDED)
def test_nobody_sees_anything_without_a_login(name: str, browse: Browse, db: None) -> None:
    for method in ("get", "post"):
        answer = getattr(browse(None), method)(address(name))
        assert answer.status_code == 302, f"{method} {address(name)}"
        assert answer["Location"].startswith("/accounts/login/")


def test_the_login_page_answers_everywhere_with_the_way_back(browse: Browse, db: None) -> None:
    answer = browse(None).get("/cases/?status=active", follow=True)
    assert answer.status_code == 200
    assert b"Log in" in answer.content
    assert answer.redirect_chain == [("/accounts/login/?next=/cases/%3Fstatus%3Dactive", 302)]


@pytest.mark.parametrize("name", GUARDED)
def test_anonymous_mode_opens_reading_and_nothing_else(
    name: str, browse: Browse, db: None, settings
) -> None:
    settings.ALLOW_ANONYMOUS_ACCESS = True
    readable = READ in permissions_of(name)
    answer = browse(None).get(address(name))
    went_to_login = answer.status_code == 302 and answer["Location"].startswith("/accounts/login/")
    assert went_to_login is not readable, f"{name}: {answer.status_code}"
    posted = browse(None).post(address(name))
    assert posted.status_code == 302
    assert posted["Location"].startswith("/accounts/login/")


@pytest.mark.parametrize("member", CAST)
def test_each_member_of_the_cast_gets_what_their_role_allows(
    member: str, browse: Browse, make_person: MakePerson
) -> None:
    person = make_person(member, CAST[member])
    client = browse(person)
    for name in sorted(set(GUARDED) - OWN_GUARD):
        permissions = permissions_of(name)
        allowed = any(may(person, permission) for permission in permissions)
        answer = client.get(address(name))
        if answer.status_code == 405:
            answer = client.post(address(name))
        if allowed:
            # Nothing has been created yet, so a page about one record is a 404.
            assert answer.status_code in (200, 302, 404), f"{name}: {answer.status_code}"
            assert "/accounts/login/" not in answer.get("Location", "")
        else:
            assert answer.status_code == 403, f"{member} got {answer.status_code} at {name}"


def test_the_roles_of_a_new_database_are_those_of_the_table(make_person: MakePerson) -> None:
    for member, role in CAST.items():
        person = make_person(member, role)
        held = {permission for permission in POLICIES if may(person, permission)}
        assert held == {name for name, roles in POLICIES.items() if role in roles}


def test_a_superuser_may_do_everything(superuser: User) -> None:
    assert all(may(superuser, permission) for permission in POLICIES)


def test_somebody_switched_off_may_do_nothing(manager: User) -> None:
    manager.is_active = False
    assert not any(may(manager, permission) for permission in (*POLICIES, READ))


def test_a_misspelt_permission_is_an_error(manager: User) -> None:
    with pytest.raises(ValueError, match="No such permission"):
        may(manager, "manage_everything")
