"""How a login finds its account, and what the account may."""

from functools import cache
from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.auth.models import Permission
from django.db import connection
from django.http import HttpRequest

from moztrap.core.login import takes_password_of


class AccountBackend(AuthenticationBackend):
    """Username or e-mail address, whatever their case; permissions from roles."""

    def authenticate(self, request: HttpRequest | None, **credentials: Any) -> Any:
        """Return whose password that is, if passwords of theirs are taken; None otherwise."""
        user = super().authenticate(request, **credentials)
        return user if user is not None and takes_password_of(user) else None


def load_permissions(user: Any) -> None:
    """Load what an account may in one query, where asking would take two (none for superusers).

    It is kept where Django's own backend keeps it, for as long as this object lives.
    """
    if not user.is_active or user.is_superuser or hasattr(user, "_perm_cache"):
        return
    with connection.cursor() as cursor:
        cursor.execute(_statement(), [user.pk, user.pk])
        user._perm_cache = {f"{app}.{name}" for app, name in cursor.fetchall()}


@cache
def _statement() -> str:
    """Return what asks for the permissions of an account: its own, and those of its roles.

    Drawn up once, since that takes longer than to run it.
    """
    names = ("content_type__app_label", "codename")
    rows = Permission.objects.order_by().values_list(*names)
    both = rows.filter(user=1).union(rows.filter(group__user=1))
    statement, parameters = both.query.sql_with_params()
    if parameters != (1, 1):
        raise RuntimeError(f"Two accounts are expected in {statement!r}, not {parameters}.")
    return str(statement)
