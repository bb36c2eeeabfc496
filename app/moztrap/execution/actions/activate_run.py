"""Open a run to testers, bring it up to date, and close it."""

from django.contrib.auth.models import AbstractBaseUser
from django.utils import timezone

from moztrap.core.actions import ActionError, atomic, record_audit, update_record
from moztrap.core.authority import authorise
from moztrap.execution.actions.hold_run import hold_run
from moztrap.execution.actions.take_snapshot import Snapshot, take_snapshot
from moztrap.execution.models import Run, RunStatus


@atomic()
def activate_run(run: Run, *, by: AbstractBaseUser | None) -> Run:
    """Open a run to testers; it takes its snapshot first, unless it is a series."""
    authorise(by, "manage_runs")
    return open_run(hold_run(run), by=by)


def open_run(held: Run, *, by: AbstractBaseUser | None) -> Run:
    """Do the same for a run that is held, for whoever may otherwise."""
    if held.is_active:
        raise ActionError(f"“{held}” is active already.")
    if held.is_series:
        return update_record(held, by=by, status=RunStatus.ACTIVE)
    bring_up_to_date(held, by=by)
    return update_record(held, by=by, status=RunStatus.ACTIVE, refreshed_on=timezone.now())


@atomic()
def refresh_run(run: Run, *, by: AbstractBaseUser | None) -> Snapshot:
    """Bring an active run up to date with its suites, cases and environments.

    No result is ever lost by it: what is not wanted any more is withdrawn.
    """
    authorise(by, "manage_runs")
    held = hold_run(run)
    if not held.is_active:
        raise ActionError(f"“{held}” is not active; activating it brings it up to date.")
    if held.is_series:
        raise ActionError(f"“{held}” is a series; its builds are refreshed one by one.")
    return bring_up_to_date(held, by=by)


def bring_up_to_date(held: Run, *, by: AbstractBaseUser | None) -> Snapshot:
    """Take the snapshot of a run that is held, for whoever may."""
    snapshot = take_snapshot(held)
    # Not a change of what people write about the run: whoever edits it does not notice.
    Run.objects.filter(pk=held.pk).update(refreshed_on=timezone.now())
    record_audit("refresh", held, by=by, details={"cases": snapshot.cases, "cells": snapshot.cells})
    return snapshot


@atomic()
def deactivate_run(
    run: Run, *, by: AbstractBaseUser | None, status: str = RunStatus.DISABLED
) -> Run:
    """Close a run to testers: for good, or as a draft for more work on it."""
    authorise(by, "manage_runs")
    held = hold_run(run)
    if held.status == status:
        raise ActionError(f"“{held}” is {status} already.")
    return update_record(held, by=by, status=status)
