"""Say who is to test what."""

from typing import Any

from django.contrib.auth.models import AbstractBaseUser

from moztrap.core.actions import ActionError, atomic, record_audit
from moztrap.core.authority import authorise
from moztrap.core.policies import may
from moztrap.execution.actions.hold_run import hold_run_for_results
from moztrap.execution.models import Run
from moztrap.execution.querysets import CellQuerySet


@atomic()
def assign_cells(
    run: Run, cells: CellQuerySet, *, by: AbstractBaseUser | None, to: Any | None
) -> int:
    """Give cells of an active run to a tester, or to nobody (None); return how many changed.

    One statement, whatever their number. Whoever tests meanwhile is not disturbed.
    """
    authorise(by, "manage_runs")
    if to is not None and not may(to, "execute"):
        raise ActionError(f"{to} may not run tests, so nothing can be assigned to them.")
    held = hold_run_for_results(run.pk)
    count: int = cells.filter(run=held).wanted().exclude(assignee=to).update(assignee=to)
    if count:
        record_audit(
            "assign", held, by=by, details={"to": str(to) if to else "nobody", "cells": count}
        )
    return count
