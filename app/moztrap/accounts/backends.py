"""How a login finds its account."""

from allauth.account.auth_backends import AuthenticationBackend


class AccountBackend(AuthenticationBackend):
    """Username or e-mail address, whatever their case; permissions from roles."""
