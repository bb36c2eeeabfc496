"""What becomes of runs when the environments of their product version change."""

from typing import Any

from django.contrib.auth.models import AbstractBaseUser

from moztrap.catalog.environment_changes import EnvironmentChange, follows_environments
from moztrap.catalog.models import ProductVersion
from moztrap.core.actions import record_audit
from moztrap.execution.actions.activate_run import bring_up_to_date
from moztrap.execution.actions.hold_run import hold_run
from moztrap.execution.models import Run, RunStatus


@follows_environments
def follow_environments(
    version: ProductVersion, change: EnvironmentChange, by: AbstractBaseUser | None
) -> None:
    """Take lost environments from the runs of a version, and give new ones to its drafts.

    Active runs are refreshed, which withdraws and never deletes. A run that would be left
    without any environment keeps those it has: without, it would be run anywhere.
    """
    link: Any = Run.environments.through
    runs = Run.objects.filter(productversion=version)
    losing = runs.filter(environments__in=change.removed).distinct().order_by("pk")
    for run in losing:
        held = hold_run(run)
        present = set(held.environments.values_list("pk", flat=True))
        if present <= change.removed:
            continue
        held.environments.remove(*change.removed)
        lost = sorted(present & change.removed)
        record_audit("lose environments", held, by=by, details={"environments": lost})
        if held.is_active and not held.is_series:
            bring_up_to_date(held, by=by)
    drafts = runs.filter(status=RunStatus.DRAFT).values_list("pk", flat=True)
    link.objects.bulk_create(
        (link(run_id=run, environment_id=pk) for run in drafts for pk in sorted(change.added)),
        ignore_conflicts=True,
    )
