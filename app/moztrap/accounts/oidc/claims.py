"""What the provider's claims say of a person."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.conf import settings


@dataclass(frozen=True)
class Identity:
    """Somebody, as the provider knows them; `claims` holds all that it said."""

    issuer: str
    subject: str
    claims: dict[str, Any]
    email: str
    # None where the provider says nothing about it.
    email_verified: bool | None

    @property
    def uid(self) -> str:
        """Names the person for ever: subjects differ by case, and are the issuer's own."""
        return hashlib.sha256(f"{self.issuer}\n{self.subject}".encode()).hexdigest()

    @property
    def has_confirmed_email(self) -> bool:
        """Whether the address is believed to be theirs."""
        if self.email_verified is None:
            return bool(settings.OIDC_TRUST_EMAIL)
        return self.email_verified

    @property
    def may_enter(self) -> bool:
        """Whether they belong to those who have access."""
        if not settings.OIDC_ACCESS_CLAIM:
            return True
        held = values_of(self.claims, settings.OIDC_ACCESS_CLAIM)
        return not held.isdisjoint(settings.OIDC_ACCESS_VALUES)

    @property
    def roles(self) -> set[str]:
        """Names of the roles that their claims give."""
        if not settings.OIDC_ROLE_CLAIM:
            return set()
        held = values_of(self.claims, settings.OIDC_ROLE_CLAIM)
        return {role for value, role in settings.OIDC_ROLES.items() if value in held}


def identity_of(id_token: dict[str, Any], userinfo: dict[str, Any]) -> Identity:
    """Put together what the ID token and the userinfo endpoint say; the token goes first."""
    sources = (id_token, userinfo)
    email = next((str(each["email"]) for each in sources if each.get("email")), "")
    said = [
        each["email_verified"]
        for each in sources
        if each.get("email") == email and each.get("email_verified") is not None
    ]
    return Identity(
        issuer=str(id_token["iss"]),
        subject=str(id_token["sub"]),
        claims=userinfo | id_token,
        email=email.strip().lower(),
        # Some providers write it as a word.
        email_verified=all(word in (True, "true") for word in said) if said else None,
    )


def values_of(claims: dict[str, Any], path: str) -> set[str]:
    """The values of a claim: by its name, or by a path with dots into nested claims."""
    found: Any = claims.get(path)
    if found is None:
        found = claims
        for step in path.split("."):
            found = found.get(step) if isinstance(found, dict) else None
    if isinstance(found, str | int):
        return {str(found)}
    return {str(value) for value in found} if isinstance(found, Iterable) else set()
