"""The list of people: its columns and filters."""

from typing import Any

from django.contrib.auth.models import Group

from moztrap.accounts.models import User
from moztrap.core.listing import ChoiceFilter, Column, Listing, Option, TextFilter


def _roles(state: Any) -> list[Option]:
    return [Option(str(group.pk), group.name) for group in Group.objects.order_by("pk")]


def _with_role(rows: Any, *roles: int) -> Any:
    """Keep those who hold one of these roles."""
    held: Any = User.groups.through
    return rows.filter(pk__in=held.objects.filter(group__in=roles).values("user"))


PEOPLE = Listing(
    columns=(
        Column("username", "Username", ("username",)),
        Column("email", "E-mail", ("email",)),
        Column("roles", "Roles"),
        Column("login", "Last login", ("last_login", "username"), descends_first=True),
        Column("state", "State", ("-is_active", "username")),
    ),
    filters=(
        TextFilter("name", "Username or e-mail", fields=("username", "email"), is_local=True),
        ChoiceFilter("role", "Role", choices=_roles, translate=int, apply=_with_role),
        ChoiceFilter(
            "active",
            "May log in",
            lookup="is_active",
            choices=(Option("yes", "Yes"), Option("no", "No")),
            translate=lambda value: value == "yes",
        ),
    ),
    default_sort="username",
)
