"""Forms of categories, elements and environments."""

from typing import Any

from django import forms
from django.contrib.auth.models import AbstractBaseUser
from django.forms.models import ModelChoiceIterator

from moztrap.core.conflict import ComparingForm
from moztrap.core.forms import RecordsField
from moztrap.core.models import Record
from moztrap.environments.actions import (
    create_category,
    create_element,
    create_environment,
    update_category,
    update_element,
    update_environment,
)
from moztrap.environments.models import Category, Element, Environment


class CategoryForm(ComparingForm):
    """A category."""

    class Meta:
        """What people write."""

        model = Category
        fields = ("name",)

    def create(self, *, by: AbstractBaseUser, values: dict[str, Any]) -> Record:
        """Create it."""
        return create_category(by=by, **values)

    def update(self, *, by: AbstractBaseUser, cc_version: int, values: dict[str, Any]) -> Record:
        """Change it."""
        category = Category.objects.get(pk=self.instance.pk)
        return update_category(category, by=by, cc_version=cc_version, **values)


class ElementForm(ComparingForm):
    """An element."""

    class Meta:
        """What people write."""

        model = Element
        fields = ("category", "name")

    def create(self, *, by: AbstractBaseUser, values: dict[str, Any]) -> Record:
        """Create it."""
        return create_element(by=by, **values)

    def update(self, *, by: AbstractBaseUser, cc_version: int, values: dict[str, Any]) -> Record:
        """Change it."""
        element = Element.objects.get(pk=self.instance.pk)
        return update_element(element, by=by, cc_version=cc_version, **values)


class _ByCategory(ModelChoiceIterator):  # type: ignore[type-arg]
    """Elements as choices, grouped by their category."""

    def __iter__(self) -> Any:
        groups: dict[str, list[Any]] = {}
        for element in self.queryset:
            groups.setdefault(str(element.category), []).append(self.choice(element))
        return iter(groups.items())


class ElementsField(RecordsField):
    """Checkboxes for elements, grouped by category."""

    iterator = _ByCategory
    widget = forms.CheckboxSelectMultiple

    def __init__(self, **options: Any) -> None:
        elements = Element.objects.select_related("category")
        super().__init__(elements.order_by("category__name", "name"), **options)


class EnvironmentForm(ComparingForm):
    """An environment: the elements it consists of."""

    elements = ElementsField(help_text="Two elements of one category mean “either”.")

    class Meta:
        """What people write."""

        model = Environment
        fields = ("name", "elements")

    def create(self, *, by: AbstractBaseUser, values: dict[str, Any]) -> Record:
        """Create it."""
        return create_environment(by=by, **values)

    def update(self, *, by: AbstractBaseUser, cc_version: int, values: dict[str, Any]) -> Record:
        """Change it."""
        environment = Environment.objects.get(pk=self.instance.pk)
        return update_environment(environment, by=by, cc_version=cc_version, **values)
