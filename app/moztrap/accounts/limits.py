"""Put a limit of `moztrap.accounts.throttle` before a view."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponseBase

from moztrap.accounts import throttle
from moztrap.core.views.errors import too_many

ViewFunction = Callable[..., HttpResponseBase]


def limited(kind: str) -> Callable[[ViewFunction], ViewFunction]:
    """Count each POST by the user, or by the address of whoever is not logged in."""

    def decorate(view: ViewFunction) -> ViewFunction:
        @wraps(view)
        def counted(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if request.method == "POST":
                source = throttle.network_of(str(request.META.get("REMOTE_ADDR", "")))
                if kind.endswith("-user") and request.user.is_authenticated:
                    source = str(request.user.pk)
                if not throttle.allow(kind, source):
                    return too_many(request)
            return view(request, *args, **kwargs)

        return counted

    return decorate
