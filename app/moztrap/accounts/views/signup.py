"""Registration, where two people may ask for one name, and the mail server may be away."""

from allauth.account import views
from django.db import transaction
from django.http import HttpResponse

from moztrap.accounts.forms import SignupForm
from moztrap.accounts.views.passwords import session_as_before
from moztrap.core.actions import ActionError, ConflictError


class SignupView(views.SignupView):
    """The page of django-allauth, with an answer for whoever comes second."""

    def form_valid(self, form: SignupForm) -> HttpResponse:
        """Register; a write that is refused is checked again, and answered like any other."""
        try:
            try:
                answer = self._register(form)
            except ConflictError:
                # This check sees who was first. A taken address it does not tell.
                form = self._cached_form = SignupForm(**self.get_form_kwargs())
                if not form.is_valid() or not form.account_already_exists:
                    raise
                answer = self._register(form)
        except ActionError as error:
            if form.is_valid():
                form.add_error(None, str(error))
            answer = self.form_invalid(form)
        return answer

    def _register(self, form: SignupForm) -> HttpResponse:
        """Make the account and mail the link, or neither."""
        with session_as_before(self.request), transaction.atomic():
            try:
                answer: HttpResponse = super().form_valid(form)
            except ConflictError as error:
                # Undone already, in a transaction of its own; there is nothing else to undo.
                conflict = error
            else:
                return answer
        raise conflict
