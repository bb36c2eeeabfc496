"""What machines are told."""

from collections.abc import Callable
from unittest import mock

import pytest
from django.db import OperationalError, connection
from django.test import Client

from moztrap.accounts.models import User
from moztrap.core import readiness, release

Browse = Callable[[User | None], Client]
DEAD_CACHE = {
    "default": {"BACKEND": "moztrap.core.cache.SignedMemcachedCache", "LOCATION": "127.0.0.1:1"}
}


@pytest.fixture
def released(settings, tmp_path, monkeypatch: pytest.MonkeyPatch):
    path = tmp_path / "release.json"
    path.write_text('{"release_id": "0123456789ab"}')
    monkeypatch.setattr(release, "RELEASE_FILE", path)
    settings.SETTINGS_DIGEST = "cafe0123"
    release.release_id.cache_clear()
    yield
    release.release_id.cache_clear()


def test_healthz_names_the_deployment_and_asks_no_database(browse: Browse, released) -> None:
    answer = browse(None).get("/healthz")
    assert answer.status_code == 200
    assert answer.json()["release"] == "0123456789ab"
    assert answer.json()["deployment"] == "0123456789ab-cafe0123"
    assert answer["X-MozTrap-Deployment"] == "0123456789ab-cafe0123"


def test_every_answer_names_the_deployment(browse: Browse, db, released) -> None:
    for path in ("/accounts/login/", "/nothing", "/"):
        assert browse(None).get(path)["X-MozTrap-Deployment"] == "0123456789ab-cafe0123"


def test_what_is_no_release_says_so(
    browse: Browse, db, released, monkeypatch: pytest.MonkeyPatch, tmp_path
) -> None:
    monkeypatch.setattr(release, "RELEASE_FILE", tmp_path / "none")
    release.release_id.cache_clear()
    assert browse(None).get("/accounts/login/")["X-MozTrap-Deployment"] == "development"


def test_readyz_is_ok(browse: Browse, db) -> None:
    answer = browse(None).get("/readyz")
    assert (answer.status_code, answer.json()["status"]) == (200, "ok")
    assert set(answer.json()["checks"].values()) == {"ok"}


def test_details_are_for_those_who_may_see_them(browse: Browse, db) -> None:
    answer = browse(None).get("/readyz", REMOTE_ADDR="192.0.2.7")
    assert answer.json().keys() == {"status", "release", "deployment"}


@pytest.mark.parametrize("broken", ["cache", "mail", "site_url"])
def test_what_pages_can_do_without_only_degrades(broken: str, browse: Browse, db, settings) -> None:
    if broken == "cache":
        settings.CACHES = DEAD_CACHE
    elif broken == "mail":
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    else:
        settings.SITE_URL = "https://other.test"
    answer = browse(None).get("/readyz")
    assert (answer.status_code, answer.json()["status"]) == (200, "degraded")
    wrong = {name for name, words in answer.json()["checks"].items() if words != "ok"}
    assert wrong == {broken}


def test_no_database_no_traffic(browse: Browse, db) -> None:
    with mock.patch.object(connection, "cursor", side_effect=OperationalError("gone away")):
        answer = browse(None).get("/readyz")
    assert (answer.status_code, answer.json()["status"]) == (503, "unavailable")
    assert "gone away" in answer.json()["checks"]["database"]


def test_pending_migrations_no_traffic(browse: Browse, db) -> None:
    from django.db.migrations.loader import MigrationLoader
    from django.db.migrations.recorder import MigrationRecorder

    (app, name), *_ = MigrationLoader(None).graph.leaf_nodes("core")
    MigrationRecorder(connection).record_unapplied(app, name)
    answer = browse(None).get("/readyz")
    assert answer.status_code == 503
    assert f"core.{name}" in answer.json()["checks"]["migrations"]


def test_a_placeholder_secret_no_traffic(settings) -> None:
    settings.SECRET_KEY = "change-me"
    assert "placeholder" in readiness.settings_problem()


def test_error_pages_look_like_the_site_and_need_no_database(browse: Browse) -> None:
    client = browse(None)
    client.raise_request_exception = False
    page = client.get("/nothing/here/")
    assert page.status_code == 404
    assert b"Nothing here" in page.content
    assert b"skip-link" in page.content
    with mock.patch("moztrap.core.readiness.examine", side_effect=RuntimeError("broken")):
        page = client.get("/readyz")
    assert page.status_code == 500
    assert b"Something broke" in page.content
    assert b"broken" not in page.content.replace(b"Something broke", b"")


def test_a_form_without_its_token_says_what_to_do(tester: User) -> None:
    client = Client(enforce_csrf_checks=True)
    page = client.post("/accounts/login/", {"login": "tester"})
    assert page.status_code == 403
    assert b"Please try that again" in page.content


def test_every_page_has_a_policy_with_a_fresh_nonce(browse: Browse, db) -> None:
    policies = [
        browse(None).get(path)["Content-Security-Policy"]
        for path in ("/accounts/login/", "/accounts/login/", "/nothing")
    ]
    assert len(set(policies)) == 3
    for policy in policies:
        directives = {
            words[0]: set(words[1:]) for words in (part.split() for part in policy.split(";"))
        }
        assert directives["default-src"] == {"'none'"}
        assert directives["frame-ancestors"] == {"'none'"}
        for name in ("script-src", "style-src"):
            assert any(source.startswith("'nonce-") for source in directives[name])
            assert "'unsafe-inline'" not in directives[name]
    headers = browse(None).get("/accounts/login/").headers
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]
    assert "private" in headers["Cache-Control"]
