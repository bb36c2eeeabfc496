"""The form of a result."""

from time import time
from typing import Any

from django import forms
from django.core.validators import URLValidator

from moztrap.core.conflict import one_line_end
from moztrap.execution.actions import EXPLAINED, Verdict
from moztrap.execution.models import BugLink, Cell, ResultStatus

# What a tester finds; that a case is skipped is decided by others.
FOUND = (
    ResultStatus.PASSED,
    ResultStatus.FAILED,
    ResultStatus.BLOCKED,
    ResultStatus.INVALID,
    ResultStatus.RESTARTED,
)
_OFFERED_BUGS = 10
# A page that was open for longer says nothing about the test.
_LONGEST = 4 * 60 * 60


class _CommentField(forms.CharField):
    """A text of which the help says when it is needed, instead of “optional”."""

    is_needed_sometimes = True


class VerdictForm(forms.Form):
    """What a tester found in one cell."""

    status = forms.ChoiceField(choices=[(each.value, each.label) for each in FOUND])
    step = forms.IntegerField(required=False, min_value=1, max_value=9999)
    comment = _CommentField(
        label="What happened",
        required=False,
        help_text="Needed unless it passes.",
        max_length=65_535,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    known_bug = forms.ChoiceField(label="Known bug", required=False)
    bug_url = forms.CharField(
        label="Bug",
        required=False,
        max_length=500,
        validators=[URLValidator(schemes=["http", "https"])],
        widget=forms.URLInput(attrs={"placeholder": "https://…"}),
    )
    opened = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, cell: Cell, **kwargs: Any) -> None:
        super().__init__(*args, auto_id=f"c{cell.pk}-%s", **kwargs)
        self.cell = cell
        self.initial["opened"] = int(time())
        links = BugLink.objects.filter(case=cell.runcaseversion.caseversion.case_id)
        self.bugs = list(links.values_list("url", flat=True)[:_OFFERED_BUGS])
        field: Any = self.fields["known_bug"]
        field.choices = [("", "none"), *((url, url) for url in self.bugs)]
        if self.bugs:
            self.fields["bug_url"].label = "Another bug"
        self.failing_step = str(self["step"].value() or "")

    def clean(self) -> dict[str, Any]:
        """Ask for a word about what others must act on."""
        values: dict[str, Any] = super().clean() or self.cleaned_data
        values = {name: one_line_end(value) for name, value in values.items()}
        status = values.get("status", "")
        if status in EXPLAINED and "comment" in values and not values["comment"].strip():
            self.add_error("comment", f"Say why it is {status}.")
        if status == ResultStatus.FAILED and values.get("step"):
            steps = self.cell.runcaseversion.caseversion.steps
            if not steps.filter(number=values["step"]).exists():
                self.add_error("step", f"There is no step {values['step']}.")
        return values

    def verdict(self) -> Verdict:
        """Return what was found."""
        values = self.cleaned_data
        status = values["status"]
        failed_at = values["step"] if status == ResultStatus.FAILED else None
        return Verdict(
            cell_id=self.cell.pk,
            status=status,
            comment=values["comment"],
            bug_url=values["bug_url"] or values["known_bug"],
            duration=self._duration(values["opened"]),
            steps=((failed_at, ResultStatus.FAILED.value),) if failed_at else (),
        )

    @staticmethod
    def _duration(opened: int | None) -> int | None:
        seconds = int(time()) - opened if opened else -1
        return seconds if 0 <= seconds <= _LONGEST else None
