"""The form of a token."""

from typing import Any

from django import forms

from moztrap.accounts.models import User
from moztrap.api.actions import create_token
from moztrap.api.models import ApiToken, Scope
from moztrap.core.actions import ActionError


class TokenForm(forms.Form):
    """Makes a token."""

    name = forms.CharField(
        max_length=100, help_text="What it is for, such as “nightly tests of the server”."
    )
    scope = forms.ChoiceField(
        label="It may", choices=Scope.choices, initial=Scope.RECORD, widget=forms.RadioSelect
    )
    days = forms.TypedChoiceField(
        label="It lives for",
        coerce=int,
        initial=90,
        choices=[(7, "a week"), (30, "30 days"), (90, "90 days"), (365, "a year")],
    )

    def submit(self, *, by: User) -> tuple[ApiToken, str] | None:
        """Return the token and its secret; or None, with the reason among the errors."""
        if not self.is_valid():
            return None
        values: dict[str, Any] = self.cleaned_data
        try:
            return create_token(by=by, **values)
        except ActionError as error:
            self.add_error(None, str(error))
            return None
