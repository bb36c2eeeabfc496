"""Login through a provider: what the site is told, and what preflight says of it."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.testing import patch_module_args

from tests.helpers import plugins  # noqa: F401  # makes our shared code importable
from tests.helpers.role_templates import MULTI, render, value

from ansible.module_utils.moztrap import provider_trial  # isort: skip
from plugins.modules import moztrap_provider_trial  # isort: skip
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


def inventory(facts: dict[str, Any] | None = None, **changes: Any) -> Inventory:
    """A site that logs people in through a provider."""
    variables = {
        "moztrap_server_name": "tests.your.org",
        "moztrap_site_url": "https://tests.your.org",
        **OIDC,
        **changes,
    }

    def get(name: str) -> Value:
        return Value(variables[name], where=f"main.yml:{name}") if name in variables else Value()

    host = Host("one", ("web", "all"), frozenset(variables), get, facts or {})
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


NO_ACCESS = {"moztrap_oidc_access_claim": "", "moztrap_oidc_access_values": []}


@pytest.mark.parametrize("registration", ["closed", "domains"])
def test_a_site_that_not_everybody_may_join_says_who_may(registration: str) -> None:
    told: dict[str, Any] = {**NO_ACCESS, "moztrap_registration": registration}
    [problem] = login.login_problems(inventory(**told))
    assert problem.subject == "moztrap_registration"
    assert "whoever the provider lets in" in problem.what
    assert "moztrap_oidc_access_values" in problem.fix
    assert list(login.login_problems(inventory(moztrap_registration=registration))) == []
    # Then it is about the form.
    by_form = told | {"moztrap_oidc_password_login": "everybody"}
    assert list(login.login_problems(inventory(**by_form))) == []


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


# --- Trying a provider --------------------------------------------------------------


class Provider(ThreadingHTTPServer):
    """Answers whatever it is asked with what it was given."""

    def __init__(self) -> None:
        self.status = 200
        self.body = b""
        super().__init__(("127.0.0.1", 0), Handler)
        self.issuer = f"http://127.0.0.1:{self.server_port}"
        self.body = json.dumps({"issuer": self.issuer}).encode()


class Handler(BaseHTTPRequestHandler):
    server: Provider

    def log_message(self, *args: Any) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(self.server.body)))
        self.send_header("Location", self.server.issuer + "/elsewhere")
        self.end_headers()
        self.wfile.write(self.server.body)


@pytest.fixture
def provider() -> Iterator[Provider]:
    with Provider() as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield server
        server.shutdown()


def test_the_provider_that_was_named_is_known(provider: Provider) -> None:
    assert provider_trial.attempt(provider.issuer).kind == provider_trial.KNOWN


def test_another_one_is_told_apart_to_the_letter(provider: Provider) -> None:
    found = provider_trial.attempt(provider.issuer + "/")
    assert found.kind == provider_trial.OTHER
    assert f"names the issuer '{provider.issuer}'" in found.words


@pytest.mark.parametrize(
    ("status", "body", "outcome"),
    [
        (404, b"", "other"),
        (302, b"", "other"),
        (503, b"", "unreachable"),
        (200, b"<html>", "other"),
        (200, b"[]", "other"),
    ],
)
def test_what_is_no_provider_is_told(
    provider: Provider, status: int, body: bytes, outcome: str
) -> None:
    provider.status, provider.body = status, body
    assert provider_trial.attempt(provider.issuer).kind == outcome


def test_nobody_there_is_nothing_more() -> None:
    assert provider_trial.attempt("https://127.0.0.1:1").kind == provider_trial.UNREACHABLE


def test_the_module_notes_what_became_of_it(
    provider: Provider, capsys: pytest.CaptureFixture[str]
) -> None:
    with (
        patch_module_args({"issuer": provider.issuer + "/"}),
        pytest.raises(SystemExit) as ended,
    ):
        moztrap_provider_trial.main()
    answer = json.loads(capsys.readouterr().out)
    assert ended.value.code == 0
    assert answer["changed"] is False
    assert answer["ansible_facts"]["moztrap_provider_trial"]["outcome"] == "other"


def test_the_hosts_that_will_ask_it_try() -> None:
    contact: dict[str, Any] = {"moztrap_contact": {"status": "reached"}}

    def tries(host: str, **choices: Any) -> Any:
        return value(
            "preflight", "preflight__tries_provider", MULTI, host, ansible_facts=contact, **choices
        )

    assert tries("web2", **OIDC)
    assert not tries("data", **OIDC)
    assert not tries("web2", **(OIDC | {"moztrap_login": "password"}))
    assert not tries("web2", **(OIDC | {"moztrap_oidc_issuer": ""}))


@pytest.mark.parametrize(
    ("outcome", "packages", "words"),
    [
        ("other", [], "names the issuer"),
        ("untrusted", ["ca-certificates"], "cannot be trusted"),
        ("untrusted", [], ""),
        ("unreachable", ["ca-certificates"], ""),
        ("known", [], ""),
    ],
)
def test_what_it_said_is_told(outcome: str, packages: list[str], words: str) -> None:
    trial = {"outcome": outcome, "words": "https://login.your.org names the issuer 'x'"}
    facts = {"moztrap_provider_trial": trial, "moztrap_packages": packages}
    found = list(login.login_problems(inventory(facts)))
    assert [problem.subject for problem in found] == (["moztrap_oidc_issuer"] if words else [])
    assert all(words in problem.what and problem.host == "one" for problem in found)
