"""Change and delete runs."""

from typing import Any

from django.contrib.auth.models import AbstractBaseUser

from moztrap.core.actions import ActionError, atomic, delete_record, record_audit, update_record
from moztrap.core.authority import authorise
from moztrap.execution.actions.activate_run import refresh_run
from moztrap.execution.actions.create_run import RunPlan, write_suites
from moztrap.execution.actions.hold_run import hold_run
from moztrap.execution.models import Run, RunCaseVersion


@atomic()
def update_run(run: Run, *, by: AbstractBaseUser | None, cc_version: int, plan: RunPlan) -> Run:
    """Change a run that nobody else changed meanwhile.

    If it is active and its suites or environments change, it is refreshed at once. What
    has been run, or is the member of a series, cannot become a series.
    """
    authorise(by, "manage_runs")
    held = hold_run(run)
    if plan.is_series and not held.is_series:
        if held.series_id is not None:
            raise ActionError("The member of a series cannot be a series itself.")
        if RunCaseVersion.objects.filter(run=held).exists():
            raise ActionError("This run has been active: it cannot become a series any more.")
    if held.is_series and not plan.is_series and held.members.exists():
        raise ActionError("This series has builds already: it stays a series.")
    changes: dict[str, Any] = {
        name: new for name, new in plan.columns().items() if getattr(held, name) != new
    }
    moved = False
    if plan.environments is not None:
        chosen = list(plan.environments)
        present = set(held.environments.values_list("pk", flat=True))
        if {environment.pk for environment in chosen} != present:
            changes["environments"] = chosen
            moved = True
    changed = update_record(held, by=by, cc_version=cc_version, **changes)
    if write_suites(changed, plan.suites):
        moved = True
        names = [suite.name for suite in plan.suites]
        record_audit("change suites", changed, by=by, details={"suites": names})
    if moved and changed.is_active and not changed.is_series:
        refresh_run(changed, by=by)
    changed.refresh_from_db()
    return changed


def delete_run(run: Run, *, by: AbstractBaseUser | None) -> int:
    """Delete a run; its results come back with it."""
    authorise(by, "manage_runs")
    return delete_record(run, by=by)
