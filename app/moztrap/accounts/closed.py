"""Close pages about passwords where passwords are not taken."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render

from moztrap.core import login

ViewFunction = Callable[..., HttpResponseBase]


def open_if(is_open: Callable[[HttpRequest], bool]) -> Callable[[ViewFunction], ViewFunction]:
    """Answer with a page that says who keeps passwords, unless `is_open`."""

    def decorate(view: ViewFunction) -> ViewFunction:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if is_open(request):
                return view(request, *args, **kwargs)
            context = {"provider_name": login.provider_name()}
            return render(request, "account/no_passwords.html", context, status=404)

        return guarded

    return decorate


# For whoever has forgotten a password: everybody who has one, or nobody.
passwords_of_everybody = open_if(lambda request: login.takes_passwords_of_everybody())
# For whoever is logged in; nobody else gets past the login page.
own_password = open_if(
    lambda request: not request.user.is_authenticated or login.takes_password_of(request.user)
)
