"""The form of a run."""

from typing import Any

from django import forms
from django.contrib.auth.models import AbstractBaseUser
from django.db.models import Q

from moztrap.catalog.models import ProductVersion
from moztrap.core.conditions import holding_words, is_id
from moztrap.core.conflict import ComparingForm, Theirs
from moztrap.core.forms import RecordsField
from moztrap.core.models import Record
from moztrap.environments.models import Environment
from moztrap.execution.actions import RunPlan, create_run, update_run
from moztrap.execution.actions.create_run import suites_of
from moztrap.execution.forms.suites import SuitePlacesField
from moztrap.execution.models import Run
from moztrap.library.models import Suite

# As many as anybody looks through; a search finds the others.
_MOST_SUITES = 50


class RunForm(ComparingForm):
    """Plans a run of a product version; which one is decided by the page."""

    suites: Any = SuitePlacesField(
        required=False,
        help_text="Number the suites in the order in which they are to be run.",
    )
    environments: Any = RecordsField(
        queryset=Environment.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one environment."},
    )

    class Meta:
        """What people write."""

        model = Run
        fields = ("name", "description", "start", "end", "build", "is_series")
        widgets = {
            "description": forms.Textarea(attrs={"rows": 4}),
            "start": forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
            "end": forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        }

    def __init__(self, *args: Any, productversion: ProductVersion, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.productversion = productversion
        present = [] if self.instance.pk is None else suites_of(self._run())
        self._offer_suites({suite.pk for suite in present})
        offered = self._offered()
        chosen: Any = self.fields["environments"]
        chosen.queryset = offered
        # Where the version has none, cases are run anywhere.
        chosen.required = bool(offered)
        if self.instance.pk is None:
            self.initial["environments"] = [environment.pk for environment in offered]
        else:
            self.initial["suites"] = {
                suite.pk: str(place) for place, suite in enumerate(present, start=1)
            }
            self.initial["environments"] = [
                environment.pk for environment in self._run().environments.all()
            ]

    def _offer_suites(self, present: set[int]) -> None:
        """Offer the suites that have a place, and the first that a search finds (2 queries)."""
        typed = {
            name.removeprefix("suites-")
            for name, value in self.data.items()
            if name.startswith("suites-") and value
        }
        placed = present | {int(each) for each in typed if is_id(each)}
        placed |= set(self.initial.get("suites") or {})
        mine = Q(product=self.productversion.product_id, deleted_on__isnull=True)
        find = str(self.data.get("suites-find", ""))
        rows = Suite.everything.order_by("name", "pk")
        chosen = rows.filter(mine | Q(pk__in=present), pk__in=placed)
        others = rows.filter(mine, holding_words(find, ("name",))).exclude(pk__in=placed)
        found = list(others[: _MOST_SUITES + 1])
        field: Any = self.fields["suites"]
        field.offer([*chosen, *found[:_MOST_SUITES]], find=find, has_more=len(found) > _MOST_SUITES)

    def _run(self) -> Run:
        assert isinstance(self.instance, Run)  # noqa: S101 for the type checker
        return self.instance

    def _offered(self) -> Any:
        """Return the environments of the product version, and those that the run has."""
        wanted = Q(pk__in=self.productversion.environments.values("pk"))
        if self.instance.pk is not None:
            wanted |= Q(pk__in=self._run().environments.values("pk"))
        rows = Environment.objects.filter(wanted)
        return rows.with_elements().order_by("name", "pk")

    def clean(self) -> dict[str, Any]:
        """Refuse an end before the start."""
        values = super().clean()
        start, end = values.get("start"), values.get("end")
        if start and end and end < start:
            self.add_error("end", "A run cannot end before it starts.")
        return values

    def create(self, *, by: AbstractBaseUser, values: dict[str, Any]) -> Record:
        """Create it."""
        return create_run(by=by, productversion=self.productversion, plan=RunPlan(**values))

    def update(self, *, by: AbstractBaseUser, cc_version: int, values: dict[str, Any]) -> Record:
        """Change it."""
        run = Run.objects.get(pk=self.instance.pk)
        return update_run(run, by=by, cc_version=cc_version, plan=RunPlan(**values))

    def saved_values(self, current: Record) -> dict[str, Any]:
        """Return what the other person saved."""
        assert isinstance(current, Run)  # noqa: S101 for the type checker
        names = ("name", "description", "start", "end", "build", "is_series")
        environments = Environment.everything.filter(runs=current).with_elements()
        return {
            **{name: getattr(current, name) for name in names},
            "environments": list(environments),
        }

    def compare(self, current: Record) -> list[Theirs]:
        """Add the suites, whose order counts, to what differs."""
        assert isinstance(current, Run)  # noqa: S101 for the type checker
        different = super().compare(current)
        saved = suites_of(current)
        if saved != list(self.cleaned_data.get("suites", ())):
            lines = [f"{place}. {suite}" for place, suite in enumerate(saved, start=1)]
            different.append(Theirs("Suites", "\n".join(lines) or "(none)"))
        return different
