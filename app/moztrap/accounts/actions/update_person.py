"""Change somebody's roles, or whether they may log in."""

from collections.abc import Iterable

from django.contrib.auth.models import Group

from moztrap.accounts.models import User
from moztrap.core.actions import ActionError, atomic, record_audit
from moztrap.core.policies import require


class LastSuperuserError(ActionError):
    """The site would be left without anybody who may do everything."""


def update_person(
    person: User, *, by: User, is_active: bool, is_superuser: bool, roles: Iterable[Group]
) -> User:
    """Set roles and rights of `person`; the last active superuser stays what they are."""
    require(by, "manage_users")
    with atomic():
        # Locked together, so that two administrators cannot take each other's rights at once.
        superusers = {
            user.pk
            for user in User.objects.select_for_update().filter(is_superuser=True, is_active=True)
        }
        person = User.objects.select_for_update().get(pk=person.pk)
        if (is_superuser != person.is_superuser or person.is_superuser) and not by.is_superuser:
            raise ActionError("Only a superuser may change a superuser, or make one.")
        if superusers == {person.pk} and not (is_active and is_superuser):
            raise LastSuperuserError(
                f"{person.username} is the last active superuser and stays one: "
                "make somebody else a superuser first."
            )
        person.is_active = is_active
        person.is_superuser = is_superuser
        person.save(update_fields=["is_active", "is_superuser"])
        chosen = sorted(roles, key=lambda role: role.name)
        person.groups.set(chosen)
        record_audit(
            "update",
            person,
            by=by,
            details={
                "is_active": is_active,
                "is_superuser": is_superuser,
                "roles": [role.name for role in chosen],
            },
        )
    return person
