"""System checks of login: what would leave people outside, or let in whoever likes."""

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error

from moztrap.accounts.oidc.web import is_safe
from moztrap.core.checks import LOCAL
from moztrap.core.login import LOGINS, PASSWORD_LOGINS, by_provider
from moztrap.core.policies import ROLES

NEEDED = {
    "OIDC_ISSUER": "the provider's issuer, as its discovery document writes it",
    "OIDC_CLIENT_ID": "the name that the provider knows this site by",
    "OIDC_CLIENT_SECRET": "what the provider gave you with the client id",
}


@checks.register(checks.Tags.security)
def login(**kwargs: Any) -> list[CheckMessage]:
    """LOGIN is one of two words, and "oidc" needs a provider."""
    if settings.LOGIN not in LOGINS:
        return [
            Error(
                f"LOGIN = {settings.LOGIN!r} means nothing.",
                hint=f"Use {_either(LOGINS)} in {LOCAL}.",
                id="moztrap.E014",
            )
        ]
    return list(_provider_problems()) if by_provider() else []


def _provider_problems() -> Iterator[CheckMessage]:
    for name, meaning in NEEDED.items():
        if not getattr(settings, name):
            yield Error(
                f'{name} is empty, but LOGIN = "oidc".',
                hint=f"Set it in {LOCAL}: {meaning}.",
                id="moztrap.E015",
            )
    if settings.OIDC_ISSUER and not is_safe(settings.OIDC_ISSUER):
        yield Error(
            f"OIDC_ISSUER = {settings.OIDC_ISSUER!r} is no https address.",
            hint="Anybody on the way could say who logs in. Use the provider's https address.",
            id="moztrap.E016",
        )
    if settings.OIDC_PASSWORD_LOGIN not in PASSWORD_LOGINS:
        yield Error(
            f"OIDC_PASSWORD_LOGIN = {settings.OIDC_PASSWORD_LOGIN!r} means nothing.",
            hint=f"Use {_either(PASSWORD_LOGINS)} in {LOCAL}.",
            id="moztrap.E017",
        )
    if "openid" not in settings.OIDC_SCOPES:
        yield Error(
            f"OIDC_SCOPES = {settings.OIDC_SCOPES!r} lacks openid.",
            hint=f'Add "openid" in {LOCAL}: without it the provider says nothing of who it is.',
            id="moztrap.E018",
        )
    yield from _claim_problems()


def _claim_problems() -> Iterator[CheckMessage]:
    unknown = sorted(set(settings.OIDC_ROLES.values()) - set(ROLES))
    if unknown:
        yield Error(
            f"OIDC_ROLES gives roles that there are not: {', '.join(map(str, unknown))}.",
            hint=f"The roles are {', '.join(ROLES)}.",
            id="moztrap.E019",
        )
    pairs = (("OIDC_ROLE_CLAIM", "OIDC_ROLES"), ("OIDC_ACCESS_CLAIM", "OIDC_ACCESS_VALUES"))
    for claim, values in pairs:
        if bool(getattr(settings, claim)) != bool(getattr(settings, values)):
            empty, full = (values, claim) if getattr(settings, claim) else (claim, values)
            yield Error(
                f"{full} is set, but {empty} is empty.",
                hint=f"Set both in {LOCAL}, or neither.",
                id="moztrap.E020",
            )


def _either(words: tuple[str, ...]) -> str:
    quoted = [f'"{word}"' for word in words]
    return f"{', '.join(quoted[:-1])} or {quoted[-1]}"
