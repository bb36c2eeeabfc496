"""The roles: groups that hold the permissions of `moztrap.core.policies`."""

from django.conf import settings
from django.contrib.auth.models import Group


def default_role() -> Group | None:
    """What a new person may do; None when the operator wants them to read only."""
    if not settings.DEFAULT_NEW_USER_ROLE:
        return None
    return Group.objects.get(name=settings.DEFAULT_NEW_USER_ROLE)
