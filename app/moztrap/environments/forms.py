"""Forms of categories, elements, environments and profiles."""

from typing import Any

from django import forms
from django.contrib.auth.models import AbstractBaseUser
from django.forms.models import ModelChoiceIterator

from moztrap.core.actions import ActionError
from moztrap.core.conflict import ComparingForm
from moztrap.core.forms import RecordsField
from moztrap.core.models import Record
from moztrap.environments.actions import (
    create_category,
    create_element,
    create_environment,
    create_profile,
    extend_profile,
    update_category,
    update_element,
    update_environment,
    update_profile,
)
from moztrap.environments.models import Category, Element, Environment, Profile


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


class ProfileForm(ComparingForm):
    """A profile: its name, and at first the elements of which its environments are made."""

    elements = ElementsField(
        required=False,
        help_text="Each combination of one element per category becomes an environment; take "
        "out what makes no sense afterwards.",
    )

    class Meta:
        """What people write."""

        model = Profile
        fields = ("name",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk is not None:
            del self.fields["elements"]

    def create(self, *, by: AbstractBaseUser, values: dict[str, Any]) -> Record:
        """Create it, and the environments that are not there yet."""
        return create_profile(by=by, **values)

    def update(self, *, by: AbstractBaseUser, cc_version: int, values: dict[str, Any]) -> Record:
        """Rename it."""
        profile = Profile.objects.get(pk=self.instance.pk)
        return update_profile(profile, by=by, cc_version=cc_version, **values)


class ExtendForm(forms.Form):
    """Which environments a profile gets besides those it has."""

    elements = ElementsField()
    combine: Any = forms.TypedChoiceField(
        label="Make of them",
        choices=[("1", "every combination, one of each category"), ("", "one environment of all")],
        coerce=bool,
        required=False,
        initial="1",
        widget=forms.RadioSelect,
    )

    def __init__(self, *args: Any, profile: Profile, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.profile = profile

    def submit(self, *, by: AbstractBaseUser) -> int | None:
        """Add them and return how many; or nothing, with the reason in the form."""
        if not self.is_valid():
            return None
        values = self.cleaned_data
        try:
            return extend_profile(
                self.profile,
                by=by,
                elements=list(values["elements"]),
                combine=bool(values["combine"]),
            )
        except ActionError as error:
            self.add_error("elements", str(error))
            return None
