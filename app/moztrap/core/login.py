"""How people log in: with a password, or through a provider of OpenID Connect."""

from typing import Any, Final
from urllib.parse import urlsplit

from django.conf import settings

PASSWORD: Final = "password"  # noqa: S105  # a choice, not a secret
OIDC: Final = "oidc"
LOGINS: Final = (PASSWORD, OIDC)

NOBODY: Final = "nobody"
SUPERUSERS: Final = "superusers"
EVERYBODY: Final = "everybody"
PASSWORD_LOGINS: Final = (NOBODY, SUPERUSERS, EVERYBODY)


def by_provider() -> bool:
    """Whether the provider is asked who somebody is."""
    return bool(settings.LOGIN == OIDC)


def provider_name() -> str:
    """The provider, as people know it."""
    return str(settings.OIDC_PROVIDER_NAME or urlsplit(settings.OIDC_ISSUER).hostname or "")


def takes_passwords() -> bool:
    """Whether there is anybody who may log in with a password."""
    return not by_provider() or settings.OIDC_PASSWORD_LOGIN in (SUPERUSERS, EVERYBODY)


def takes_passwords_of_everybody() -> bool:
    """Whether passwords are for everybody: then people register, and ask for new ones."""
    return not by_provider() or settings.OIDC_PASSWORD_LOGIN == EVERYBODY


def takes_password_of(user: Any) -> bool:
    """Whether `user` may log in with a password, and change it."""
    return takes_passwords_of_everybody() or bool(takes_passwords() and user.is_superuser)


def is_open_for_registration() -> bool:
    """Whether people may make an account for themselves, by form."""
    return takes_passwords_of_everybody() and settings.REGISTRATION in ("open", "domains")
