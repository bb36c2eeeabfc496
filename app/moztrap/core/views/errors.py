"""Error pages that look like the site and need neither database nor session."""

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string


def _page(request: HttpRequest, status: int, template: str) -> HttpResponse:
    # Without the request: its context processors would ask the database who is there.
    nonce = getattr(request, "csp_nonce", "")
    return HttpResponse(
        render_to_string(template, {"status": status, "csp_nonce": nonce}), status=status
    )


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400: the request makes no sense."""
    return _page(request, 400, "400.html")


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403: not with this account."""
    return _page(request, 403, "403.html")


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403: the form was not ours, too old, or cookies are off."""
    return _page(request, 403, "403_csrf.html")


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404: nothing there."""
    return _page(request, 404, "404.html")


def too_many(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """429: too many attempts."""
    return _page(request, 429, "429.html")


def server_error(request: HttpRequest) -> HttpResponse:
    """500: our fault."""
    return _page(request, 500, "500.html")
