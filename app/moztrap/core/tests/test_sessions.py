"""Sessions: the cache spares the database a question, and is believed for a while only."""

from importlib import import_module
from typing import Any

import pytest
from django.conf import settings as site
from django.core.cache import cache, caches

pytestmark = pytest.mark.django_db


def store(key: str | None = None) -> Any:
    return import_module(site.SESSION_ENGINE).SessionStore(key)


def test_a_session_is_read_from_the_cache(django_assert_num_queries) -> None:
    session = store()
    session["who"] = "me"
    session.save()
    with django_assert_num_queries(0):
        assert store(session.session_key)["who"] == "me"


def test_a_session_outlives_the_cache(django_assert_num_queries) -> None:
    session = store()
    session["who"] = "me"
    session.save()
    cache.clear()
    with django_assert_num_queries(1):
        assert store(session.session_key)["who"] == "me"
    with django_assert_num_queries(0):
        assert store(session.session_key)["who"] == "me"


def test_the_cache_is_believed_for_a_while_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that did not hear of a logout must not keep somebody logged in for 90 days."""
    asked = []
    monkeypatch.setattr(
        type(caches["default"]), "set", lambda self, key, value, timeout: asked.append(timeout)
    )
    session = store()
    session["who"] = "me"
    session.save()
    store(session.session_key).load()
    assert len(asked) > 1
    assert all(0 < timeout <= site.SESSION_CACHE_SECONDS for timeout in asked)


def test_a_session_that_was_ended_is_gone() -> None:
    session = store()
    session["who"] = "me"
    session.save()
    key = session.session_key
    store(key).flush()
    assert store(key).load() == {}
    assert not store().exists(key)
