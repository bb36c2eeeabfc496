"""What the provider says of itself, and its keys: fetched, checked, and kept for a while."""

import hashlib
from typing import Any

from django.conf import settings
from django.core.cache import cache

from moztrap.accounts.oidc.errors import ProviderError, Reason
from moztrap.accounts.oidc.web import TIMEOUT_SECONDS, fetch_json, is_safe

REMEMBER_SECONDS = 600
NEEDED = ("authorization_endpoint", "token_endpoint", "jwks_uri")
OPTIONAL = ("userinfo_endpoint", "end_session_endpoint")


def discovery_url() -> str:
    """Where OpenID Connect Discovery 1.0, section 4, puts the document of the issuer."""
    return settings.OIDC_ISSUER.rstrip("/") + "/.well-known/openid-configuration"


def metadata() -> dict[str, Any]:
    """The provider's discovery document; ProviderError when it cannot be had or believed."""
    kept = cache.get(_key("metadata"))
    if isinstance(kept, dict):
        return kept
    found = fetch_metadata()
    cache.set(_key("metadata"), found, REMEMBER_SECONDS)
    return found


def fetch_metadata(timeout: float = TIMEOUT_SECONDS) -> dict[str, Any]:
    """The same, as the provider has it now."""
    found = fetch_json(discovery_url(), timeout)
    if found.get("issuer") != settings.OIDC_ISSUER:
        raise ProviderError(
            Reason.MISMATCH,
            f"OIDC_ISSUER is {settings.OIDC_ISSUER!r}, but {discovery_url()} names the issuer "
            f"{found.get('issuer')!r}; they have to be the same to the letter",
        )
    for name in NEEDED + OPTIONAL:
        url = found.get(name)
        if url is None and name in OPTIONAL:
            continue
        if not isinstance(url, str) or not is_safe(url):
            raise ProviderError(
                Reason.UNTRUSTED, f"{discovery_url()}: {name} is {url!r}, no https address"
            )
    return found


def keys(*, fresh: bool = False) -> list[dict[str, Any]]:
    """The provider's public keys, as JSON Web Keys."""
    kept = None if fresh else cache.get(_key("keys"))
    if isinstance(kept, list):
        return kept
    url = metadata()["jwks_uri"]
    found = fetch_json(url).get("keys")
    if not isinstance(found, list):
        raise ProviderError(Reason.UNTRUSTED, f"{url} holds no keys")
    usable = [key for key in found if isinstance(key, dict)]
    cache.set(_key("keys"), usable, REMEMBER_SECONDS)
    return usable


def _key(what: str) -> str:
    # One issuer's answers are never taken for another's.
    return f"oidc-{what}-{hashlib.sha256(settings.OIDC_ISSUER.encode()).hexdigest()}"
