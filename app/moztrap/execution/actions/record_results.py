"""Record what testers found."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import connection
from django.db.models import Case, F, Max, OuterRef, Subquery, Value, When

from moztrap.core.actions import ActionError, atomic
from moztrap.core.authority import authorise
from moztrap.execution.actions.count_cells import Standing, move_tallies
from moztrap.execution.actions.hold_run import hold_run_for_results
from moztrap.execution.models import (
    BugLink,
    Cell,
    CellStatus,
    Result,
    ResultStatus,
    Review,
    Run,
    StepResult,
)
from moztrap.library.models import CaseStep

# Few enough for the parameters that SQLite takes in one statement.
_BATCH = 500
# What nobody could act on without a word about it.
EXPLAINED = (ResultStatus.FAILED, ResultStatus.BLOCKED, ResultStatus.INVALID)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What somebody found in one cell; ``steps`` says what came of single steps, by number."""

    cell_id: int
    status: str
    comment: str = ""
    bug_url: str = ""
    duration: int | None = None
    steps: tuple[tuple[int, str], ...] = ()


@atomic()
def record_results(run: Run, verdicts: Sequence[Verdict], *, by: AbstractBaseUser) -> list[Result]:
    """Add results to an active run, all of them or none.

    A constant number of statements for each 500 of them. Raises ActionError where a case
    was withdrawn meanwhile, a step does not exist, or a comment is missing. Results are
    their own log: the audit log does not repeat them.
    """
    authorise(by, "execute")
    for verdict in verdicts:
        if verdict.status in EXPLAINED and not verdict.comment.strip():
            raise ActionError(f"Say in a comment why it is {verdict.status}.")
        if verdict.status == ResultStatus.SKIPPED:
            authorise(by, "manage_runs")
    held = hold_run_for_results(run.pk)
    results: list[Result] = []
    for start in range(0, len(verdicts), _BATCH):
        results += _record(held, verdicts[start : start + _BATCH], by)
    return results


def _record(run: Run, verdicts: Sequence[Verdict], by: AbstractBaseUser) -> list[Result]:
    ids = {verdict.cell_id for verdict in verdicts}
    cells = _hold_cells(run, ids)
    before = {cell.pk: (cell.environment_key, cell.status) for cell in cells.values()}
    steps = _steps_of(verdicts, cells)
    Result.objects.filter(cell__in=ids, tester=by, latest=1).update(latest=None)
    newest = {verdict.cell_id: number for number, verdict in enumerate(verdicts)}
    results = [
        Result(
            run=run,
            cell_id=verdict.cell_id,
            tester=by,
            status=verdict.status,
            comment=verdict.comment,
            bug_url=verdict.bug_url,
            duration=verdict.duration,
            latest=1 if newest[verdict.cell_id] == number else None,
            review=Review.PENDING if verdict.status in EXPLAINED else Review.NONE,
        )
        for number, verdict in enumerate(verdicts)
    ]
    _insert(results, with_keys=any(verdict.steps for verdict in verdicts))
    StepResult.objects.bulk_create(
        StepResult(
            result=result,
            step=steps[cells[verdict.cell_id].runcaseversion.caseversion_id, number],
            number=number,
            instruction=steps[
                cells[verdict.cell_id].runcaseversion.caseversion_id, number
            ].instruction,
            status=status,
        )
        for result, verdict in zip(results, verdicts, strict=True)
        for number, status in verdict.steps
    )
    BugLink.objects.bulk_create(
        (
            BugLink(
                case_id=cells[verdict.cell_id].runcaseversion.caseversion.case_id,
                url=verdict.bug_url,
            )
            for verdict in verdicts
            if verdict.bug_url
        ),
        ignore_conflicts=True,
    )
    move_tallies(run, before, settle(ids))
    return results


def _hold_cells(run: Run, ids: set[int]) -> dict[int, Cell]:
    # Held in one order by everybody, and apart from the rows they are joined with.
    held = set(
        Cell.objects.filter(pk__in=ids, run=run)
        .wanted()
        .order_by("pk")
        .select_for_update()
        .values_list("pk", flat=True)
    )
    if held != ids:
        raise ActionError(
            "What you tested is not part of this run any more: somebody has refreshed it."
        )
    rows = Cell.objects.select_related("runcaseversion__caseversion").filter(pk__in=ids)
    return {cell.pk: cell for cell in rows}


def _steps_of(
    verdicts: Iterable[Verdict], cells: Mapping[int, Cell]
) -> dict[tuple[int, int], CaseStep]:
    wanted = {
        (cells[verdict.cell_id].runcaseversion.caseversion_id, number)
        for verdict in verdicts
        for number, _ in verdict.steps
    }
    if not wanted:
        return {}
    rows = CaseStep.objects.filter(
        caseversion__in={caseversion for caseversion, _ in wanted},
        number__in={number for _, number in wanted},
    )
    found = {(step.caseversion_id, step.number): step for step in rows}
    for caseversion, number in sorted(wanted):
        if (caseversion, number) not in found:
            raise ActionError(f"There is no step {number}: somebody has changed the case.")
    return found


def _insert(results: list[Result], *, with_keys: bool) -> None:
    if with_keys and not connection.features.can_return_rows_from_bulk_insert:
        # MySQL does not tell the keys of several rows.
        for result in results:
            result.save(force_insert=True)
        return
    Result.objects.bulk_create(results)


def settle(ids: Iterable[int]) -> dict[int, Standing]:
    """Let the newest result of each cell decide it; return where the cells stand then.

    The newest one, whoever recorded it: a verdict decides, and a restart takes the cell
    back to pending. The caller holds the cells.
    """
    cells = Cell.objects.filter(pk__in=list(ids))
    newest = (
        Result.objects.filter(cell=OuterRef("pk"))
        .order_by()
        .values("cell")
        .annotate(newest=Max("pk"))
        .values("newest")
    )
    cells.update(result=Subquery(newest))
    deciding: Any = Result.objects.filter(pk=OuterRef("result"))
    restarted = When(status=ResultStatus.RESTARTED, then=Value(CellStatus.PENDING.value))
    cells.update(
        status=Subquery(
            deciding.annotate(standing=Case(restarted, default=F("status"))).values("standing")[:1]
        ),
        tester=Subquery(deciding.exclude(status=ResultStatus.RESTARTED).values("tester")[:1]),
    )
    return {
        pk: (environment, status)
        for pk, environment, status in cells.values_list("pk", "environment_key", "status")
    }
