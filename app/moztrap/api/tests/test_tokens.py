"""Tokens: made once, shown once, kept as digests."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from moztrap.accounts.models import User
from moztrap.api.actions import create_token, digest_of, revoke_token
from moztrap.api.models import ApiToken
from moztrap.core.actions import ActionError

Browse = Callable[[User | None], Client]
URL = "/accounts/tokens/"


def ask(secret: str, path: str = "/api/v1/products/", **query: str) -> Any:
    headers = {"Authorization": f"Bearer {secret}"}
    return Client().get(path, query, headers=headers, secure=True)


def test_a_token_is_made_and_shown_once(browse: Browse, tester: User) -> None:
    client = browse(tester)
    page = client.post(URL, {"name": "nightly", "scope": "read", "days": "30"})
    secret = page.context["secret"]
    assert secret in page.content.decode()
    assert "no-store" in page["Cache-Control"]
    token = ApiToken.objects.get()
    assert (token.owner, token.digest, token.hint) == (tester, digest_of(secret), secret[-4:])
    assert secret not in client.get(URL).content.decode()
    assert not [row for row in ApiToken.objects.values() if secret in map(str, row.values())]
    assert ask(secret).status_code == 200
    token.refresh_from_db()
    assert token.last_used_on == timezone.localdate()


@pytest.mark.parametrize(
    "changes", [{"name": ""}, {"scope": "all"}, {"days": "9999"}, {"days": "x"}]
)
def test_a_wrong_form_makes_none(browse: Browse, tester: User, changes: dict[str, str]) -> None:
    data = {"name": "nightly", "scope": "read", "days": "30"} | changes
    assert browse(tester).post(URL, data).status_code == 422
    assert not ApiToken.objects.exists()


def test_revoked_expired_and_foreign_tokens_open_nothing(tester: User, manager: User) -> None:
    token, secret = create_token(by=tester, name="x", scope="read", days=1)
    with pytest.raises(ActionError):
        revoke_token(token, by=manager)
    revoke_token(token, by=tester)
    assert ask(secret).status_code == 401
    old, secret = create_token(by=tester, name="x", scope="read", days=1)
    ApiToken.objects.filter(pk=old.pk).update(expires_on=timezone.now() - timedelta(seconds=1))
    assert ask(secret).status_code == 401
    _, secret = create_token(by=tester, name="x", scope="read", days=1)
    User.objects.filter(pk=tester.pk).update(is_active=False)
    assert ask(secret).status_code == 401


def test_only_its_owner_revokes_a_token(browse: Browse, tester: User, manager: User) -> None:
    token, secret = create_token(by=tester, name="x", scope="read", days=1)
    url = f"{URL}{token.pk}/revoke/"
    assert browse(manager).post(url).status_code == 404
    assert ask(secret).status_code == 200
    assert "opens nothing" in browse(tester).post(url, follow=True).content.decode()
    assert ask(secret).status_code == 401


def test_a_token_in_an_address_is_none(tester: User) -> None:
    _, secret = create_token(by=tester, name="x", scope="read", days=1)
    for name in ("token", "api_key", "access_token"):
        assert ask("", "/api/v1/products/", **{name: secret}).status_code == 401


@pytest.mark.parametrize(
    "header",
    ["Bearer", "Bearer a b", "Bearer " + "x" * 500, "Basic eDp5", "Bearer \xff", "Token x", ""],
)
def test_nonsense_is_refused(db: None, header: str) -> None:
    answer = Client().get("/api/v1/products/", headers={"Authorization": header}, secure=True)
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Bearer")


def test_a_login_is_no_token_but_opens_the_description(
    browse: Browse, superuser: User, outsider: User
) -> None:
    assert browse(superuser).get("/api/v1/products/").status_code == 401
    assert browse(outsider).get("/api/v1/openapi.json").status_code == 200
