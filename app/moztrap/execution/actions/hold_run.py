"""The order in which rows of a run are held: the run, then its cells, then its tallies.

Whoever keeps to it never waits for somebody who waits for them.
"""

from moztrap.core.actions import ActionError
from moztrap.execution.models import Run
from moztrap.execution.sql import read_shared


def hold_run(run: Run) -> Run:
    """Wait until nobody else changes a run or records in it; return it as it is then."""
    held = Run.objects.select_for_update().filter(pk=run.pk).first()
    if held is None:
        raise ActionError("Somebody has deleted this run.")
    fresh: Run = held
    return fresh


def hold_run_for_results(run_id: int) -> Run:
    """Keep a run as it is while results are recorded, by any number of testers; return it."""
    run = read_shared(Run, run_id)
    if run is None or run.deleted_on is not None:
        raise ActionError("Somebody has deleted this run.")
    if not run.is_active:
        raise ActionError(f"“{run}” is not active any more, so nothing was recorded.")
    return run
