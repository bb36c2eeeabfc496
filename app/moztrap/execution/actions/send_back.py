"""A second person finds that something must be tested again."""

from collections.abc import Collection
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser
from django.utils import timezone

from moztrap.core.actions import ActionError, atomic, record_audit
from moztrap.core.authority import authorise
from moztrap.core.policies import may
from moztrap.execution.actions.count_cells import move_tallies
from moztrap.execution.actions.hold_run import hold_run_for_results
from moztrap.execution.actions.record_results import hold_cells, settle
from moztrap.execution.models import Cell, Result, ResultStatus, Review
from moztrap.execution.querysets import ResultQuerySet

# What there is to disagree with.
_VERDICTS = (
    ResultStatus.PASSED,
    ResultStatus.FAILED,
    ResultStatus.BLOCKED,
    ResultStatus.INVALID,
)


@atomic()
def send_back_results(
    ids: Collection[int], *, by: AbstractBaseUser, comment: str, only_waiting: bool = False
) -> int:
    """Reject results with a word about why; return how many.

    A cell that one of them decides is pending again, and is given to its tester unless
    somebody has it already. The result itself stays as it was recorded. What was tested
    again meanwhile is left alone, and with ``only_waiting`` what somebody else has
    reviewed, too. Raises ActionError without a comment, for one's own results, in a run that
    is not active, and for what is not part of its run any more.
    """
    authorise(by, "review_results")
    if not comment.strip():
        raise ActionError("Say in a comment why it must be tested again.")
    rows = Result.objects.filter(pk__in=list(ids), latest=1, status__in=_VERDICTS)
    rows = (
        rows.filter(review=Review.PENDING) if only_waiting else rows.exclude(review=Review.REJECTED)
    )
    if rows.filter(tester=by).exists():
        raise ActionError("Somebody else must review what you found yourself.")
    cells_of: dict[int, set[int]] = {}
    for run, cell in rows.values_list("run", "cell"):
        cells_of.setdefault(run, set()).add(cell)
    # Everybody who holds several runs takes them in this order.
    return sum(
        _send_back(run, cells_of[run], rows, by=by, comment=comment) for run in sorted(cells_of)
    )


def _send_back(
    run_id: int, cells: set[int], rows: ResultQuerySet, *, by: AbstractBaseUser, comment: str
) -> int:
    run = hold_run_for_results(run_id)
    before = hold_cells(run, cells)
    # Read again now that nobody else can record here.
    held = list(rows.filter(run=run, cell__in=cells).order_by("pk").select_for_update())
    Result.objects.filter(pk__in=[result.pk for result in held]).update(
        review=Review.REJECTED,
        reviewed_on=timezone.now(),
        reviewed_by=by,
        review_comment=comment,
    )
    move_tallies(run, before, settle(before))
    _give_back(held)
    record_audit(
        "send back",
        run,
        by=by,
        details={"results": [result.pk for result in held], "comment": comment},
    )
    return len(held)


def _give_back(results: list[Result]) -> None:
    """Assign cells that nobody has to whoever tested them (3 statements for each tester)."""
    cells_of: dict[int, list[int]] = {}
    for result in results:
        if result.tester_id is not None:
            cells_of.setdefault(result.tester_id, []).append(result.cell_id)
    people: Any = get_user_model()._default_manager
    for tester in people.filter(pk__in=cells_of).order_by("pk"):
        if may(tester, "execute"):
            Cell.objects.filter(
                pk__in=cells_of[tester.pk], result__in=results, assignee=None
            ).update(assignee=tester)
