"""What every template may ask."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from moztrap.core import login, policies
from moztrap.core.navigation import navigation_for


class Permissions:
    """`{% if may.manage_tags %}` in a template asks `moztrap.core.policies.may`."""

    def __init__(self, user: Any) -> None:
        self._user = user

    def __getitem__(self, permission: str) -> bool:
        return policies.may(self._user, permission)


def site(request: HttpRequest) -> dict[str, Any]:
    """Name of the site, navigation and permissions; needs no database for anonymous people."""
    user = getattr(request, "user", None)
    return {
        "site_name": f"MozTrap {settings.SITE_NAME_SUFFIX}".strip(),
        "may": Permissions(user) if user is not None else {},
        "navigation": navigation_for(request),
        "registration_is_open": login.is_open_for_registration(),
        "has_password": user is not None
        and user.is_authenticated
        and login.takes_password_of(user),
    }
