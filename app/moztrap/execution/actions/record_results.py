"""Record what testers found."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db.models import Case, F, Max, OuterRef, Q, Subquery, Value, When

from moztrap.core.actions import ActionError, atomic
from moztrap.core.actions.keyed import create_keyed
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
    return _write_results(run, verdicts, by)


@atomic()
def write_results(run: Run, verdicts: Sequence[Verdict], *, tester: Any) -> list[Result]:
    """Do the same for a tester who was found to be allowed, or who is part of a sample."""
    return _write_results(run, verdicts, tester)


def _write_results(run: Run, verdicts: Sequence[Verdict], tester: Any) -> list[Result]:
    held = hold_run_for_results(run.pk)
    results: list[Result] = []
    for start in range(0, len(verdicts), _BATCH):
        results += _record(held, verdicts[start : start + _BATCH], tester)
    return results


def _record(run: Run, verdicts: Sequence[Verdict], by: Any) -> list[Result]:
    ids = {verdict.cell_id for verdict in verdicts}
    before = hold_cells(run, ids)
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
    create_keyed(results, batch_size=_BATCH)
    if any(verdict.steps or verdict.bug_url for verdict in verdicts):
        _write_details(results, verdicts)
    # Several testers record one by one, all day: that costs one statement, not three.
    alone = results[0] if len(results) == 1 else None
    move_tallies(run, before, settle_one(alone, before) if alone else settle(ids))
    return results


def hold_cells(run: Run, ids: set[int]) -> dict[int, Standing]:
    """Hold cells of a run that the caller holds, and return where they stand.

    Raises ActionError where a refresh has withdrawn one of them.
    """
    # By their keys alone, so that no other row is held, and in one order by everybody.
    cells = list(Cell.objects.filter(pk__in=ids).order_by("pk").select_for_update())
    wanted = [cell for cell in cells if cell.run_id == run.pk and not cell.is_withdrawn]
    if len(wanted) != len(ids):
        raise ActionError(
            "What you tested is not part of this run any more: somebody has refreshed it."
        )
    return {cell.pk: (cell.environment_key, cell.status) for cell in cells}


def _write_details(results: Sequence[Result], verdicts: Sequence[Verdict]) -> None:
    """Write what came of single steps, and the bugs that the cases are known for."""
    detailed = {verdict.cell_id for verdict in verdicts if verdict.steps or verdict.bug_url}
    rows = Cell.objects.select_related("runcaseversion__caseversion").filter(pk__in=detailed)
    versions = {cell.pk: cell.runcaseversion.caseversion for cell in rows}
    steps = _steps_of(verdicts, {pk: version.pk for pk, version in versions.items()})
    found = []
    for result, verdict in zip(results, verdicts, strict=True):
        for number, status in verdict.steps:
            step = steps[versions[verdict.cell_id].pk, number]
            found.append(
                StepResult(
                    result=result,
                    step=step,
                    number=number,
                    instruction=step.instruction,
                    status=status,
                )
            )
    StepResult.objects.bulk_create(found)
    BugLink.objects.bulk_create(
        (
            BugLink(case_id=versions[verdict.cell_id].case_id, url=verdict.bug_url)
            for verdict in verdicts
            if verdict.bug_url
        ),
        ignore_conflicts=True,
    )


def _steps_of(
    verdicts: Iterable[Verdict], versions: Mapping[int, int]
) -> dict[tuple[int, int], CaseStep]:
    wanted = {
        (versions[verdict.cell_id], number) for verdict in verdicts for number, _ in verdict.steps
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


def settle_one(result: Result, before: Mapping[int, Standing]) -> dict[int, Standing]:
    """Do what `settle` does for the cell of one result, which is its newest."""
    takes_back = result.status == ResultStatus.RESTARTED
    status = CellStatus.PENDING.value if takes_back else result.status
    Cell.objects.filter(pk=result.cell_id).update(
        result=result, status=status, tester=None if takes_back else result.tester
    )
    return {result.cell_id: (before[result.cell_id][0], status)}


def settle(ids: Iterable[int]) -> dict[int, Standing]:
    """Let the newest result of each cell decide it; return where the cells stand then.

    The newest one, whoever recorded it: a verdict decides; a restart takes the cell back
    to pending, and so does a verdict that a reviewer sent back. The caller holds the cells.
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
    undecided = Q(status=ResultStatus.RESTARTED) | Q(review=Review.REJECTED)
    taken_back = When(undecided, then=Value(CellStatus.PENDING.value))
    cells.update(
        status=Subquery(
            deciding.annotate(standing=Case(taken_back, default=F("status"))).values("standing")[:1]
        ),
        tester=Subquery(deciding.exclude(undecided).values("tester")[:1]),
    )
    return {
        pk: (environment, status)
        for pk, environment, status in cells.values_list("pk", "environment_key", "status")
    }
