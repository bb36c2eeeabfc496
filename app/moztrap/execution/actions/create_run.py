"""Create a run, or another one like it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.utils import timezone

from moztrap.catalog.models import ProductVersion
from moztrap.core.actions import ActionError, atomic, create_record
from moztrap.core.authority import authorise
from moztrap.environments.models import Environment
from moztrap.execution.models import Run, RunSuite
from moztrap.library.models import Suite

LONGEST_NAME = 200


@dataclass(frozen=True)
class RunPlan:
    """Everything that people write about a run."""

    name: str
    description: str = ""
    start: date = field(default_factory=timezone.localdate)
    end: date | None = None
    build: str = ""
    is_series: bool = False
    # In the order in which they are run.
    suites: Sequence[Suite] = ()
    # None: those of the product version.
    environments: Iterable[Environment] | None = None

    def columns(self) -> dict[str, Any]:
        """Return what the run itself holds."""
        return {
            "name": self.name,
            "description": self.description,
            "start": self.start,
            "end": self.end,
            "build": self.build,
            "is_series": self.is_series,
        }


@atomic()
def create_run(
    *, by: AbstractBaseUser | None, productversion: ProductVersion, plan: RunPlan
) -> Run:
    """Create a draft of a run; it has the environments of its version unless others are given."""
    authorise(by, "manage_runs")
    chosen = plan.environments
    if chosen is None:
        chosen = productversion.environments.all()
    run = create_record(
        Run,
        by=by,
        productversion=productversion,
        environments=list(chosen),
        **plan.columns(),
    )
    write_suites(run, plan.suites)
    return run


@atomic()
def clone_run(run: Run, *, by: AbstractBaseUser | None) -> Run:
    """Create a draft with the suites and environments of a run, and none of its results."""
    authorise(by, "manage_runs")
    plan = RunPlan(
        name=f"Cloned: {run.name}"[:LONGEST_NAME],
        description=run.description,
        build=run.build,
        is_series=run.is_series,
        suites=suites_of(run),
        environments=run.environments.all(),
    )
    return create_run(by=by, productversion=run.productversion, plan=plan)


def suites_of(run: Run) -> list[Suite]:
    """Return the suites of a run in order (1 query)."""
    places = RunSuite.objects.filter(run=run).select_related("suite")
    return [place.suite for place in places]


def write_suites(run: Run, suites: Sequence[Suite]) -> bool:
    """Make the suites of a run these, in this order; tell whether anything changed."""
    wanted = [suite.pk for suite in suites]
    for suite in suites:
        if suite.product_id != run.productversion.product_id:
            raise ActionError(f"“{suite}” is a suite of another product.")
    present = list(RunSuite.objects.filter(run=run).values_list("suite", flat=True))
    if present == wanted:
        return False
    RunSuite.objects.filter(run=run).delete()
    RunSuite.objects.bulk_create(
        RunSuite(run=run, suite_id=pk, order=place) for place, pk in enumerate(wanted, start=1)
    )
    return True
