"""New passwords and confirmed addresses, with an answer for whoever lost to another writer."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from allauth.account import views
from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect

from moztrap.core import login
from moztrap.core.actions import ActionError


class _RefusedInPlace:
    """Show an action's refusal on the form that was sent; nothing was written."""

    def form_valid(self, form: Form) -> HttpResponse:
        """Save, or say why not."""
        try:
            answer: HttpResponse = super().form_valid(form)
        except ActionError as error:
            form.add_error(None, str(error))
            answer = self.form_invalid(form)  # type: ignore[attr-defined]
        return answer


@contextmanager
def session_as_before(request: HttpRequest) -> Iterator[None]:
    """What a refused action has put into the session is taken out again."""
    before = dict(request.session.items())
    try:
        yield
    except ActionError:
        request.session.clear()
        request.session.update(before)
        raise


class _WithMail:
    """A form that ends with a mail: when that cannot be sent, nothing has happened."""

    request: HttpRequest

    def form_valid(self, form: Form) -> HttpResponse:
        """Act and send it."""
        with session_as_before(self.request):
            answer: HttpResponse = super().form_valid(form)
        return answer


class LoginView(_RefusedInPlace, _WithMail, views.LoginView):
    """Login, which mails the link once more to whoever has not confirmed their address."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Which ways in there are."""
        return {
            **super().get_context_data(**kwargs),
            "provider_name": login.provider_name() if login.by_provider() else "",
            "takes_passwords": login.takes_passwords(),
            "takes_passwords_of_everybody": login.takes_passwords_of_everybody(),
        }


class PasswordResetView(_RefusedInPlace, _WithMail, views.PasswordResetView):
    """A link for whoever has forgotten the password."""


class PasswordChangeView(_RefusedInPlace, views.PasswordChangeView):
    """A new password for whoever knows the old one."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Whoever came through a provider has none yet, and gets one by mail."""
        if request.user.is_authenticated and not request.user.has_usable_password():
            return redirect("account_reset_password")
        answer: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        return answer


class PasswordResetFromKeyView(_RefusedInPlace, views.PasswordResetFromKeyView):
    """A new password for whoever has the mailed link."""


class ConfirmEmailView(views.ConfirmEmailView):
    """An address is confirmed with the mailed link; the link stays good if that fails."""

    request: HttpRequest

    def post(self, *args: Any, **kwargs: Any) -> HttpResponse:
        """Confirm, or say why not on the same page."""
        try:
            answer: HttpResponse = super().post(*args, **kwargs)
        except ActionError as error:
            messages.error(self.request, str(error))
            return redirect(self.request.path)
        return answer
