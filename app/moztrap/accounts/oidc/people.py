"""Whom the provider's word lets in: django-allauth's hooks, filled in."""

from typing import Any, NoReturn

import requests
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialApp, SocialLogin
from allauth.socialaccount.providers.base.constants import AuthError
from django.conf import settings
from django.db import IntegrityError
from django.http import HttpRequest

from moztrap.accounts.actions import link_identity, register_identity, set_roles
from moztrap.accounts.models import User
from moztrap.accounts.oidc.claims import Identity
from moztrap.accounts.oidc.errors import ProviderError, Reason
from moztrap.accounts.oidc.exchange import PROVIDER
from moztrap.accounts.oidc.web import Session
from moztrap.core import login
from moztrap.core.actions import BusyError


class ProviderPeopleAdapter(DefaultSocialAccountAdapter):
    """One provider, from the settings; nobody gets in by an address that is not theirs."""

    def list_apps(
        self, request: HttpRequest, provider: str | None = None, client_id: str | None = None
    ) -> list[SocialApp]:
        """The provider that the settings name, and none of the database's."""
        if not login.by_provider():
            return []
        app = SocialApp(
            provider=PROVIDER,
            provider_id=PROVIDER,
            name=login.provider_name(),
            client_id=settings.OIDC_CLIENT_ID,
            secret=settings.OIDC_CLIENT_SECRET,
            settings={"server_url": settings.OIDC_ISSUER, "scope": settings.OIDC_SCOPES},
        )
        return [app]

    def get_requests_session(self) -> requests.Session:
        """What django-allauth speaks to the provider with."""
        return Session()

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        """Whoever gets this far may have an account: REGISTRATION is about the form."""
        return True

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Refuse, or give roles to, whoever the provider has vouched for."""
        identity: Identity = sociallogin.identity
        if not identity.may_enter:
            raise ProviderError(
                Reason.NOT_ALLOWED,
                f"{identity.subject!r} has none of {settings.OIDC_ACCESS_VALUES} in the claim "
                f"{settings.OIDC_ACCESS_CLAIM!r}",
            )
        try:
            if not sociallogin.is_existing:
                _check_address(identity)
                owner = User.objects.filter(email_key=identity.email).first()
                if owner is None:
                    return
                _link(sociallogin, owner)
            if sociallogin.user.is_active:
                set_roles(sociallogin.user, identity.roles)
        except (BusyError, IntegrityError) as error:
            raise ProviderError(Reason.BUSY, str(error)) from error

    def save_user(self, request: HttpRequest, sociallogin: SocialLogin, form: Any = None) -> User:
        """Make the account of somebody new."""
        try:
            return register_identity(
                lambda: super(ProviderPeopleAdapter, self).save_user(request, sociallogin, form),
                sociallogin.identity.roles,
            )
        except (BusyError, IntegrityError) as error:
            raise ProviderError(Reason.BUSY, str(error)) from error

    def on_authentication_error(
        self,
        request: HttpRequest,
        provider: Any,
        error: str | None = None,
        exception: Exception | None = None,
        extra_context: dict[str, Any] | None = None,
    ) -> NoReturn:
        """Say in our words what django-allauth has found."""
        told = {
            name: request.GET[name][:300]
            for name in ("error", "error_description")
            if name in request.GET
        }
        if error == AuthError.CANCELLED:
            raise ProviderError(Reason.DENIED, f"the provider says {told}")
        if isinstance(exception, requests.RequestException):
            raise ProviderError(Reason.UNREACHABLE, str(exception)) from exception
        if exception is not None:
            raise ProviderError(Reason.REFUSED, str(exception)[:500]) from exception
        if extra_context and "state_id" in extra_context:
            raise ProviderError(Reason.STALE, "the state is not that of a login of this browser")
        raise ProviderError(Reason.REFUSED, f"the provider says {told}")


def _check_address(identity: Identity) -> None:
    """An address that somebody has not proven to be theirs opens nothing."""
    if "@" not in identity.email:
        raise ProviderError(Reason.NO_ADDRESS, f"{identity.subject!r} comes without an address")
    if not identity.has_confirmed_email:
        raise ProviderError(
            Reason.UNCONFIRMED,
            f"{identity.email!r}: email_verified is {identity.email_verified} "
            f"(OIDC_TRUST_EMAIL = {settings.OIDC_TRUST_EMAIL})",
        )


def _link(sociallogin: SocialLogin, owner: User) -> None:
    if owner.is_superuser or not settings.OIDC_LINK_ACCOUNTS:
        why = "a superuser's" if owner.is_superuser else "there, and OIDC_LINK_ACCOUNTS is False"
        raise ProviderError(Reason.TAKEN, f"the account {owner.username!r} is {why}")
    sociallogin.account = link_identity(owner, sociallogin.account)
    # Read anew: the session depends on the password, which may be gone.
    sociallogin.user = sociallogin.account.user
