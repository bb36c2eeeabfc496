"""A reviewer sends results back: the test is pending again, and its tester is told."""

from collections.abc import Callable

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from moztrap.accounts.models import User
from moztrap.core.actions import ActionError
from moztrap.core.models import AuditEntry
from moztrap.execution.actions import (
    Verdict,
    activate_run,
    assign_cells,
    deactivate_run,
    record_results,
    refresh_run,
    review_results,
    send_back_results,
)
from moztrap.execution.models import Cell, Result, Run
from moztrap.execution.progress import Progress
from moztrap.execution.tests.conftest import Bench, CellOf, assert_counted, fill

Browse = Callable[[User | None], Client]
WHY = "Which bell was it?"


@pytest.fixture
def target(cell: CellOf) -> Cell:
    """The cell that is argued about."""
    return cell("Ring the bell")


def record(run: Run, cell: Cell, status: str, by: User) -> Result:
    [result] = record_results(run, [Verdict(cell.pk, status, "It hums.")], by=by)
    return result


def test_a_cell_is_pending_again_and_given_to_its_tester(
    run: Run, target: Cell, tester: User, manager: User
) -> None:
    result = record(run, target, "failed", tester)
    assert send_back_results([result.pk], by=manager, comment=WHY) == 1
    target.refresh_from_db()
    result.refresh_from_db()
    assert (target.status, target.tester, target.assignee) == ("pending", None, tester)
    assert (result.review, result.reviewed_by, result.review_comment) == ("rejected", manager, WHY)
    # What was found stays as it was recorded.
    assert (result.status, result.comment, result.latest) == ("failed", "It hums.", 1)
    assert run.tallies.progress() == Progress(pending=6)
    assert_counted(run)
    entry = AuditEntry.objects.get(verb="send back")
    assert entry.details == {"results": [result.pk], "comment": WHY}


def test_testing_it_again_settles_it(run: Run, target: Cell, tester: User, manager: User) -> None:
    result = record(run, target, "failed", tester)
    send_back_results([result.pk], by=manager, comment=WHY)
    record(run, target, "passed", tester)
    assert run.tallies.progress() == Progress(passed=1, pending=5)
    assert not Result.objects.sent_back().exists()
    assert_counted(run)


def test_a_passed_result_can_be_sent_back_too(
    run: Run, target: Cell, tester: User, manager: User
) -> None:
    result = record(run, target, "passed", tester)
    assert send_back_results([result.pk], by=manager, comment=WHY) == 1
    assert run.tallies.progress() == Progress(pending=6)


def test_the_verdict_of_somebody_else_goes_on_standing(
    run: Run, target: Cell, tester: User, manager: User, admin: User
) -> None:
    older = record(run, target, "failed", tester)
    record(run, target, "passed", manager)
    send_back_results([older.pk], by=admin, comment=WHY)
    target.refresh_from_db()
    assert (target.status, target.tester, target.assignee) == ("passed", manager, None)
    assert_counted(run)


def test_who_has_it_keeps_it(
    run: Run, target: Cell, tester: User, manager: User, creator: User
) -> None:
    assign_cells(run, Cell.objects.filter(pk=target.pk), by=None, to=creator)
    result = record(run, target, "failed", tester)
    send_back_results([result.pk], by=manager, comment=WHY)
    target.refresh_from_db()
    assert target.assignee == creator


def test_somebody_who_may_not_test_any_more_is_given_nothing(
    run: Run, target: Cell, tester: User, manager: User
) -> None:
    result = record(run, target, "failed", tester)
    User.objects.filter(pk=tester.pk).update(is_active=False)
    send_back_results([result.pk], by=manager, comment=WHY)
    target.refresh_from_db()
    assert (target.status, target.assignee) == ("pending", None)


def test_what_is_refused(run: Run, target: Cell, tester: User, manager: User) -> None:
    result = record(run, target, "failed", tester)
    own = record(run, target, "failed", manager)
    with pytest.raises(PermissionDenied):
        send_back_results([result.pk], by=tester, comment=WHY)
    with pytest.raises(ActionError, match="why it must be tested again"):
        send_back_results([result.pk], by=manager, comment="  ")
    with pytest.raises(ActionError, match="found yourself"):
        send_back_results([result.pk, own.pk], by=manager, comment=WHY)
    assert not Result.objects.filter(review="rejected").exists()


def test_nothing_can_be_tested_again_in_a_closed_run(
    run: Run, target: Cell, tester: User, manager: User
) -> None:
    result = record(run, target, "failed", tester)
    deactivate_run(run, by=None)
    with pytest.raises(ActionError, match="not active any more"):
        send_back_results([result.pk], by=manager, comment=WHY)


def test_nor_what_is_not_part_of_its_run_any_more(
    bench: Bench, run: Run, target: Cell, tester: User, manager: User
) -> None:
    result = record(run, target, "failed", tester)
    fill(bench.suite, [row.case for row in bench.rows[1:]])
    refresh_run(run, by=None)
    with pytest.raises(ActionError, match="refreshed"):
        send_back_results([result.pk], by=manager, comment=WHY)


def test_what_happened_meanwhile_stays(
    run: Run, target: Cell, tester: User, manager: User, admin: User
) -> None:
    first = record(run, target, "failed", tester)
    review_results([first.pk], by=admin)
    # From the queue, what somebody has accepted meanwhile stays accepted.
    assert send_back_results([first.pk], by=manager, comment=WHY, only_waiting=True) == 0
    assert send_back_results([first.pk], by=manager, comment=WHY) == 1
    assert send_back_results([first.pk], by=admin, comment="Again.") == 0
    second = record(run, target, "restarted", tester)
    assert send_back_results([first.pk, second.pk], by=manager, comment=WHY) == 0


def test_results_of_several_runs_go_back_together(
    bench: Bench, run: Run, tester: User, manager: User
) -> None:
    other = activate_run(bench.run("Round two"), by=None)
    results = [
        record(each, cell, "failed", tester)
        for each in (run, other)
        for cell in each.cells.order_by("pk")
    ]
    ids = [result.pk for result in results]
    assert send_back_results(ids, by=manager, comment=WHY) == 12
    for each in (run, other):
        assert each.tallies.progress() == Progress(pending=6)
        assert_counted(each)


def test_its_cost_does_not_grow_with_their_number(run: Run, tester: User, manager: User) -> None:
    costs = []
    # The permissions of the manager are read once, at first.
    for number in (1, 2, 6):
        cells = list(run.cells.order_by("pk")[:number])
        ids = [record(run, cell, "failed", tester).pk for cell in cells]
        with CaptureQueriesContext(connection) as queries:
            assert send_back_results(ids, by=manager, comment=WHY) == number
        costs.append(len(queries))
    assert costs[1] == costs[2]


# --- pages --------------------------------------------------------------------------


def test_the_queue_sends_back_what_was_chosen(
    browse: Browse, run: Run, target: Cell, tester: User, manager: User
) -> None:
    result = record(run, target, "failed", tester)
    url = reverse("reports:review")
    client = browse(manager)
    page = client.post(url, {"result": result.pk, "reject": "1", "comment": ""}).content.decode()
    assert "Say in a comment why it must be tested again." in page
    # What was chosen stays chosen.
    assert f'value="{result.pk}" checked' in page
    data = {"result": result.pk, "reject": "1", "comment": WHY}
    page = client.post(url, data, follow=True).content.decode()
    assert "Sent 1 result back to be tested again." in page
    assert "Nothing waits for review" in page
    result.refresh_from_db()
    assert result.review == "rejected"


def test_the_tester_is_told(
    browse: Browse, run: Run, target: Cell, tester: User, manager: User
) -> None:
    result = record(run, target, "failed", tester)
    client = browse(tester)
    assert "Sent back to you" not in client.get("/work/").content.decode()
    send_back_results([result.pk], by=manager, comment=WHY)
    work = client.get("/work/").content.decode()
    opened = reverse("execution:case", args=[run.pk, target.environment_id, target.pk])
    assert "Sent back to you" in work
    assert WHY in work
    assert f'href="{opened}"' in work
    page = client.get(opened, follow=True).content.decode()
    assert "sent back that it is failed, which you found. Please test it again." in page
    assert WHY in page
    listed = reverse("execution:execute", args=[run.pk, target.environment_id])
    rows = client.get(listed, {"review": "rejected"}).context["listing"].rows
    assert [cell.pk for cell in rows] == [target.pk]
    record(run, target, "passed", tester)
    assert "Sent back to you" not in client.get("/work/").content.decode()
    assert "Please test it again" not in client.get(opened, follow=True).content.decode()


def test_a_result_is_sent_back_from_the_page_of_its_case(
    browse: Browse, run: Run, target: Cell, tester: User, manager: User
) -> None:
    result = record(run, target, "passed", tester)
    page = reverse("reports:run_case", args=[run.pk, target.runcaseversion_id])
    url = reverse("reports:send_back", args=[result.pk])
    assert url not in browse(tester).get(page).content.decode()
    client = browse(manager)
    assert url in client.get(page).content.decode()
    told = client.post(url, {"comment": " "}, follow=True).content.decode()
    assert "Say in a comment why" in told
    told = client.post(url, {"comment": WHY}, follow=True).content.decode()
    assert "Sent back: it is to be tested again." in told
    assert "sent back by manager" in told
    assert url not in told
    assert "meanwhile" in client.post(url, {"comment": WHY}, follow=True).content.decode()
    assert browse(tester).post(url, {"comment": WHY}).status_code == 403
    assert client.post(reverse("reports:send_back", args=[999])).status_code == 404


def test_results_that_were_sent_back_can_be_found(
    browse: Browse, run: Run, target: Cell, tester: User, manager: User
) -> None:
    result = record(run, target, "failed", tester)
    send_back_results([result.pk], by=manager, comment=WHY)
    url = reverse("reports:run_results", args=[run.pk])
    answer = browse(tester).get(url, {"review": "rejected"})
    assert [row.pk for row in answer.context["listing"].rows] == [result.pk]
    assert "sent back" in answer.content.decode()
