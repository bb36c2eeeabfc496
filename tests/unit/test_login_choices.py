"""Login through a provider: what the site is told, and what preflight says of it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.helpers import plugins  # noqa: F401  # makes our shared code importable
from tests.helpers.role_templates import MULTI, render

from ansible.module_utils.moztrap.preflight import login, site  # isort: skip
from ansible.module_utils.moztrap.preflight.inventory import Host, Inventory, Value  # isort: skip

SECRET = "what-only-the-site-knows"
OIDC: dict[str, Any] = {
    "moztrap_login": "oidc",
    "moztrap_oidc_issuer": "https://login.your.org/realms/staff",
    "moztrap_oidc_client_id": "moztrap",
    "moztrap_oidc_client_secret": SECRET,
    "moztrap_oidc_provider_name": "Your Org",
    "moztrap_oidc_scopes": ["openid", "email", "groups"],
    "moztrap_oidc_password_login": "nobody",
    "moztrap_oidc_trust_email": "no",
    "moztrap_oidc_link_accounts": True,
    "moztrap_oidc_role_claim": "groups",
    "moztrap_oidc_roles": {"qa-leads": "Test Manager"},
    "moztrap_oidc_access_claim": "groups",
    "moztrap_oidc_access_values": ["staff"],
}


def settings(**choices: Any) -> dict[str, Any]:
    """What the site is told."""
    names: dict[str, Any] = {}
    exec(render("settings", "local.py.j2", **choices), names)  # noqa: S102
    return names


def test_a_site_with_passwords_is_told_of_no_provider() -> None:
    text = render("settings", "local.py.j2", **(OIDC | {"moztrap_login": "password"}))
    assert 'LOGIN = "password"' in text.replace("'", '"')
    assert "OIDC_" not in text
    assert SECRET not in text


def test_a_site_with_a_provider_is_told_all_of_it() -> None:
    told = settings(**OIDC)
    assert {name: value for name, value in told.items() if name.startswith(("LOGIN", "OIDC"))} == {
        "LOGIN": "oidc",
        "OIDC_ISSUER": "https://login.your.org/realms/staff",
        "OIDC_CLIENT_ID": "moztrap",
        "OIDC_CLIENT_SECRET": SECRET,
        "OIDC_PROVIDER_NAME": "Your Org",
        "OIDC_SCOPES": ["openid", "email", "groups"],
        "OIDC_PASSWORD_LOGIN": "nobody",
        "OIDC_TRUST_EMAIL": False,
        "OIDC_LINK_ACCOUNTS": True,
        "OIDC_ROLE_CLAIM": "groups",
        "OIDC_ROLES": {"qa-leads": "Test Manager"},
        "OIDC_ACCESS_CLAIM": "groups",
        "OIDC_ACCESS_VALUES": ["staff"],
    }


def test_the_site_knows_each_setting_that_it_is_told() -> None:
    common = Path(__file__).parents[2] / "app" / "moztrap" / "settings" / "common.py"
    known = set(re.findall(r"^(LOGIN|OIDC_[A-Z_]+)\b", common.read_text(), re.MULTILINE))
    assert known == {name for name in settings(**OIDC) if name.startswith(("LOGIN", "OIDC"))}


def test_every_web_host_is_told_the_same() -> None:
    texts = {render("settings", "local.py.j2", MULTI, host, **OIDC) for host in ("web1", "web2")}
    assert len(texts) == 1


def test_the_roles_are_those_of_the_site() -> None:
    policies = Path(__file__).parents[2] / "app" / "moztrap" / "core" / "policies.py"
    named = re.findall(r'^[A-Z_]+: Final = "([A-Z][A-Za-z ]+)"', policies.read_text(), re.MULTILINE)
    assert tuple(named) == login.ROLES


def inventory(**changes: Any) -> Inventory:
    """A site that logs people in through a provider."""
    variables = {
        "moztrap_server_name": "tests.your.org",
        "moztrap_site_url": "https://tests.your.org",
        **OIDC,
        **changes,
    }

    def get(name: str) -> Value:
        return Value(variables[name], where=f"main.yml:{name}") if name in variables else Value()

    host = Host("one", ("web", "all"), frozenset(variables), get, {})
    return Inventory({"web": ["one"], "all": ["one"]}, {"one": host}, "inventories/x")


def test_a_sound_provider_is_no_problem() -> None:
    found = inventory()
    assert list(login.login_problems(found)) == []
    assert list(site.choice_problems(found)) == []
    assert list(site.secret_problems(found)) == []


@pytest.mark.parametrize(
    ("changes", "subject", "words"),
    [
        ({"moztrap_oidc_issuer": ""}, "moztrap_oidc_issuer", "empty"),
        ({"moztrap_oidc_issuer": "https://login.example.org"}, "moztrap_oidc_issuer", "names no"),
        ({"moztrap_oidc_issuer": "login.your.org"}, "moztrap_oidc_issuer", "names no"),
        ({"moztrap_oidc_issuer": "http://login.your.org"}, "moztrap_oidc_issuer", "on the way"),
        (
            {"moztrap_oidc_issuer": "https://l.your.org/.well-known/openid-configuration"},
            "moztrap_oidc_issuer",
            "address of a document",
        ),
        ({"moztrap_oidc_issuer": "https://Tests.your.org"}, "moztrap_oidc_issuer", "site itself"),
        ({"moztrap_oidc_client_id": ""}, "moztrap_oidc_client_id", "would not know this site"),
        ({"moztrap_oidc_scopes": ["email"]}, "moztrap_oidc_scopes", "lacks openid"),
        ({"moztrap_oidc_password_login": True}, "moztrap_oidc_password_login", "means nothing"),
        ({"moztrap_oidc_roles": {"qa": "Boss"}}, "moztrap_oidc_roles", "no role: Boss"),
        ({"moztrap_oidc_roles": {}}, "moztrap_oidc_roles", "nobody anything"),
        ({"moztrap_oidc_role_claim": ""}, "moztrap_oidc_role_claim", "would do nothing"),
        ({"moztrap_oidc_access_values": []}, "moztrap_oidc_access_values", "nobody anything"),
        ({"moztrap_oidc_access_claim": ""}, "moztrap_oidc_access_claim", "would do nothing"),
    ],
)
def test_what_cannot_work_is_refused_with_its_remedy(
    changes: dict[str, Any], subject: str, words: str
) -> None:
    [problem] = login.login_problems(inventory(**changes))
    assert problem.subject == subject
    assert words in problem.what
    assert problem.fix
    assert problem.where.startswith("main.yml:")


@pytest.mark.parametrize(
    ("secret", "words"), [("", "empty"), ("change-me", "placeholder"), ("short", "too short")]
)
def test_the_secret_is_looked_at_where_it_is_needed(secret: str, words: str) -> None:
    [problem] = site.secret_problems(inventory(moztrap_oidc_client_secret=secret))
    assert words in problem.what
    with_passwords = inventory(moztrap_oidc_client_secret=secret, moztrap_login="password")
    assert list(site.secret_problems(with_passwords)) == []


def test_the_address_to_return_to_is_told() -> None:
    [problem] = login.login_problems(inventory(moztrap_oidc_client_id=""))
    assert "https://tests.your.org/accounts/oidc/callback/" in problem.fix


def test_what_is_not_chosen_is_not_judged() -> None:
    odd = inventory(moztrap_login="password", moztrap_oidc_issuer="nonsense", moztrap_oidc_roles={})
    assert list(login.login_problems(odd)) == []


def test_another_kind_of_login_means_nothing() -> None:
    [problem] = site.choice_problems(inventory(moztrap_login="saml"))
    assert "password, oidc" in problem.fix


@pytest.mark.parametrize("issuer", ["http://localhost:3000", "http://127.0.0.1:3000"])
def test_a_provider_of_the_same_host_may_speak_http(issuer: str) -> None:
    assert list(login.login_problems(inventory(moztrap_oidc_issuer=issuer))) == []
