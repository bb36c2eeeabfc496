"""Make a token."""

import hashlib
import secrets
from datetime import timedelta

from django.utils import timezone

from moztrap.accounts.models import User
from moztrap.api.models import ApiToken
from moztrap.core.actions import ActionError, atomic, record_audit

# Scanners for leaked secrets know a token by it.
PREFIX = "mzt_"
LONGEST_DAYS = 366
_BYTES = 32
_MOST = 50


def digest_of(secret: str) -> str:
    """Return what is kept of a secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


@atomic()
def create_token(*, by: User, name: str, scope: str, days: int) -> tuple[ApiToken, str]:
    """Make a token for oneself; return it with its secret, which is never shown again."""
    if not 1 <= days <= LONGEST_DAYS:
        raise ActionError(f"A token lives for 1 to {LONGEST_DAYS} days.")
    now = timezone.now()
    usable = ApiToken.objects.filter(owner=by, revoked_on=None, expires_on__gt=now)
    if usable.count() >= _MOST:
        raise ActionError(f"You have {_MOST} tokens already; revoke those that nobody uses.")
    secret = PREFIX + secrets.token_urlsafe(_BYTES)
    token = ApiToken.objects.create(
        owner=by,
        name=name,
        scope=scope,
        digest=digest_of(secret),
        hint=secret[-4:],
        created_on=now,
        expires_on=now + timedelta(days=days),
    )
    record_audit("create", token, by=by, details={"scope": scope, "days": days})
    return token, secret
