"""What happens to a write that the database gives up in favour of somebody else's."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client

from moztrap.accounts.models import User
from moztrap.catalog.actions import create_product
from moztrap.catalog.models import Product
from moztrap.core.actions import BusyError, atomic
from moztrap.core.models import AuditEntry
from moztrap.core.testing import PASSWORD

Browse = Callable[[User | None], Client]
pytestmark = pytest.mark.django_db
# As MariaDB and SQLite say it.
LOST = [
    OperationalError(1213, "Deadlock found when trying to get lock; try restarting transaction"),
    OperationalError(1205, "Lock wait timeout exceeded; try restarting transaction"),
    OperationalError("database is locked"),
]


@pytest.fixture
def lose(monkeypatch: pytest.MonkeyPatch) -> Callable[[OperationalError], None]:
    """Have the database give up every write at its last statement."""

    def plan(error: OperationalError) -> None:
        def fail(*args: Any, **kwargs: Any) -> None:
            raise error

        monkeypatch.setattr(AuditEntry.objects, "create", fail)

    return plan


@pytest.mark.parametrize("error", LOST)
def test_a_form_says_so_and_keeps_what_was_typed(
    browse: Browse,
    manager: User,
    lose: Callable[[OperationalError], None],
    error: OperationalError,
) -> None:
    product = create_product(by=None, name="Bell")
    lose(error)
    typed = {"name": "Gong", "description": "Typed at length.", "cc_version": "0"}
    answer = browse(manager).post(f"/products/{product.pk}/edit/", typed)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Somebody else was writing at the same moment" in page
    assert "Typed at length." in page
    assert 'name="cc_version" value="0"' in page
    assert [each.name for each in Product.objects.all()] == ["Bell"]


def test_a_deletion_says_so(
    browse: Browse, manager: User, lose: Callable[[OperationalError], None]
) -> None:
    product = create_product(by=None, name="Bell")
    lose(LOST[0])
    answer = browse(manager).post(f"/products/{product.pk}/delete/", follow=True)
    assert "Somebody else was writing at the same moment" in answer.content.decode()
    assert Product.objects.exists()


def test_registration_says_so(browse: Browse, lose: Callable[[OperationalError], None]) -> None:
    lose(LOST[0])
    data = {"username": "Grace", "email": "grace@people.test"}
    passwords = {"password1": PASSWORD, "password2": PASSWORD}
    answer = browse(None).post("/accounts/signup/", data | passwords)
    assert "Somebody else was writing at the same moment" in answer.content.decode()
    assert not User.objects.exists()


def test_other_failures_stay_failures() -> None:
    with pytest.raises(OperationalError), atomic():
        raise OperationalError(2006, "Server has gone away")
    with pytest.raises(BusyError), atomic():
        raise LOST[0]
