"""Take a token back."""

from django.utils import timezone

from moztrap.accounts.models import User
from moztrap.api.models import ApiToken
from moztrap.core.actions import ActionError, atomic, record_audit


@atomic()
def revoke_token(token: ApiToken, *, by: User) -> None:
    """Make one's own token useless, from the next request on."""
    mine = ApiToken.objects.filter(pk=token.pk, owner=by, revoked_on=None)
    if not mine.update(revoked_on=timezone.now()):
        raise ActionError("This token is revoked already.")
    record_audit("revoke", token, by=by)
