"""What happens to every request: who may see it, and what browsers are told."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from moztrap.core.policies import READ
from moztrap.core.release import deployment_id

GetResponse = Callable[[HttpRequest], HttpResponse]


class DeploymentHeaderMiddleware:
    """Names the deployment that answered, so that gates and people can tell."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        self.deployment = deployment_id()

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, and say who did."""
        response = self.get_response(request)
        response["X-MozTrap-Deployment"] = self.deployment
        return response


class BrowserPolicyMiddleware:
    """Switches off what no page needs, and keeps personal pages out of shared caches."""

    permissions = "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()"

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer with the headers of every page."""
        # Asked for once, so that the policy of every page names a nonce.
        str(getattr(request, "csp_nonce", ""))
        response = self.get_response(request)
        response.setdefault("Permissions-Policy", self.permissions)
        response.setdefault("Cache-Control", "private, no-cache")
        return response


class AccessMiddleware(LoginRequiredMiddleware):
    """Everything needs a login; here alone is decided what does not.

    Views that exist for people without an account are marked with Django's
    `login_not_required`. With ALLOW_ANONYMOUS_ACCESS, views whose policy is
    `READ` may also be read, never written, without a login.
    """

    def process_view(
        self,
        request: HttpRequest,
        view_func: Callable[..., HttpResponseBase],
        view_args: tuple[Any, ...],
        view_kwargs: dict[str, Any],
    ) -> HttpResponseBase | None:
        """Let the request through (None) or send it to the login page."""
        if (
            settings.ALLOW_ANONYMOUS_ACCESS
            and request.method in ("GET", "HEAD")
            and READ in getattr(view_func, "moztrap_permissions", ())
        ):
            return None
        return super().process_view(request, view_func, view_args, view_kwargs)
