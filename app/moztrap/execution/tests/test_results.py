"""Results: what decides a cell, what is counted, what is refused."""

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from moztrap.accounts.models import User
from moztrap.core.actions import ActionError
from moztrap.execution.actions import (
    Verdict,
    deactivate_run,
    record_results,
    refresh_run,
    review_results,
    skip_case,
    unskip_case,
)
from moztrap.execution.models import BugLink, Cell, Result, Run, StepResult
from moztrap.execution.progress import Progress
from moztrap.execution.tests.conftest import Bench, CellOf, assert_counted, fill
from moztrap.library.actions import StepText
from moztrap.library.actions.write_steps import write_steps

BUG = "https://bugs.example/1"


def record(run: Run, cell: Cell, status: str, by: User, **values: Any) -> Result:
    if status in ("failed", "blocked", "invalid"):
        values.setdefault("comment", "Because.")
    [result] = record_results(run, [Verdict(cell.pk, status, **values)], by=by)
    cell.refresh_from_db()
    return result


@pytest.mark.parametrize("status", ["passed", "failed", "blocked", "invalid"])
def test_a_verdict_decides_its_cell(run: Run, cell: CellOf, tester: User, status: str) -> None:
    target = cell("Ring the bell")
    result = record(run, target, status, tester)
    assert (target.status, target.result, target.tester) == (status, result, tester)
    progress = run.tallies.progress()
    assert (getattr(progress, status), progress.pending, progress.total) == (1, 5, 6)
    assert progress.percent == 16
    assert result.review == ("" if status == "passed" else "pending")
    assert_counted(run)


def test_the_newest_result_decides_whoever_recorded_it(
    run: Run, cell: CellOf, tester: User, manager: User
) -> None:
    target = cell("Ring the bell")
    first = record(run, target, "failed", tester)
    second = record(run, target, "passed", manager)
    assert (target.status, target.tester) == ("passed", manager)
    third = record(run, target, "blocked", tester)
    latest = dict(Result.objects.values_list("pk", "latest"))
    assert latest == {first.pk: None, second.pk: 1, third.pk: 1}
    assert run.tallies.progress() == Progress(blocked=1, pending=5)
    assert_counted(run)


def test_a_restart_takes_the_cell_back(run: Run, cell: CellOf, tester: User, manager: User) -> None:
    target = cell("Ring the bell")
    record(run, target, "passed", manager)
    record(run, target, "restarted", tester)
    assert (target.status, target.tester) == ("pending", None)
    assert run.tallies.progress() == Progress(pending=6)
    assert Result.objects.count() == 2


def test_the_failed_step_is_kept_as_it_read(
    bench: Bench, run: Run, cell: CellOf, tester: User
) -> None:
    result = record(run, cell("Ring the bell"), "failed", tester, steps=((2, "failed"),))
    write_steps(bench.rows[0], [StepText("Something else.")])
    step = StepResult.objects.get()
    assert (step.result, step.number, step.instruction, step.step) == (result, 2, "Let go.", None)


def test_a_step_that_is_not_there_is_refused(run: Run, cell: CellOf, tester: User) -> None:
    with pytest.raises(ActionError, match="no step 9"):
        record(run, cell("Ring the bell"), "failed", tester, steps=((9, "failed"),))
    assert not Result.objects.exists()


def test_a_bug_is_known_once_for_all_versions_of_its_case(
    run: Run, cell: CellOf, tester: User
) -> None:
    for element in ("Debian", "Windows"):
        record(run, cell("Ring the bell", element), "failed", tester, bug_url=BUG)
    assert [link.url for link in BugLink.objects.all()] == [BUG]


@pytest.mark.parametrize("status", ["failed", "blocked", "invalid"])
def test_what_needs_a_word_is_refused_without(
    run: Run, cell: CellOf, tester: User, status: str
) -> None:
    with pytest.raises(ActionError, match="comment"):
        record(run, cell("Ring the bell"), status, tester, comment=" ")


def test_skipping_covers_all_environments_once(
    run: Run, cell: CellOf, tester: User, manager: User, admin: User
) -> None:
    target = cell("Ring the bell")
    with pytest.raises(PermissionDenied):
        skip_case(target.runcaseversion, by=tester)
    with pytest.raises(PermissionDenied):
        record(run, target, "skipped", tester)
    skip_case(target.runcaseversion, by=manager)
    # Two who skip the same cell are not counted twice.
    skip_case(target.runcaseversion, by=admin)
    progress = run.tallies.progress()
    assert (progress.skipped, progress.required, progress.total) == (2, 4, 6)
    assert_counted(run)
    unskip_case(target.runcaseversion, by=manager)
    assert run.tallies.progress() == Progress(pending=6)
    with pytest.raises(ActionError, match="nothing to change"):
        unskip_case(target.runcaseversion, by=manager)


def test_completion_is_about_cells() -> None:
    assert Progress().percent == 0
    assert Progress(skipped=3).percent == 100
    assert Progress(passed=1, failed=1, skipped=2, pending=0).is_complete
    assert Progress(passed=199, pending=1).percent == 99
    assert Progress(blocked=1, invalid=1, pending=2).percent == 50


def test_a_closed_run_takes_no_results(run: Run, cell: CellOf, tester: User) -> None:
    deactivate_run(run, by=None)
    with pytest.raises(ActionError, match="not active any more"):
        record(run, cell("Ring the bell"), "passed", tester)


def test_what_was_withdrawn_takes_no_results(
    bench: Bench, run: Run, cell: CellOf, tester: User
) -> None:
    target = cell("Ring the bell")
    fill(bench.suite, [row.case for row in bench.rows[1:]])
    refresh_run(run, by=None)
    with pytest.raises(ActionError, match="refreshed"):
        record(run, target, "passed", tester)


def test_all_of_several_or_none(run: Run, tester: User) -> None:
    ids = list(Cell.objects.values_list("pk", flat=True))
    bad = [*(Verdict(pk, "passed") for pk in ids), Verdict(ids[-1] + 99, "passed")]
    with pytest.raises(ActionError):
        record_results(run, bad, by=tester)
    assert not Result.objects.exists()
    twice = [*(Verdict(pk, "passed") for pk in ids), Verdict(ids[0], "blocked", "Later.")]
    record_results(run, twice, by=tester)
    assert run.tallies.progress() == Progress(passed=5, blocked=1)
    assert Result.objects.newest().count() == 6
    assert_counted(run)


def test_their_cost_does_not_grow_with_their_number(run: Run, tester: User) -> None:
    ids = list(Cell.objects.values_list("pk", flat=True))
    record_results(run, [Verdict(ids[0], "passed")], by=tester)
    costs = []
    for chosen in (ids[:2], ids):
        verdicts = [Verdict(pk, "failed", "No.", BUG, steps=((1, "failed"),)) for pk in chosen]
        with CaptureQueriesContext(connection) as queries:
            record_results(run, verdicts, by=tester)
        costs.append(len(queries))
    assert costs[0] == costs[1]


def test_the_database_keeps_one_newest_result(run: Run, cell: CellOf, tester: User) -> None:
    target = cell("Ring the bell")
    record(run, target, "passed", tester)
    with pytest.raises(IntegrityError), transaction.atomic():
        Result.objects.create(run=run, cell=target, tester=tester, status="failed")


def test_only_testers_record(run: Run, cell: CellOf, outsider: User) -> None:
    with pytest.raises(PermissionDenied):
        record(run, cell("Ring the bell"), "passed", outsider)


def test_a_second_person_reviews(run: Run, cell: CellOf, tester: User, manager: User) -> None:
    result = record(run, cell("Ring the bell"), "failed", tester)
    own = record(run, cell("Mute the bell"), "failed", manager)
    with pytest.raises(PermissionDenied):
        review_results([result.pk], by=tester)
    with pytest.raises(ActionError, match="Somebody else"):
        review_results([result.pk, own.pk], by=manager)
    assert review_results([result.pk], by=manager, comment="Confirmed.") == 1
    assert review_results([result.pk], by=manager) == 0
    result.refresh_from_db()
    assert (result.review, result.reviewed_by, result.review_comment) == (
        *("reviewed", manager),
        "Confirmed.",
    )


def test_what_was_tested_again_needs_no_review(run: Run, cell: CellOf, tester: User) -> None:
    target = cell("Ring the bell")
    record(run, target, "failed", tester)
    record(run, target, "passed", tester)
    assert not Result.objects.to_review().exists()
