"""What `manage.py check` and `/readyz` say of a provider that cannot work."""

import os
import subprocess
import sys
from typing import Any

import pytest
from django.core.cache import cache
from django.test import override_settings

from moztrap.accounts import checks
from moztrap.accounts.tests.oidc_provider import Provider
from moztrap.core import remember
from moztrap.core.testing import HttpsClient

GOOD: dict[str, Any] = {
    "LOGIN": "oidc",
    "OIDC_ISSUER": "https://login.company.internal",
    "OIDC_CLIENT_ID": "moztrap",
    "OIDC_CLIENT_SECRET": "s" * 30,
}


@pytest.mark.parametrize(
    ("name", "value", "identifier", "words"),
    [
        ("LOGIN", "saml", "E014", '"password" or "oidc"'),
        ("OIDC_ISSUER", "", "E015", "discovery document"),
        ("OIDC_CLIENT_ID", "", "E015", "knows this site by"),
        ("OIDC_CLIENT_SECRET", "", "E015", "gave you"),
        ("OIDC_ISSUER", "http://login.company.internal", "E016", "https"),
        ("OIDC_PASSWORD_LOGIN", "some", "E017", '"nobody", "superusers" or "everybody"'),
        ("OIDC_SCOPES", ["email"], "E018", '"openid"'),
        ("OIDC_ROLES", {"qa": "Boss"}, "E019", "Test Manager"),
        ("OIDC_ROLE_CLAIM", "groups", "E020", "both"),
        ("OIDC_ACCESS_VALUES", ["qa"], "E020", "both"),
    ],
)
def test_each_mistake_is_named_with_its_remedy(
    name: str, value: object, identifier: str, words: str
) -> None:
    with override_settings(**GOOD):
        assert checks.login() == []
    with override_settings(**GOOD | {name: value}):
        found = {each.id: each for each in checks.login()}
    message = found[f"moztrap.{identifier}"]
    assert name in str(message.msg)
    assert words in str(message.hint)


@override_settings(LOGIN="password", OIDC_ISSUER="http://whatever")
def test_what_is_not_chosen_is_not_judged() -> None:
    assert checks.login() == []


def test_a_provider_of_this_host_may_speak_http(settings: Any) -> None:
    for name, value in (GOOD | {"OIDC_ISSUER": "http://localhost:3000"}).items():
        setattr(settings, name, value)
    assert checks.login() == []


def readiness() -> tuple[int, str, str]:
    """The status of `/readyz`, its word, and what it says of login."""
    answer = HttpsClient().get("/readyz")
    body = answer.json()
    return answer.status_code, body["status"], body["checks"]["login"]


def test_a_provider_that_answers_is_asked_rarely(provider: Provider) -> None:
    for _ in range(3):
        assert readiness() == (200, "ok", "ok")
    assert len(provider.asked) == 1


def test_a_provider_that_is_away_takes_no_host_away(provider: Provider) -> None:
    provider.is_down = True
    status, word, problem = readiness()
    assert (status, word) == (200, "degraded")
    assert "503" in problem
    provider.is_down = False
    assert readiness()[1] == "degraded", "it was asked a moment ago"
    remember.forget()
    cache.clear()
    assert readiness()[1] == "ok"


def test_another_issuer_is_told_to_the_letter(provider: Provider) -> None:
    provider.metadata = {"issuer": provider.address + "/"}
    _, word, problem = readiness()
    assert word == "degraded"
    assert "to the letter" in problem
    assert f"{provider.address}/'" in problem


def test_nobody_is_asked_by_a_site_with_passwords(provider: Provider, settings: Any) -> None:
    settings.LOGIN = "password"
    assert readiness() == (200, "ok", "ok")
    assert provider.asked == []


def test_the_hosts_authorities_are_trusted(settings: Any) -> None:
    """Those that came with a package are not: operators add theirs to the host."""
    program = "from moztrap.accounts.oidc.web import Session; print(Session().verify)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True,
        cwd=settings.PROJECT_ROOT, env={**os.environ, "SSL_CERT_FILE": sys.executable},
    )  # fmt: skip
    assert done.stdout.strip() == sys.executable
