"""The form that says who is to test what."""

from typing import Any

from django import forms
from django.contrib.auth.models import AbstractBaseUser

from moztrap.accounts.models import User
from moztrap.core.actions import ActionError
from moztrap.core.forms import RecordsField
from moztrap.environments.models import Environment
from moztrap.execution.actions import assign_cells
from moztrap.execution.models import Cell, CellStatus, Run
from moztrap.library.models import Suite

NOBODY = "nobody"
# More than a drop-down can be used with.
_MOST_PEOPLE = 500


class AssignmentForm(forms.Form):
    """Gives a part of a run to a tester, or to nobody."""

    tester = forms.ChoiceField(label="Give to")
    suite: Any = forms.ModelChoiceField(
        queryset=Suite.objects.none(), required=False, empty_label="all suites"
    )
    environments: Any = RecordsField(
        queryset=Environment.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="None chosen: all of them.",
    )
    only_free = forms.BooleanField(
        label="Leave alone what somebody has already", required=False, initial=True
    )
    only_pending = forms.BooleanField(
        label="Leave alone what is decided or skipped", required=False, initial=True
    )

    def __init__(self, *args: Any, run: Run, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.run = run
        people = User.objects.with_perm("accounts.execute", include_superusers=True)
        names = people.order_by("username").values_list("pk", "username")[:_MOST_PEOPLE]
        tester: Any = self.fields["tester"]
        tester.choices = [
            ("", "Choose…"),
            *((str(pk), name) for pk, name in names),
            (NOBODY, "nobody"),
        ]
        suite: Any = self.fields["suite"]
        suite.queryset = Suite.everything.filter(runsuites__run=run).order_by("runsuites__order")
        field: Any = self.fields["environments"]
        field.queryset = Environment.everything.filter(tallies__run=run).with_elements()

    def submit(self, *, by: AbstractBaseUser) -> int | None:
        """Return how many cells changed hands; or None, with the reason among the errors."""
        if not self.is_valid():
            return None
        values = self.cleaned_data
        cells: Any = Cell.objects.filter(run=self.run)
        if values["environments"]:
            cells = cells.filter(environment__in=list(values["environments"]))
        if values["suite"]:
            cells = cells.in_suites(values["suite"].pk)
        if values["only_free"]:
            cells = cells.filter(assignee=None)
        if values["only_pending"]:
            cells = cells.filter(status=CellStatus.PENDING)
        to = None if values["tester"] == NOBODY else User.objects.get(pk=values["tester"])
        try:
            return assign_cells(self.run, cells, by=by, to=to)
        except ActionError as error:
            self.add_error(None, str(error))
            return None
