"""Login, logout, passwords, and how often anybody may try."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.utils import timezone

from moztrap.accounts import throttle
from moztrap.accounts.models import ThrottleCount, User
from moztrap.core.testing import PASSWORD, HttpsClient

Browse = Callable[[User | None], Client]
pytestmark = pytest.mark.django_db
DEAD_CACHE = {
    "default": {
        "BACKEND": "moztrap.core.cache.SignedMemcachedCache",
        "LOCATION": "127.0.0.1:1",
    }
}


def log_in(client: Client, password: str = PASSWORD, login: str = "tester") -> Any:
    return client.post("/accounts/login/", {"login": login, "password": password})


def test_fifty_logins_in_a_row(browse: Browse, tester: User) -> None:
    for _ in range(50):
        client = HttpsClient(enforce_csrf_checks=True)
        page = client.get("/accounts/login/").content.decode()
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
        assert token
        answer = client.post(
            "/accounts/login/",
            {"login": "tester", "password": PASSWORD, "csrfmiddlewaretoken": token[1]},
            HTTP_REFERER="https://testserver/accounts/login/",
        )
        assert answer.status_code == 302, answer.content


def test_logout_is_a_post(browse: Browse, tester: User) -> None:
    client = browse(tester)
    assert client.get("/accounts/logout/").status_code == 200
    assert client.get("/accounts/profile/").status_code == 200
    assert client.post("/accounts/logout/").status_code == 302
    assert client.get("/accounts/profile/").status_code == 302


@pytest.mark.parametrize("target", ["https://evil.test/", "//evil.test/", "javascript:alert(1)"])
def test_the_way_back_stays_on_the_site(browse: Browse, tester: User, target: str) -> None:
    answer = browse(None).post(
        "/accounts/login/", {"login": "tester", "password": PASSWORD, "next": target}
    )
    assert answer["Location"] == "/"


@pytest.mark.parametrize("cache", ["alive", "dead"])
def test_guessing_is_stopped_even_when_the_cache_is_dead(
    browse: Browse, tester: User, cache: str, settings
) -> None:
    if cache == "dead":
        settings.CACHES = DEAD_CACHE
    client = browse(None)
    for _ in range(5):
        assert b"not correct" in log_in(client, "wrong").content
    answer = log_in(client)
    assert answer.status_code == 200
    assert b"Too many failed login attempts" in answer.content
    # Another person at the same address is not locked out.
    assert b"not correct" in log_in(client, "wrong", login="somebody").content


def test_logins_that_succeed_are_not_counted_against_anybody(browse: Browse, tester: User) -> None:
    for _ in range(12):
        assert log_in(browse(None)).status_code == 302


def test_one_address_cannot_try_many_accounts(browse: Browse, db: None) -> None:
    client = browse(None)
    answers = [log_in(client, login=f"guess-{number}").content for number in range(22)]
    assert b"not correct" in answers[19]
    assert b"Too many failed login attempts" in answers[20]


def test_a_window_ends(db: None) -> None:
    kind = "reset-mailbox"
    allowed = [throttle.allow(kind, "A@b.test") for _ in range(6)]
    assert allowed == [True] * 5 + [False]
    assert not throttle.allow(kind, "a@B.test")
    ThrottleCount.objects.update(window_ends=timezone.now() - timedelta(seconds=1))
    assert throttle.allow(kind, "a@b.test")
    assert ThrottleCount.objects.get().count == 1


def test_old_windows_are_forgotten(db: None) -> None:
    throttle.allow("signup-address", "192.0.2.1")
    assert throttle.forget_old_windows() == 0
    ThrottleCount.objects.update(window_ends=timezone.now() - timedelta(seconds=1))
    assert throttle.forget_old_windows() == 1


def test_a_forgotten_password(browse: Browse, tester: User) -> None:
    client = browse(None)
    answer = client.post("/accounts/password/reset/", {"email": "TESTER@people.test"})
    assert answer["Location"] == "/accounts/password/reset/done/"
    [message] = mail.outbox
    link = re.search(r"https://testserver(/\S+)", str(message.body))
    assert link
    page = client.get(link[1], follow=True)
    form_url = page.request["PATH_INFO"]
    new = "another fine long password"
    done = client.post(form_url, {"password1": new, "password2": new}, follow=True)
    assert b"Your password is set" in done.content
    assert log_in(browse(None), new).status_code == 302
    assert b"This link does not work" in browse(None).get(link[1], follow=True).content


def test_the_reset_form_does_not_tell_who_has_an_account(browse: Browse, tester: User) -> None:
    known = browse(None).post("/accounts/password/reset/", {"email": "tester@people.test"})
    unknown = browse(None).post("/accounts/password/reset/", {"email": "nobody@people.test"})
    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])
    assert mail.outbox[1].subject == "[MozTrap] There is no account with this address"


def test_a_mailbox_is_not_flooded(browse: Browse, tester: User) -> None:
    for _ in range(8):
        answer = browse(None).post("/accounts/password/reset/", {"email": "tester@people.test"})
        assert answer.status_code == 302
    assert len(mail.outbox) == 5


def test_many_requests_from_one_address_are_refused(browse: Browse, db: None) -> None:
    statuses = [
        browse(None).post("/accounts/password/reset/", {"email": f"{n}@people.test"}).status_code
        for n in range(21)
    ]
    assert statuses == [302] * 20 + [429]


def test_changing_a_password(browse: Browse, tester: User) -> None:
    client = browse(tester)
    new = "another fine long password"
    data = {"oldpassword": "wrong", "password1": new, "password2": new}
    assert b"field__errors" in client.post("/accounts/password/change/", data).content
    client.post("/accounts/password/change/", data | {"oldpassword": PASSWORD})
    assert log_in(browse(None), new).status_code == 302


def test_somebody_switched_off_cannot_log_in(browse: Browse, tester: User) -> None:
    User.objects.update(is_active=False)
    answer = log_in(browse(None))
    assert answer.status_code in (200, 302)
    assert "sessionid" not in answer.client.cookies or not answer.wsgi_request.user.is_authenticated


def test_sessions_survive_a_dead_cache(browse: Browse, tester: User, settings) -> None:
    settings.CACHES = DEAD_CACHE
    client = browse(None)
    assert log_in(client).status_code == 302
    assert client.get("/accounts/profile/").status_code == 200


def test_username_and_address_share_one_count(browse: Browse, tester: User) -> None:
    client = browse(None)
    for login in ("tester", "TESTER", "tester@people.test", "Tester", "tester@people.test"):
        log_in(client, "wrong", login=login)
    assert b"Too many failed login attempts" in log_in(client).content


def test_nobody_is_kept_out_by_guesses_from_elsewhere(browse: Browse, tester: User) -> None:
    for _ in range(6):
        browse(None).post(
            "/accounts/login/",
            {"login": "tester", "password": "wrong"},
            REMOTE_ADDR="203.0.113.9",
        )
    assert log_in(browse(None)).status_code == 302


def test_guesses_from_everywhere_are_stopped(browse: Browse, tester: User, monkeypatch) -> None:
    monkeypatch.setitem(throttle.LIMITS, "login-failed-account", throttle.Limit(8, 3600))
    for number in range(8):
        browse(None).post(
            "/accounts/login/",
            {"login": "tester", "password": "wrong"},
            REMOTE_ADDR=f"203.0.113.{number}",
        )
    assert b"Too many failed login attempts" in log_in(browse(None)).content


def test_a_network_of_ipv6_is_one_source() -> None:
    assert throttle.network_of("2001:db8::1") == throttle.network_of("2001:db8::ffff:2")
    assert throttle.network_of("2001:db8::1") != throttle.network_of("2001:db8:0:1::1")
    assert throttle.network_of("::ffff:192.0.2.1") == throttle.network_of("192.0.2.1")
    assert throttle.network_of("") == ""


def test_reauthentication_is_limited_too(browse: Browse, tester: User) -> None:
    client = browse(tester)
    answers = [client.post("/accounts/reauthenticate/", {"password": "no"}) for _ in range(11)]
    assert answers[-1].status_code == 429


def test_a_window_that_another_process_opened_has_room(db: None) -> None:
    assert throttle.allow("signup-address", "here")
    ThrottleCount.objects.update(window_ends=timezone.now() - timedelta(seconds=1))
    updates = []

    def renew_before_the_second_update(execute: Any, sql: str, *rest: Any) -> Any:
        if sql.startswith("UPDATE"):
            updates.append(sql)
            if len(updates) == 2:
                later = timezone.now() + timedelta(hours=1)
                ThrottleCount.objects.update(window_ends=later, count=1)
        return execute(sql, *rest)

    with connection.execute_wrapper(renew_before_the_second_update):
        assert throttle.allow("signup-address", "here")
    assert ThrottleCount.objects.get().count == 2
