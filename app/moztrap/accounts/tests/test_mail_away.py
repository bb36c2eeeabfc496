"""The mail server is away, or refuses: people are told, and nothing is half done."""

from collections.abc import Callable
from smtplib import SMTPAuthenticationError, SMTPRecipientsRefused
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core.mail.backends.locmem import EmailBackend
from django.test import Client

from moztrap.accounts.models import User
from moztrap.accounts.tests.test_registration import register
from moztrap.core.models import AuditEntry
from moztrap.core.testing import PASSWORD

Browse = Callable[[User | None], Client]
pytestmark = pytest.mark.django_db
AWAY = "The mail server does not answer at this moment"
TROUBLE = [
    ConnectionRefusedError(111, "Connection refused"),
    TimeoutError("timed out"),
    SMTPAuthenticationError(535, b"5.7.8 no such password"),
    SMTPRecipientsRefused({"grace@people.test": (451, b"later, perhaps")}),
]


@pytest.fixture
def break_mail(monkeypatch: pytest.MonkeyPatch) -> Callable[[Exception], None]:
    """Have the mail server refuse."""

    def refuse(error: Exception) -> None:
        def fail(*args: Any) -> int:
            raise error

        monkeypatch.setattr(EmailBackend, "send_messages", fail)

    return refuse


@pytest.mark.parametrize("error", TROUBLE, ids=lambda error: type(error).__name__)
def test_nobody_is_half_registered(browse: Browse, error: Exception) -> None:
    client = browse(None)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(EmailBackend, "send_messages", _raise(error))
        answer = register(client)
    page = answer.content.decode()
    assert answer.status_code == 200
    assert AWAY in page
    assert "Grace@People.test" in page, "what was typed is gone"
    assert not User.objects.exists()
    assert not EmailAddress.objects.exists()
    assert not AuditEntry.objects.exists()
    assert "account_login" not in client.session
    # Once it is back, the same form works.
    assert register(client)["Location"] == "/accounts/confirm-email/"
    assert User.objects.get().username == "Grace"


def _raise(error: Exception) -> Callable[..., int]:
    def fail(*args: Any) -> int:
        raise error

    return fail


def test_an_address_that_no_mail_reaches_is_named(browse: Browse, break_mail: Any) -> None:
    break_mail(SMTPRecipientsRefused({"grace@people.test": (550, b"no such user")}))
    page = register(browse(None)).content.decode()
    assert "takes no mail for this address" in page
    assert not User.objects.exists()


def test_a_taken_address_is_no_more_told_than_before(
    browse: Browse, break_mail: Any, tester: User
) -> None:
    break_mail(TROUBLE[0])
    pages = [
        register(browse(None), username="other", email=email).content.decode()
        for email in ("TESTER@people.test", "new@people.test")
    ]
    assert all(AWAY in page for page in pages)
    assert User.objects.count() == 1


def test_a_forgotten_password_says_so(browse: Browse, break_mail: Any, tester: User) -> None:
    break_mail(TROUBLE[0])
    for email in ("tester@people.test", "nobody@people.test"):
        answer = browse(None).post("/accounts/password/reset/", {"email": email})
        assert answer.status_code == 200
        assert AWAY in answer.content.decode()


def test_a_login_that_needs_a_mail_says_so(browse: Browse, break_mail: Any) -> None:
    register(browse(None))
    break_mail(TROUBLE[0])
    client = browse(None)
    answer = client.post("/accounts/login/", {"login": "grace", "password": PASSWORD})
    assert answer.status_code == 200
    assert AWAY in answer.content.decode()
    assert "account_login" not in client.session


def test_why_is_told_to_operators_and_not_to_visitors(
    browse: Browse, break_mail: Any, caplog: pytest.LogCaptureFixture
) -> None:
    break_mail(SMTPAuthenticationError(535, b"5.7.8 no such password"))
    page = register(browse(None)).content.decode()
    assert "5.7.8" not in page
    assert "5.7.8 no such password" in caplog.text
