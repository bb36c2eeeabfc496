"""Forms of products and versions."""

from typing import Any

from django import forms
from django.contrib.auth.models import AbstractBaseUser

from moztrap.catalog.actions import (
    create_product,
    create_version,
    update_product,
    update_version,
)
from moztrap.catalog.models import Product, ProductVersion
from moztrap.core.actions import ActionError
from moztrap.core.conflict import ComparingForm
from moztrap.core.forms import RecordsField
from moztrap.core.models import Record
from moztrap.environments.models import Environment, Profile
from moztrap.library.actions import copy_cases


class ProductForm(ComparingForm):
    """A product."""

    class Meta:
        """What people write."""

        model = Product
        fields = ("name", "description")

    def create(self, *, by: AbstractBaseUser, values: dict[str, Any]) -> Record:
        """Create it."""
        return create_product(by=by, **values)

    def update(self, *, by: AbstractBaseUser, cc_version: int, values: dict[str, Any]) -> Record:
        """Change it."""
        product = Product.objects.get(pk=self.instance.pk)
        return update_product(product, by=by, cc_version=cc_version, **values)


class ProductVersionForm(ComparingForm):
    """A version of a product; which product is decided by the page."""

    environments: Any = RecordsField(
        queryset=Environment.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="New cases of this version run in these, unless they are narrowed.",
    )

    profile: Any = forms.ModelChoiceField(
        label="And the environments of the profile",
        queryset=Profile.objects.none(),
        required=False,
        empty_label="none",
    )
    copy_from: Any = forms.ModelChoiceField(
        label="Take the cases of",
        queryset=ProductVersion.objects.none(),
        required=False,
        empty_label="no version",
        help_text="Copies what each case says there. Without environments chosen above, those "
        "of that version are taken too.",
    )

    class Meta:
        """What people write."""

        model = ProductVersion
        fields = ("version", "codename", "environments")

    def __init__(self, *args: Any, product: Product, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.product = product
        field = self.fields["environments"]
        assert isinstance(field, forms.ModelMultipleChoiceField)  # noqa: S101 for the type checker
        field.queryset = Environment.objects.with_elements().order_by("name", "pk")
        field = self.fields["profile"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 for the type checker
        field.queryset = Profile.objects.order_by("name")
        if self.instance.pk is not None:
            del self.fields["copy_from"]
            return
        versions = ProductVersion.objects.filter(product=product).select_related("product")
        field = self.fields["copy_from"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 for the type checker
        field.queryset = versions.order_by("-order")

    def create(self, *, by: AbstractBaseUser, values: dict[str, Any]) -> Record:
        """Create it."""
        values["environments"] = self._environments(values)
        return create_version(by=by, product=self.product, **values)

    def update(self, *, by: AbstractBaseUser, cc_version: int, values: dict[str, Any]) -> Record:
        """Change it."""
        version = ProductVersion.objects.get(pk=self.instance.pk)
        values["name"] = values.pop("version")
        values["environments"] = self._environments(values)
        return update_version(version, by=by, cc_version=cc_version, **values)

    @staticmethod
    def _environments(values: dict[str, Any]) -> list[Environment]:
        """Return what was chosen by hand and through a profile."""
        profile: Profile | None = values.pop("profile")
        chosen = list(values["environments"])
        added = profile.environments.exclude(pk__in=[e.pk for e in chosen]) if profile else ()
        return [*chosen, *added]

    def saved_values(self, current: Record) -> dict[str, Any]:
        """Return what the other person saved; a profile is not kept, what it gave is."""
        assert isinstance(current, ProductVersion)  # noqa: S101 for the type checker
        return {
            "version": current.version,
            "codename": current.codename,
            "environments": list(current.environments.with_elements()),  # type: ignore[attr-defined]
        }


class _SourceField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """Versions, each with the number of cases that it would give."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.version} ({obj.missing_count:,} missing here)"


class FillForm(forms.Form):
    """From which version the cases are taken that another one lacks."""

    source: Any = _SourceField(
        label="Take cases from",
        queryset=ProductVersion.objects.none(),
        widget=forms.RadioSelect,
        empty_label=None,
    )
    record_name = "version"

    def __init__(self, *args: Any, target: ProductVersion, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.target = target
        versions = ProductVersion.objects.filter(product=target.product_id).exclude(pk=target.pk)
        field = self.fields["source"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 for the type checker
        field.queryset = versions.with_missing_count(target.pk).order_by("-order")

    def submit(self, *, by: AbstractBaseUser) -> int | None:
        """Copy the cases and return their number; or nothing, with the reason in the form."""
        if not self.is_valid():
            return None
        try:
            return copy_cases(self.cleaned_data["source"], self.target, by=by)
        except ActionError as error:
            self.add_error(None, str(error))
            return None
