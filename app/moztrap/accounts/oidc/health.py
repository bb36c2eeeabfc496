"""Whether people can log in through the provider, as far as this site can tell."""

import hashlib

from django.conf import settings

from moztrap.accounts.oidc.discovery import fetch_metadata
from moztrap.accounts.oidc.errors import ProviderError
from moztrap.core.login import by_provider
from moztrap.core.remember import recall, remember

TIMEOUT_SECONDS = 2


def provider_problem() -> str:
    """The provider answers, and is the one that the settings name (where it is asked at all)."""
    if not by_provider():
        return ""
    name = f"readyz-login-{hashlib.sha256(settings.OIDC_ISSUER.encode()).hexdigest()}"
    known = recall(name)
    if known is None:
        known = _look()
        remember(name, known)
    return known


def _look() -> str:
    try:
        fetch_metadata(TIMEOUT_SECONDS)
    except ProviderError as error:
        return error.detail
    return ""
