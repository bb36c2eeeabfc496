"""The form of a suite; its cases are put in on a page of their own."""

from typing import Any

from django import forms
from django.contrib.auth.models import AbstractBaseUser

from moztrap.core.conflict import ComparingForm
from moztrap.core.models import Record
from moztrap.library.actions import create_suite, update_suite
from moztrap.library.models import Suite, SuiteCase


class SuiteForm(ComparingForm):
    """A suite."""

    class Meta:
        """What people write."""

        model = Suite
        fields = ("product", "name", "status", "description")
        widgets = {"description": forms.Textarea(attrs={"rows": 5})}
        help_texts = {
            "product": "It cannot be changed any more once the suite has cases.",
            "status": "Runs take the cases of active suites.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        has_cases = SuiteCase.objects.filter(suite=self.instance.pk).exists()
        if self.instance.pk is not None and has_cases:
            del self.fields["product"]

    def create(self, *, by: AbstractBaseUser, values: dict[str, Any]) -> Record:
        """Create it."""
        return create_suite(by=by, **values)

    def update(self, *, by: AbstractBaseUser, cc_version: int, values: dict[str, Any]) -> Record:
        """Change it."""
        suite = Suite.objects.select_related("product").get(pk=self.instance.pk)
        return update_suite(suite, by=by, cc_version=cc_version, **values)
