"""Registration, where two people may ask for one name at the same moment."""

from allauth.account import views
from django.http import HttpResponse

from moztrap.accounts.forms import SignupForm
from moztrap.core.actions import ActionError, ConflictError


class SignupView(views.SignupView):
    """The page of django-allauth, with an answer for whoever comes second."""

    def form_valid(self, form: SignupForm) -> HttpResponse:
        """Register; a write that is refused is checked again, and answered like any other."""
        answer: HttpResponse
        try:
            answer = super().form_valid(form)
        except ActionError as error:
            if isinstance(error, ConflictError):
                # This check sees who was first. A taken address it does not tell.
                form = self._cached_form = SignupForm(**self.get_form_kwargs())
                if form.is_valid() and form.account_already_exists:
                    answer = super().form_valid(form)
                    return answer
            if form.is_valid():
                form.add_error(None, str(error))
            answer = self.form_invalid(form)
        return answer
