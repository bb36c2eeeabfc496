"""Login through a provider: there, back, and what is refused on the way."""

import logging
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from moztrap.accounts.models import User
from moztrap.accounts.tests.conftest import Traveller, onward
from moztrap.accounts.tests.oidc_provider import CLIENT_ID, CLIENT_SECRET, Provider
from moztrap.core.models import AuditEntry

pytestmark = pytest.mark.django_db
WELL_KNOWN = "/.well-known/openid-configuration"


def test_the_first_login_makes_the_account(provider: Provider, traveller: Traveller) -> None:
    answer = traveller.log_in()
    assert (answer.status_code, answer["Location"]) == (302, "/")
    ada = User.objects.get()
    assert (ada.username, ada.email) == ("ada", "ada@people.test")
    assert not ada.has_usable_password()
    assert ada.role_names == ["Tester"]
    assert AuditEntry.objects.filter(verb="register", actor=ada).count() == 1
    assert traveller.is_logged_in


def test_the_next_login_finds_it_again(provider: Provider, traveller: Traveller) -> None:
    traveller.log_in()
    again = Traveller()
    provider.person |= {"email": "lovelace@people.test", "preferred_username": "lovelace"}
    again.log_in()
    assert again.is_logged_in
    assert User.objects.get().username == "ada"


def test_people_are_told_apart_by_the_case_of_their_subject(
    provider: Provider, traveller: Traveller
) -> None:
    traveller.log_in()
    provider.person = {"sub": "ADA-1", "email": "other@people.test", "email_verified": True}
    Traveller().log_in()
    assert User.objects.count() == 2


def test_a_subject_of_another_provider_is_somebody_else(
    provider: Provider, traveller: Traveller, settings: Any
) -> None:
    traveller.log_in()
    other = provider.address.replace("127.0.0.1", "localhost")
    settings.OIDC_ISSUER = provider.address = other
    answer = Traveller().log_in()
    assert answer.status_code == 403
    assert b"There is an account with your e-mail address already" in answer.content


def test_the_question_is_complete(provider: Provider, traveller: Traveller) -> None:
    question = parse_qs(urlsplit(onward(traveller.begin())).query)
    assert question["redirect_uri"] == ["https://testserver/accounts/oidc/callback/"]
    assert set(question["scope"][0].split()) == {"openid", "profile", "email"}
    assert question["code_challenge_method"] == ["S256"]
    assert len(question["nonce"][0]) == 64
    assert question["response_type"] == ["code"]


@pytest.mark.parametrize("target", ["/cases/?status=active", "https://evil.test/", "//evil.test"])
def test_the_way_back_is_kept_and_stays_on_the_site(
    provider: Provider, traveller: Traveller, target: str
) -> None:
    page = traveller.client.get("/accounts/login/", {"next": "/cases/"})
    assert b'name="next" value="/cases/"' in page.content
    expected = target if target.startswith("/cases") else "/"
    assert traveller.log_in(next=target)["Location"] == expected


@pytest.mark.parametrize("methods", [["client_secret_basic"], ["client_secret_post"], None])
def test_the_secret_goes_as_the_provider_asks(
    provider: Provider, traveller: Traveller, methods: list[str] | None
) -> None:
    provider.metadata = {"token_endpoint_auth_methods_supported": methods}
    traveller.log_in()
    [seen] = provider.secrets_seen
    encoded = "moztrap:what%3Aonly%2Fthe%2Bsite%25knows"
    by_form = methods == ["client_secret_post"]
    assert seen == (f"{CLIENT_ID}:{CLIENT_SECRET}" if by_form else encoded)


def test_discovery_and_keys_are_kept_for_a_while(provider: Provider, traveller: Traveller) -> None:
    traveller.log_in()
    Traveller().log_in()
    assert provider.asked.count(WELL_KNOWN) == provider.asked.count("/keys") == 1


def test_a_new_key_of_the_provider_is_fetched(provider: Provider, traveller: Traveller) -> None:
    traveller.log_in()
    provider.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    provider.key_id = "second"
    again = Traveller()
    again.log_in()
    assert again.is_logged_in
    assert provider.asked.count("/keys") == 2


OTHER_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.mark.parametrize(
    ("lie", "status", "words"),
    [
        ({"token": {"iss": "https://evil.test"}}, 502, "cannot be trusted"),
        ({"token": {"aud": "another-site"}}, 502, "cannot be trusted"),
        ({"token": {"aud": [CLIENT_ID, "another-site"]}}, 502, "cannot be trusted"),
        ({"token": {"azp": "another-site"}}, 502, "cannot be trusted"),
        ({"token": {"nonce": "of another login"}}, 502, "cannot be trusted"),
        ({"token": {"nonce": None}}, 502, "cannot be trusted"),
        ({"token": {"sub": None}}, 502, "cannot be trusted"),
        ({"token": {"iat": 4102444800, "exp": 4102444900}}, 502, "cannot be trusted"),
        ({"token": {"exp": None}}, 502, "cannot be trusted"),
        ({"token": {"exp": 1700000000}}, 403, "has expired"),
        ({"signing_key": OTHER_KEY}, 502, "cannot be trusted"),
        ({"signing_key": CLIENT_SECRET * 2, "algorithm": "HS256"}, 502, "cannot be trusted"),
        ({"signing_key": "", "algorithm": "none"}, 502, "cannot be trusted"),
        ({"algorithm": "RS512"}, 502, "cannot be trusted"),
        ({"userinfo": {"sub": "Eve-1"}}, 502, "cannot be trusted"),
        ({"metadata": {"issuer": "https://evil.test"}}, 502, "not the one that was expected"),
        ({"metadata": {"token_endpoint": "http://evil.test/"}}, 502, "cannot be trusted"),
        ({"metadata": {"jwks_uri": None}}, 502, "cannot be trusted"),
        ({"error": "access_denied"}, 403, "You were not logged in"),
        ({"error": "server_error"}, 502, "refused this site"),
        ({"is_down": True}, 502, "does not answer"),
        ({"person": {"sub": "Ada-1", "email": ""}}, 403, "is missing"),
        ({"userinfo": {"email_verified": False}}, 403, "is not confirmed"),
        ({"userinfo": {"email_verified": None}}, 403, "is not confirmed"),
        ({"token": {"email": "ada@people.test", "email_verified": False}}, 403, "not confirmed"),
    ],
    ids=lambda value: "-".join(map(str, value))[:40] if isinstance(value, dict) else None,
)
def test_a_lie_opens_nothing_and_gets_a_page(
    provider: Provider,
    traveller: Traveller,
    lie: dict[str, Any],
    status: int,
    words: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    for name, value in lie.items():
        setattr(provider, name, value)
    with caplog.at_level(logging.WARNING, logger="moztrap"):
        answer = traveller.log_in()
    assert answer.status_code == status
    page = answer.content.decode()
    assert words in page
    assert 'href="/accounts/login/"' in page
    assert "evil" not in page
    assert not traveller.is_logged_in
    assert User.objects.count() == 0
    # One line, whatever the provider wrote.
    [line] = [each.getMessage() for each in caplog.records if each.name.startswith("moztrap")]
    assert line.startswith("Login through the provider: ")
    assert "\n" not in line


def test_a_wrong_secret_is_refused_by_the_provider(
    provider: Provider, traveller: Traveller, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.OIDC_CLIENT_SECRET = "another one"
    answer = traveller.log_in()
    assert answer.status_code == 502
    assert b"refused this site" in answer.content
    assert "invalid_client" in caplog.text


def test_nobody_there(provider: Provider, traveller: Traveller, settings: Any) -> None:
    settings.OIDC_ISSUER = "http://127.0.0.1:1"
    answer = traveller.begin()
    assert answer.status_code == 502
    assert b"does not answer" in answer.content


def test_an_answer_serves_the_browser_that_asked_and_once(
    provider: Provider, traveller: Traveller
) -> None:
    address = traveller.come_back(traveller.begin())
    thief = Traveller()
    answer = thief.arrive(address)
    assert answer.status_code == 400
    assert b"too old" in answer.content
    assert not thief.is_logged_in
    assert traveller.arrive(address).status_code == 302
    assert traveller.arrive(address).status_code == 400


def test_a_stolen_code_does_not_fit_another_login(provider: Provider, traveller: Traveller) -> None:
    """Whoever puts somebody else's code into a login of their own gets nothing."""
    stolen = parse_qs(urlsplit(traveller.come_back(traveller.begin())).query)["code"][0]
    thief = Traveller()
    state = parse_qs(urlsplit(onward(thief.begin())).query)["state"][0]
    answer = thief.client.get("/accounts/oidc/callback/", {"state": state, "code": stolen})
    assert answer.status_code == 502
    assert not thief.is_logged_in


def test_an_answer_of_another_provider_is_none(provider: Provider, traveller: Traveller) -> None:
    address = traveller.come_back(traveller.begin())
    swapped = address.replace("iss=http", "iss=https")
    assert swapped != address
    assert traveller.arrive(swapped).status_code == 502


def test_a_login_that_cannot_come_back_does_not_begin(
    provider: Provider, traveller: Traveller, settings: Any
) -> None:
    settings.SITE_URL = "https://other.test"
    answer = traveller.begin()
    assert answer.status_code == 400
    assert b"not the address of this site" in answer.content
    assert provider.asked == []


def test_a_login_begins_with_a_form_alone(provider: Provider, traveller: Traveller) -> None:
    assert traveller.client.get("/accounts/oidc/login/").status_code == 405
    traveller.client.handler.enforce_csrf_checks = True
    assert traveller.begin().status_code == 403


def test_the_page_in_between_needs_no_exception_from_the_policy(
    provider: Provider, traveller: Traveller
) -> None:
    page = traveller.begin()
    assert "form-action 'self'" in page["Content-Security-Policy"]
    assert "no-store" in page["Cache-Control"]


def test_logout_goes_to_the_provider_too(provider: Provider, traveller: Traveller) -> None:
    traveller.log_in()
    page = traveller.client.post("/accounts/logout/")
    assert not traveller.is_logged_in
    question = parse_qs(urlsplit(onward(page)).query)
    assert question["post_logout_redirect_uri"] == ["https://testserver/accounts/login/"]
    assert question["client_id"] == [CLIENT_ID]
    told = jwt.decode(question["id_token_hint"][0], options={"verify_signature": False})
    assert told["sub"] == "Ada-1"


@pytest.mark.parametrize("trouble", ["away", "not offered"])
def test_logout_here_needs_no_provider(
    provider: Provider, traveller: Traveller, trouble: str, settings: Any
) -> None:
    if trouble == "not offered":
        provider.metadata = {"end_session_endpoint": None}
    traveller.log_in()
    if trouble == "away":
        settings.OIDC_ISSUER = "http://127.0.0.1:1"
    answer = traveller.client.post("/accounts/logout/")
    assert (answer.status_code, answer["Location"]) == (302, "/accounts/login/")
    assert not traveller.is_logged_in


def test_somebody_switched_off_stays_outside(provider: Provider, traveller: Traveller) -> None:
    traveller.log_in()
    User.objects.update(is_active=False)
    again = Traveller()
    assert again.log_in()["Location"] == "/accounts/inactive/"
    assert not again.is_logged_in
