"""What people see while the database is being restarted."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import InterfaceError, OperationalError
from django.test import Client

from moztrap.accounts.models import User
from moztrap.catalog.models import Product

Browse = Callable[[User | None], Client]
pytestmark = pytest.mark.django_db


def answer(monkeypatch: pytest.MonkeyPatch, client: Client, error: Exception) -> Any:
    """What the list of products answers when its first question fails so."""

    def fail(*args: Any, **kwargs: Any) -> None:
        raise error

    monkeypatch.setattr(Product.objects, "get_queryset", fail)
    client.raise_request_exception = False
    return client.get("/products/")


@pytest.mark.parametrize(
    "error",
    [
        OperationalError(2002, "Can't connect to server on 'db' (115)"),
        OperationalError(2006, "Server has gone away"),
        OperationalError(2013, "Lost connection to server during query"),
        OperationalError(1053, "Server shutdown in progress"),
        InterfaceError(0, ""),
    ],
    ids=lambda error: str(error.args[0]),
)
def test_the_page_says_when_to_try_again(
    monkeypatch: pytest.MonkeyPatch, browse: Browse, manager: User, error: Exception
) -> None:
    found = answer(monkeypatch, browse(manager), error)
    assert found.status_code == 503
    assert found["Retry-After"].isdigit()
    assert "Back in a moment" in found.content.decode()


def test_other_failures_of_the_database_are_ours(
    monkeypatch: pytest.MonkeyPatch, browse: Browse, manager: User
) -> None:
    found = answer(monkeypatch, browse(manager), OperationalError(1054, "Unknown column"))
    assert found.status_code == 500
    assert "Retry-After" not in found
