"""The round trip to the provider, as django-allauth makes it, with our checks inside."""

from typing import Any
from urllib.parse import quote, urljoin

from allauth.socialaccount.models import SocialLogin
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from moztrap.accounts.oidc import discovery, tokens
from moztrap.accounts.oidc.claims import Identity, identity_of
from moztrap.accounts.oidc.errors import ProviderError, Reason
from moztrap.accounts.oidc.web import fetch_json

PROVIDER = "oidc"


class Exchange(OpenIDConnectOAuth2Adapter):
    """Addresses and tokens of the provider that the settings name."""

    def __init__(self, request: HttpRequest, provider_id: str = PROVIDER) -> None:
        super().__init__(request, provider_id)
        # What a logout at the provider is asked for with.
        self.id_token = ""

    @property
    def openid_config(self) -> dict[str, Any]:
        """The discovery document, checked."""
        return discovery.metadata()

    @property
    def basic_auth(self) -> bool:
        """Whether the secret goes into a header; that is also what saying nothing means."""
        methods = self.openid_config.get("token_endpoint_auth_methods_supported")
        return "client_secret_post" not in (methods or ["client_secret_basic"])

    def get_callback_url(self, request: HttpRequest, app: Any) -> str:
        """Under SITE_URL, as the provider knows it, whatever host the request claimed."""
        return urljoin(settings.SITE_URL, reverse("provider_callback"))

    def get_access_token_data(
        self, request: HttpRequest, app: Any, client: Any, pkce_code_verifier: Any = None
    ) -> Any:
        """Exchange the code for the tokens."""
        if client.basic_auth:
            # RFC 6749, 2.3.1: encoded, before they become a header.
            client.consumer_key = quote(client.consumer_key, safe="")
            client.consumer_secret = quote(client.consumer_secret, safe="")
        try:
            return super().get_access_token_data(request, app, client, pkce_code_verifier)
        except KeyError as error:
            raise ProviderError(Reason.UNTRUSTED, f"answer to the code: no {error}") from error

    def parse_token(self, data: Any) -> Any:
        """Read the answer to the code."""
        try:
            return super().parse_token(data)
        except (KeyError, TypeError, ValueError) as error:
            raise ProviderError(Reason.UNTRUSTED, f"answer to the code: {error!r}") from error

    def complete_login(
        self, request: HttpRequest, app: Any, token: Any, **kwargs: Any
    ) -> SocialLogin:
        """Find out who it is; raise ProviderError unless the provider has proven it."""
        id_token = kwargs["response"].get("id_token")
        if not isinstance(id_token, str):
            raise ProviderError(Reason.UNTRUSTED, "the provider gave no ID token")
        claims = tokens.verify(id_token, tokens.nonce_for(request.GET["state"]))
        identity = identity_of(claims, self._userinfo(token.token, claims["sub"]))
        self.id_token = id_token
        return self.get_provider().sociallogin_from_response(request, identity)

    def _userinfo(self, access_token: str, subject: str) -> dict[str, Any]:
        url = self.openid_config.get("userinfo_endpoint")
        if not url:
            return {}
        found = fetch_json(url, Authorization=f"Bearer {access_token}")
        if found.get("sub") != subject:
            raise ProviderError(
                Reason.UNTRUSTED, f"{url} tells of {found.get('sub')!r}, not of {subject!r}"
            )
        return found


class SiteProvider(OpenIDConnectProvider):
    """The one provider of this site."""

    id = PROVIDER
    oauth2_adapter_class = Exchange
    supports_token_authentication = False
    pkce_enabled_default = True

    def get_login_url(self, request: HttpRequest, **kwargs: Any) -> str:
        """Where a login begins."""
        return reverse("provider_login")

    def get_callback_url(self) -> str:
        """Where the provider sends people back to."""
        return reverse("provider_callback")

    def extract_uid(self, data: Identity) -> str:
        """Who it is."""
        return data.uid

    def extract_extra_data(self, data: Identity) -> dict[str, Any]:
        """What is kept: how the provider names them, nothing else of what it told."""
        return {"issuer": data.issuer, "subject": data.subject}

    def extract_common_fields(self, data: Identity) -> dict[str, Any]:
        """What a new account begins with."""
        return {"email": data.email, "username": data.claims.get("preferred_username")}

    def extract_email_addresses(self, data: Identity) -> list[Any]:
        """The address; whether it is confirmed has been judged by then."""
        from allauth.account.models import EmailAddress

        return [EmailAddress(email=data.email, verified=True, primary=True)]

    def sociallogin_from_response(self, request: HttpRequest, response: Identity) -> SocialLogin:
        """Carry the identity along to where accounts are made."""
        login = super().sociallogin_from_response(request, response)
        login.identity = response
        return login
