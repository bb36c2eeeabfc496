"""Who asks: the owner of the token in the Authorization header, and nowhere else."""

from typing import Any

from django.utils import timezone
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed

from moztrap.api.actions import digest_of
from moztrap.api.models import ApiToken

_WORD = "bearer"
# Longer than any token is.
_LONGEST = 200


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer mzt_…`; a token in an address would land in logs."""

    def authenticate(self, request: Any) -> tuple[Any, ApiToken] | None:
        """Return the owner and the token; None without one."""
        words = get_authorization_header(request).split()
        if not words or words[0].lower() != _WORD.encode():
            return None
        if len(words) != 2 or len(words[1]) > _LONGEST:
            raise AuthenticationFailed("Send the header “Authorization: Bearer TOKEN”.")
        secret = words[1].decode("latin-1")
        token = ApiToken.objects.select_related("owner").filter(digest=digest_of(secret)).first()
        if token is None or not token.owner.is_active:
            raise AuthenticationFailed("There is no such token.")
        if not token.is_usable:
            raise AuthenticationFailed("This token was revoked or has expired; make a new one.")
        today = timezone.localdate()
        if token.last_used_on != today:
            ApiToken.objects.filter(pk=token.pk).update(last_used_on=today)
        return token.owner, token

    def authenticate_header(self, request: Any) -> str:
        """Return what a refusal asks for."""
        return 'Bearer realm="MozTrap"'
