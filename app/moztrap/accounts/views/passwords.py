"""New passwords and confirmed addresses, with an answer for whoever lost to another writer."""

from typing import Any

from allauth.account import views
from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

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


class PasswordChangeView(_RefusedInPlace, views.PasswordChangeView):
    """A new password for whoever knows the old one."""


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
