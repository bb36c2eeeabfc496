"""Forms that carry the version of what they edit, and that look like the site."""

from typing import Any

from django import forms
from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.forms.renderers import TemplatesSetting
from django.forms.utils import ErrorDict

from moztrap.core.actions import (
    ActionError,
    ConcurrencyError,
    create_record,
    update_record,
)
from moztrap.core.models import Record

SOMEONE_ELSE_SAVED = (
    "Someone else saved this {name} while you were editing. What you typed is kept below; "
    "save again to overwrite what they saved."
)
CHOOSE = "Choose…"


class Renderer(TemplatesSetting):
    """Fields, errors and forms from our templates."""

    form_template_name = "core/forms/form.html"
    field_template_name = "core/forms/field.html"


def leave_unchecked(*shown: Any) -> None:
    """Let bound forms show what was typed, and say nothing about it yet."""
    for form in shown:
        form._errors = ErrorDict()


class RecordsField(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]
    """Several records by their ids; a number that no id can be is an invalid choice."""

    # Databases refuse to be asked for longer ones.
    _most_digits = 18

    def clean(self, value: Any) -> Any:
        """Return the chosen records."""
        for each in value or ():
            if len(str(each)) > self._most_digits:
                raise ValidationError(
                    self.error_messages["invalid_choice"],
                    code="invalid_choice",
                    params={"value": str(each)[: self._most_digits] + "…"},
                )
        return super().clean(value)


class RecordForm(forms.ModelForm):  # type: ignore[type-arg]
    """Creates or edits a record through the actions; `submit` instead of `save`.

    A subclass names `Meta.model` and `Meta.fields`, and overrides `create` or
    `update` where its app has verbs of its own.
    """

    cc_version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    instance: Record

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            # Django's own is a row of dashes.
            if isinstance(field, forms.ModelChoiceField) and field.empty_label:
                field.empty_label = CHOOSE if field.required else "none"
        if self.instance.pk is None:
            del self.fields["cc_version"]
        else:
            self.fields["cc_version"].required = True
            self.initial["cc_version"] = self.instance.cc_version

    @property
    def record_name(self) -> str:
        """What people call this kind of record."""
        return str(self._meta.model._meta.verbose_name)

    def submit(self, *, by: AbstractBaseUser) -> Any:
        """The written record; or None, with the reason among the form's errors."""
        if not self.is_valid():
            return None
        values = {name: self.cleaned_data[name] for name in self.fields if name != "cc_version"}
        try:
            if self.instance.pk is None:
                return self.create(by=by, values=values)
            return self.update(by=by, cc_version=self.cleaned_data["cc_version"], values=values)
        except ConcurrencyError:
            self._show_conflict()
        except ActionError as error:
            self.add_error(None, str(error))
        return None

    def create(self, *, by: AbstractBaseUser, values: dict[str, Any]) -> Record:
        """Write a new record."""
        record: Record = create_record(self._meta.model, by=by, **values)
        return record

    def update(self, *, by: AbstractBaseUser, cc_version: int, values: dict[str, Any]) -> Record:
        """Write the changes."""
        # The instance was changed in place by validation; the action needs it as it was read.
        record: Record = self._meta.model.everything.get(pk=self.instance.pk)
        return update_record(record, by=by, cc_version=cc_version, **values)

    def _show_conflict(self) -> None:
        current = self._meta.model.objects.filter(pk=self.instance.pk).first()
        if current is None:
            self.add_error(None, f"Someone else deleted this {self.record_name} meanwhile.")
            return
        self.add_error(None, SOMEONE_ELSE_SAVED.format(name=self.record_name))
        # The next save overwrites what the person was now told about, and nothing newer.
        posted: Any = self.data
        posted = posted.copy()
        posted[self.add_prefix("cc_version")] = str(current.cc_version)
        self.data = posted
