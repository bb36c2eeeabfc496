"""Keep the tallies of a run true."""

from collections.abc import Mapping

from django.db.models import Case, F, IntegerField, Value, When

from moztrap.execution.models import Cell, Run, Tally
from moztrap.execution.progress import STATUSES

# Environment (0: anywhere) and status of a cell.
Standing = tuple[int, str]


def count_cells(run: Run) -> int:
    """Count all cells of a run that the caller holds; return how many there are."""
    progress = Cell.objects.filter(run=run).wanted().progress_by("environment")
    Tally.objects.filter(run=run).delete()
    Tally.objects.bulk_create(
        Tally(run=run, environment_id=environment, **dict(each.counts))
        for environment, each in progress.items()
    )
    return sum(each.total for each in progress.values())


def move_tallies(run: Run, before: Mapping[int, Standing], after: Mapping[int, Standing]) -> None:
    """Count cells where they stand now instead of where they stood; keys are their ids.

    One statement, and none if nothing moved.
    """
    shifts: dict[str, dict[int, int]] = {name: {} for name in STATUSES}
    for pk, (environment, old) in before.items():
        new = after[pk][1]
        if new != old:
            shifts[old][environment] = shifts[old].get(environment, 0) - 1
            shifts[new][environment] = shifts[new].get(environment, 0) + 1
    changes = {
        name: F(name)
        + Case(
            *(When(environment_key=key, then=Value(by)) for key, by in moved.items()),
            default=Value(0),
            output_field=IntegerField(),
        )
        for name, moved in shifts.items()
        if any(moved.values())
    }
    if changes:
        keys = {key for moved in shifts.values() for key in moved}
        Tally.objects.filter(run=run, environment_key__in=keys).update(**changes)
