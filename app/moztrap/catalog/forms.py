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
from moztrap.core.conflict import ComparingForm
from moztrap.core.forms import RecordsField
from moztrap.core.models import Record
from moztrap.environments.models import Environment


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

    def create(self, *, by: AbstractBaseUser, values: dict[str, Any]) -> Record:
        """Create it."""
        return create_version(by=by, product=self.product, **values)

    def update(self, *, by: AbstractBaseUser, cc_version: int, values: dict[str, Any]) -> Record:
        """Change it."""
        version = ProductVersion.objects.get(pk=self.instance.pk)
        values["name"] = values.pop("version")
        return update_version(version, by=by, cc_version=cc_version, **values)
