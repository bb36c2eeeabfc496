"""Forms about accounts, in the words of this site."""

from typing import Any

from allauth.account import forms as allauth_forms
from django import forms
from django.contrib.auth.models import AbstractBaseUser, Group
from django.db import IntegrityError
from django.http import HttpRequest

from moztrap.accounts.actions import update_person
from moztrap.accounts.models import User
from moztrap.core.actions import ActionError, ConflictError, atomic
from moztrap.core.forms import RecordsField


class _Plain(forms.BaseForm):
    """Labels say what a field is; placeholders that repeat them only get in the way."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)


class LoginForm(_Plain, allauth_forms.LoginForm):
    """Username or address, and password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = "Username or e-mail"
        self.fields["login"].widget.attrs["autocomplete"] = "username"
        # The page has the link to a forgotten password below the button.
        self.fields["password"].help_text = ""


class SignupForm(_Plain, allauth_forms.SignupForm):
    """A new account, made whole or not at all."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].label = "E-mail"
        self.fields["email"].help_text = "We send you a link to confirm it."
        self.fields["password1"].help_text = "At least 10 characters; no common password."
        self.fields["password2"].label = "Password, once more"

    def clean(self) -> dict[str, Any] | None:
        """Look at the name once more when the address is taken.

        Whoever registered both since the name was looked at has taken the name too, and
        a taken name is told, whichever of the two checks came first.
        """
        cleaned: dict[str, Any] | None = super().clean()
        if self.account_already_exists and "username" in self.cleaned_data:
            try:
                self.clean_username()
            except forms.ValidationError as error:
                self.add_error("username", error)
        return cleaned

    def save(self, request: HttpRequest) -> AbstractBaseUser:
        """Write the account; ConflictError when somebody took one of its names since the check."""
        try:
            with atomic():
                user: AbstractBaseUser = super().save(request)
        except IntegrityError as error:
            raise ConflictError(
                "Somebody else took this username or address at the same moment. "
                "Please choose another one."
            ) from error
        return user


class ResetPasswordForm(_Plain, allauth_forms.ResetPasswordForm):
    """Ask for a link."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].label = "E-mail"


class _NewPassword(_Plain):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password1"].label = "New password"
        self.fields["password1"].help_text = "At least 10 characters; no common password."
        self.fields["password2"].label = "New password, once more"


class ResetPasswordKeyForm(_NewPassword, allauth_forms.ResetPasswordKeyForm):
    """Set a new password with the mailed link."""


class ChangePasswordForm(_NewPassword, allauth_forms.ChangePasswordForm):
    """Set a new password, knowing the old one."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["oldpassword"].label = "Current password"
        # The page has the link to a forgotten password below the button.
        self.fields["oldpassword"].help_text = ""


class PersonForm(forms.Form):
    """Somebody's roles, and whether they may log in."""

    roles = RecordsField(
        Group.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Without a role, a person may read and nothing else.",
    )
    is_active = forms.BooleanField(
        label="May log in",
        required=False,
        help_text="Switch this off instead of deleting an account: what they wrote stays theirs.",
    )
    is_superuser = forms.BooleanField(
        label="Superuser", required=False, help_text="May do everything, whatever the roles."
    )

    def __init__(self, *args: Any, person: User, by: User, **kwargs: Any) -> None:
        kwargs["initial"] = {
            "roles": person.groups.all(),
            "is_active": person.is_active,
            "is_superuser": person.is_superuser,
        }
        super().__init__(*args, **kwargs)
        self.person = person
        self.by = by
        roles: Any = self.fields["roles"]
        roles.queryset = Group.objects.order_by("pk")
        if not by.is_superuser:
            # Disabled, a field keeps its initial value whatever is posted.
            self.fields["is_superuser"].disabled = True

    def submit(self) -> bool:
        """Write what was posted; False, with the reason among the errors, when refused."""
        if not self.is_valid():
            return False
        try:
            update_person(self.person, by=self.by, **self.cleaned_data)
        except ActionError as error:
            self.add_error(None, str(error))
            return False
        return True
