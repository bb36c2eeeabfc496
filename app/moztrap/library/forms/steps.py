"""The steps of a case, as forms inside the form of the case."""

from typing import Any

from django import forms

from moztrap.core.conflict import one_line_end
from moztrap.library.actions import StepText
from moztrap.library.models import CaseStep

EXTRA = 2
MOST_STEPS = 200


class StepForm(forms.Form):
    """One step; an empty one is left out."""

    position = forms.IntegerField(
        label="Position",
        required=False,
        min_value=1,
        max_value=9999,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )
    instruction = forms.CharField(
        required=False, max_length=65_535, widget=forms.Textarea(attrs={"rows": 3})
    )
    expected = forms.CharField(
        label="Expected result",
        required=False,
        max_length=65_535,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    remove = forms.BooleanField(label="Remove this step", required=False)

    def clean(self) -> dict[str, Any]:
        """Refuse an expected result of nothing."""
        values = {name: one_line_end(value) for name, value in (super().clean() or {}).items()}
        is_kept = not values.get("remove")
        if is_kept and values.get("expected") and not values.get("instruction"):
            self.add_error("instruction", "Say what to do before what is expected of it.")
        return values


class BaseStepFormSet(forms.BaseFormSet):  # type: ignore[type-arg]
    """All steps of a case, in the order of their positions."""

    def texts(self) -> list[StepText]:
        """Return the steps that were written, in order; those without a position come last."""
        kept = [
            (form.cleaned_data.get("position") or 10_000, index, form.cleaned_data)
            for index, form in enumerate(self.forms)
            if form.cleaned_data.get("instruction") and not form.cleaned_data.get("remove")
        ]
        kept.sort(key=lambda each: each[:2])
        return [StepText(values["instruction"], values["expected"]) for _, _, values in kept]


StepFormSet: Any = forms.formset_factory(
    StepForm, formset=BaseStepFormSet, extra=EXTRA, max_num=MOST_STEPS, absolute_max=MOST_STEPS + 50
)


def initial_steps(steps: "list[CaseStep]") -> list[dict[str, Any]]:
    """Return what the forms start with."""
    return [
        {"position": step.number, "instruction": step.instruction, "expected": step.expected}
        for step in steps
    ]
