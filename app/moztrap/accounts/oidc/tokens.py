"""ID tokens, checked as OpenID Connect Core 1.0, section 3.1.3.7, asks.

django-allauth skips the signature of a token that it fetched itself and sends no nonce, so
that a token is checked here and nowhere else.
"""

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac

from moztrap.accounts.oidc import discovery
from moztrap.accounts.oidc.errors import ProviderError, Reason

if TYPE_CHECKING:
    from jwt import PyJWK

# Signatures with a key that the provider alone has; never "none", never a shared secret.
ALGORITHMS = (
    *("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    *("ES256", "ES384", "ES512", "EdDSA"),
)
# How far two clocks may be apart.
LEEWAY_SECONDS = 60


def nonce_for(state_id: str) -> str:
    """The nonce of one login: known to this site alone, and bound to the browser's state."""
    return salted_hmac("moztrap.accounts.oidc", state_id, algorithm="sha256").hexdigest()


def verify(token: str, nonce: str) -> dict[str, Any]:
    """Return the claims of an ID token, or raise ProviderError."""
    # Here, since it costs each process ten megabytes, on sites without a provider too.
    import jwt

    try:
        header = jwt.get_unverified_header(token)
        algorithm = header.get("alg")
        if algorithm not in ALGORITHMS:
            raise jwt.InvalidAlgorithmError(f"the algorithm {algorithm!r} is not taken")
        claims: dict[str, Any] = jwt.decode(
            token,
            key=_signing_key(algorithm, header.get("kid")),
            algorithms=[algorithm],
            audience=settings.OIDC_CLIENT_ID,
            issuer=settings.OIDC_ISSUER,
            leeway=LEEWAY_SECONDS,
            options={"require": ["iss", "sub", "aud", "exp", "iat"]},
        )
    except jwt.ExpiredSignatureError as error:
        raise ProviderError(Reason.EXPIRED, f"ID token: {error}") from error
    except jwt.PyJWTError as error:
        raise ProviderError(Reason.UNTRUSTED, f"ID token: {error}") from error
    _check_party(claims)
    if not constant_time_compare(str(claims.get("nonce", "")), nonce):
        raise ProviderError(Reason.UNTRUSTED, "ID token: the nonce is not that of this login")
    if not claims["sub"]:
        raise ProviderError(Reason.UNTRUSTED, "ID token: the subject is empty")
    return claims


def _check_party(claims: dict[str, Any]) -> None:
    """A token for several parties has to name this one as the one it was made for."""
    party = claims.get("azp")
    audience = claims["aud"]
    several = isinstance(audience, list) and len(audience) > 1
    if (several or party is not None) and party != settings.OIDC_CLIENT_ID:
        raise ProviderError(Reason.UNTRUSTED, f"ID token: it was made for {party!r} (azp)")


def _signing_key(algorithm: str, name: str | None) -> "PyJWK":
    """The provider's key of that name; it may have changed since its keys were kept."""
    import jwt

    for fresh in (False, True):
        for key in discovery.keys(fresh=fresh):
            if (name is not None and key.get("kid") != name) or key.get("use", "sig") != "sig":
                continue
            if key.get("alg", algorithm) != algorithm:
                continue
            try:
                return jwt.PyJWK(key, algorithm=algorithm)
            except jwt.PyJWTError:
                # Of another kind than the algorithm.
                continue
    raise jwt.InvalidKeyError(f"the provider has no key {name!r} for {algorithm}")
