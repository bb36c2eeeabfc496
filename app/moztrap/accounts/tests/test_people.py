"""Managing people, and the first administrator."""

import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.models import Group
from django.core.management import CommandError, call_command
from django.db import IntegrityError
from django.test import Client

from moztrap.accounts.actions import LastSuperuserError, ensure_admin, update_person
from moztrap.accounts.models import User
from moztrap.core.actions import ActionError
from moztrap.core.testing import PASSWORD

Browse = Callable[[User | None], Client]
pytestmark = pytest.mark.django_db


def test_the_list_finds_people(browse: Browse, admin: User, tester: User) -> None:
    client = browse(admin)
    assert b"tester@people.test" in client.get("/users/").content
    assert b"tester@people.test" not in client.get("/users/?name=admin").content


def test_the_list_costs_the_same_however_many_they_are(
    browse: Browse, admin: User, make_person: Any, django_assert_max_num_queries: Any
) -> None:
    for number in range(15):
        make_person(f"person-{number}", "Tester")
    client = browse(admin)
    client.get("/users/")
    # Session, user, two of permissions, count, page, roles, the choices of the role filter.
    with django_assert_max_num_queries(9):
        client.get("/users/")


def test_an_admin_gives_a_role(browse: Browse, admin: User, tester: User) -> None:
    role = Group.objects.get(name="Test Manager")
    answer = browse(admin).post(f"/users/{tester.pk}/", {"roles": [role.pk], "is_active": "on"})
    assert answer["Location"] == "/users/"
    tester.refresh_from_db()
    assert tester.role_names == ["Test Manager"]


def test_an_admin_cannot_make_themselves_a_superuser(browse: Browse, admin: User) -> None:
    browse(admin).post(f"/users/{admin.pk}/", {"is_active": "on", "is_superuser": "on"})
    admin.refresh_from_db()
    assert not admin.is_superuser


def test_an_admin_cannot_change_a_superuser(browse: Browse, admin: User, superuser: User) -> None:
    answer = browse(admin).post(f"/users/{superuser.pk}/", {})
    assert answer.status_code == 422
    assert b"Only a superuser" in answer.content
    superuser.refresh_from_db()
    assert superuser.is_active


def test_the_last_active_superuser_stays(superuser: User, make_person: Any) -> None:
    everything: dict[str, Any] = {"is_active": True, "is_superuser": True, "roles": []}
    for change in ({"is_active": False}, {"is_superuser": False}):
        with pytest.raises(LastSuperuserError, match="last active superuser"):
            update_person(superuser, by=superuser, **everything | change)
    make_person("second", is_superuser=True)
    update_person(superuser, by=superuser, **everything | {"is_active": False})
    superuser.refresh_from_db()
    assert not superuser.is_active


@pytest.mark.parametrize("field", ["username", "email"])
def test_the_database_knows_no_two_people_who_differ_by_case(tester: User, field: str) -> None:
    values = {"username": "other", "email": "other@people.test"}
    values[field] = getattr(tester, field).upper()
    with pytest.raises(IntegrityError):
        User.objects.bulk_create([User(**values)])


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str, password: str = PASSWORD) -> Any:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{password}\n"))
    output = io.StringIO()
    call_command("ensure_admin", *arguments, username="Boss", email="Boss@site.test", stdout=output)
    word, report = output.getvalue().splitlines()
    return word, json.loads(report)["changed"]


def test_an_administrator_without_a_prompt(monkeypatch: pytest.MonkeyPatch, browse: Browse) -> None:
    assert run(monkeypatch, "--check") == ("created", True)
    assert not User.objects.exists()
    assert run(monkeypatch) == ("created", True)
    assert run(monkeypatch) == ("unchanged", False)
    assert run(monkeypatch, password="something else entirely") == ("unchanged", False)
    user = User.objects.get()
    assert user.check_password(PASSWORD)
    assert user.is_superuser
    assert user.role_names == ["Admin"]
    assert EmailAddress.objects.get(user=user, primary=True, verified=True)
    answer = browse(None).post("/accounts/login/", {"login": "boss", "password": PASSWORD})
    assert answer["Location"] == "/"


def test_an_administrator_gets_back_what_was_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    run(monkeypatch)
    User.objects.update(is_superuser=False, is_active=False)
    assert run(monkeypatch) == ("changed", True)
    assert User.objects.get().is_superuser
    assert run(monkeypatch) == ("unchanged", False)


def test_a_bad_password_or_a_taken_address_is_refused(
    monkeypatch: pytest.MonkeyPatch, tester: User
) -> None:
    with pytest.raises(CommandError, match="too short"):
        run(monkeypatch, password="short")
    with pytest.raises(ActionError, match="belongs to the account tester"):
        ensure_admin(username="boss", email="Tester@people.test", password=PASSWORD)
    assert User.objects.count() == 1
