"""The choice of an environment: one element of each category."""

from typing import Any

from django import forms

from moztrap.environments.models import Environment


class EnvironmentForm(forms.Form):
    """One field for each category of the environments; a combination may be none of them."""

    def __init__(self, *args: Any, environments: list[Environment], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.environments = environments
        categories: dict[int, tuple[str, dict[int, str]]] = {}
        for environment in environments:
            for element in environment.elements.all():
                category = element.category
                categories.setdefault(category.pk, (category.name, {}))[1][element.pk] = (
                    element.name
                )
        for pk, (name, elements) in sorted(categories.items(), key=lambda each: each[1][0]):
            by_name = sorted(elements.items(), key=lambda each: each[1])
            self.fields[f"category-{pk}"] = forms.ChoiceField(
                label=name,
                required=False,
                choices=[("", "Any"), *((str(element), text) for element, text in by_name)],
            )

    def matching(self) -> list[Environment]:
        """Return the environments that hold all chosen elements."""
        chosen = {int(value) for value in self.cleaned_data.values() if value}
        return [
            environment
            for environment in self.environments
            if chosen <= {element.pk for element in environment.elements.all()}
        ]
