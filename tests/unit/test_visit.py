"""The last visit of a run: a login page is one with any way in."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from tests.helpers import plugins  # noqa: F401  # makes our shared code importable

from ansible.module_utils.moztrap import visit  # isort: skip

TOKEN = '<input name="csrfmiddlewaretoken">'


@pytest.mark.parametrize(
    ("page", "is_one"),
    [
        (f'<form>{TOKEN}<input type="password"></form>', True),
        (f'<form method="post" action="/accounts/oidc/login/">{TOKEN}</form>', True),
        (f'<form action="/search/">{TOKEN}</form>', False),
        ('<input type="password">', False),
    ],
)
def test_a_page_without_a_way_in_is_no_login_page(
    monkeypatch: pytest.MonkeyPatch, page: str, is_one: bool
) -> None:
    answer = SimpleNamespace(status=200, headers={}, body=page.encode())
    connection = SimpleNamespace(ask=lambda path: answer, close=lambda: None)
    monkeypatch.setattr(visit, "_plain_http_problems", lambda *_: [])
    monkeypatch.setattr(visit, "SiteConnection", lambda *_: connection)
    problems, _ = visit.visit_login_page(
        address="127.0.0.1", server_name="x", ca_path=None, deployment=""
    )
    assert any("no login form" in problem for problem in problems) is not is_one
