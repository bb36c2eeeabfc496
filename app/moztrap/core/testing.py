"""The cast of every test: one person per role, and somebody without an account."""

from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import Group
from django.core.cache import cache
from django.db import connection
from django.test import Client

from moztrap.accounts.models import User
from moztrap.core.actions.keyed import key_step
from moztrap.core.policies import ADMIN, TEST_CREATOR, TEST_MANAGER, TESTER

# A release holds the application alone: what compares it with its documentation says so there.
DOCUMENTATION = settings.PROJECT_ROOT.parent / "docs"
WITHOUT_DOCUMENTATION = "about the documentation, which a release does not hold"
PASSWORD = "correct horse battery staple"  # noqa: S105
# Each member of the cast with the role they hold; the outsider has an account and no role.
CAST = {
    "outsider": None,
    "tester": TESTER,
    "creator": TEST_CREATOR,
    "manager": TEST_MANAGER,
    "admin": ADMIN,
}

MakePerson = Callable[..., User]


class HttpsClient(Client):
    """A browser that speaks HTTPS alone, as every browser of a real site does."""

    def generic(self, *args: Any, **kwargs: Any) -> Any:
        """Send a request."""
        return super().generic(*args, **kwargs | {"secure": True})


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """Ask MySQL beforehand what it is asked once, so that no test counts that."""
    if not connection.features.can_return_rows_from_bulk_insert:
        with django_db_blocker.unblock():
            key_step()


@pytest.fixture(autouse=True)
def empty_cache() -> None:
    """No test sees what another put into the cache."""
    cache.clear()


@pytest.fixture
def make_person(db: None) -> MakePerson:
    """Make a person with a confirmed address and, perhaps, a role."""
    from allauth.account.models import EmailAddress

    def make(username: str, role: str | None = None, **values: Any) -> User:
        email = values.pop("email", f"{username}@people.test")
        user = User.objects.create_user(username, email=email, password=PASSWORD, **values)
        EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
        if role:
            user.groups.add(Group.objects.get(name=role))
        return user

    return make


@pytest.fixture
def outsider(make_person: MakePerson) -> User:
    """Has an account and no role."""
    return make_person("outsider")


@pytest.fixture
def tester(make_person: MakePerson) -> User:
    """A Tester."""
    return make_person("tester", TESTER)


@pytest.fixture
def creator(make_person: MakePerson) -> User:
    """A Test Creator."""
    return make_person("creator", TEST_CREATOR)


@pytest.fixture
def manager(make_person: MakePerson) -> User:
    """A Test Manager."""
    return make_person("manager", TEST_MANAGER)


@pytest.fixture
def admin(make_person: MakePerson) -> User:
    """An Admin, who is no superuser."""
    return make_person("admin", ADMIN)


@pytest.fixture
def superuser(make_person: MakePerson) -> User:
    """A superuser."""
    return make_person("root", is_superuser=True, is_staff=True)


@pytest.fixture
def browse() -> Callable[[User | None], Client]:
    """A browser in which somebody, or nobody, is logged in; it speaks HTTPS."""

    def make(user: User | None = None) -> Client:
        client = HttpsClient()
        if user is not None:
            client.force_login(user)
        return client

    return make
