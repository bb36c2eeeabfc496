"""Login and logout through the provider."""

import logging
import secrets
from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

from allauth.account import views as account_views
from allauth.account.adapter import get_adapter as get_account_adapter
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.providers.base.constants import AuthProcess
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from moztrap.accounts.oidc import discovery, tokens
from moztrap.accounts.oidc.errors import ProviderError, Reason
from moztrap.accounts.oidc.exchange import PROVIDER, Exchange
from moztrap.core import login

logger = logging.getLogger(__name__)
# The ID token of this login, with which the provider is asked to log out.
SESSION_KEY = "oidc_id_token"

View = Callable[..., HttpResponse]


def _explained(view: View) -> View:
    """Only where the provider is asked at all; a failure becomes a page and a line in the log."""

    @wraps(view)
    def explained(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not login.by_provider():
            raise Http404
        try:
            return view(request, *args, **kwargs)
        except ProviderError as error:
            logger.warning("Login through the provider: %s: %r", error.reason.name, error.detail)
            context = {"answer": error.reason.value}
            return render(
                request, "account/provider_failed.html", context, status=error.reason.value.status
            )

    return explained


def _onward(request: HttpRequest, url: str) -> HttpResponse:
    """Send the browser to the provider from a page of ours.

    A redirect in answer to a form would have to be allowed by the content policy
    (form-action), with every host that the provider itself passes people on to.
    """
    context = {"url": url, "provider_name": login.provider_name()}
    return render(request, "account/onward.html", context)


@login_not_required
@never_cache
@require_POST
@_explained
def begin(request: HttpRequest) -> HttpResponse:
    """Begin a login: a form of the login page."""
    if request.user.is_authenticated:
        return redirect(settings.LOGIN_REDIRECT_URL)
    site = urlsplit(settings.SITE_URL)
    if (site.scheme, site.netloc) != (request.scheme, request.get_host()):
        raise ProviderError(
            Reason.ADDRESS,
            f"SITE_URL is {settings.SITE_URL}, this request came for "
            f"{request.scheme}://{request.get_host()}",
        )
    target = request.POST.get("next", "")
    is_safe = target and get_account_adapter(request).is_safe_url(target)
    state = secrets.token_urlsafe(32)
    answer = (
        get_adapter(request)
        .get_provider(request, PROVIDER)
        .redirect(
            request,
            process=AuthProcess.LOGIN,
            next_url=target if is_safe else None,
            auth_params={"nonce": tokens.nonce_for(state)},
            state_id=state,
        )
    )
    return _onward(request, answer["Location"])


@login_not_required
@never_cache
@require_GET
@_explained
def callback(request: HttpRequest) -> HttpResponse:
    """Take somebody in whom the provider sends back."""
    # RFC 9207: an answer that another provider gave is none.
    if request.GET.get("iss", settings.OIDC_ISSUER) != settings.OIDC_ISSUER:
        raise ProviderError(Reason.MISMATCH, f"the answer is of {request.GET['iss'][:300]!r}")
    exchange = Exchange(request)
    answer: HttpResponse = OAuth2CallbackView.adapter_view(exchange)(request)
    if request.user.is_authenticated:
        request.session[SESSION_KEY] = exchange.id_token
    return answer


@method_decorator(login_not_required, name="dispatch")
class LogoutView(account_views.LogoutView):
    """Logout here, and at the provider where it offers that."""

    request: HttpRequest

    def post(self, *args: Any, **kwargs: Any) -> HttpResponse:
        """Log out."""
        id_token = self.request.session.get(SESSION_KEY, "")
        answer: HttpResponse = super().post(*args, **kwargs)
        url = _logout_url(id_token) if id_token and login.by_provider() else ""
        return _onward(self.request, url) if url else answer


def _logout_url(id_token: str) -> str:
    """Where OpenID Connect RP-Initiated Logout 1.0 sends the browser; empty: nowhere."""
    try:
        url = discovery.metadata().get("end_session_endpoint")
    except ProviderError as error:
        logger.warning("Logout at the provider: %s: %r", error.reason.name, error.detail)
        return ""
    if not url:
        return ""
    question = {
        "id_token_hint": id_token,
        "client_id": settings.OIDC_CLIENT_ID,
        "post_logout_redirect_uri": urljoin(settings.SITE_URL, reverse("account_login")),
    }
    return f"{url}{'&' if '?' in url else '?'}{urlencode(question)}"
