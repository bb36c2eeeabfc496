"""Error pages that look like the site and need neither database nor session."""

import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

# The database is away, as the drivers of MySQL and MariaDB number it: it cannot be reached,
# has too many connections, is shutting down, or was lost in the middle.
_AWAY = {1040, 1053, 1927, 2002, 2003, 2006, 2013, 2055}
RETRY_SECONDS = "10"


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
    """500: our fault; 503 while the database is away, which passes by itself."""
    if is_away(sys.exception()):
        response = _page(request, 503, "503.html")
        response["Retry-After"] = RETRY_SECONDS
        return response
    return _page(request, 500, "500.html")


def is_away(error: BaseException | None) -> bool:
    """Tell whether a request was given up because the database did not answer."""
    while error is not None:
        if isinstance(error, (OperationalError, InterfaceError)):
            number = error.args[0] if error.args else None
            return number in _AWAY or isinstance(error, InterfaceError)
        error = error.__cause__
    return False
