"""Activation and refresh: the right cases, in order, and never a lost result."""

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test.utils import CaptureQueriesContext

from moztrap.accounts.models import User
from moztrap.core.actions import ActionError, delete_record
from moztrap.core.models import AuditEntry
from moztrap.execution.actions import (
    RunPlan,
    Verdict,
    activate_run,
    deactivate_run,
    record_results,
    refresh_run,
    update_run,
)
from moztrap.execution.models import Cell, Result, Run, RunCaseVersion
from moztrap.execution.tests.conftest import (
    NAMES,
    Bench,
    CellOf,
    assert_counted,
    fill,
    names_in,
)
from moztrap.library.models import CaseVersion


def test_activation_takes_the_cases_in_order(bench: Bench, manager: User) -> None:
    other = bench.suite_of("First", bench.rows[2], bench.case("Polish"))
    run = bench.run(suites=[other, bench.suite])
    assert activate_run(run, by=manager).is_active
    # A case that two suites hold is run where it comes first.
    assert names_in(run) == ["Knock instead", "Polish", "Ring the bell", "Mute the bell"]
    assert list(run.runcaseversions.values_list("order", flat=True)) == [1, 2, 3, 4]
    assert Cell.objects.filter(run=run, status="pending").count() == 8
    assert_counted(run)
    assert AuditEntry.objects.filter(verb="refresh", actor=manager).exists()


def test_what_is_not_live_and_active_stays_out(bench: Bench) -> None:
    draft, gone = bench.case("Draft", status="draft"), bench.case("Gone")
    disabled = bench.case("Disabled", status="disabled")
    lost = bench.suite_of("Deleted suite", bench.case("In a deleted suite"))
    sleeping = bench.suite_of("Draft suite", bench.case("In a draft suite"))
    mixed = bench.suite_of("Mixed", draft, gone, disabled, bench.rows[0])
    run = bench.run(suites=[lost, sleeping, mixed])
    delete_record(gone.case, by=None)
    delete_record(lost, by=None)
    type(sleeping).objects.filter(pk=sleeping.pk).update(status="draft")
    activate_run(run, by=None)
    assert names_in(run) == ["Ring the bell"]


def test_only_shared_environments_make_cells(bench: Bench) -> None:
    bench.rows[0].environments.set(bench.environments[:1])
    bench.rows[1].environments.set(bench.environments[1:])
    bench.rows[2].environments.clear()
    run = activate_run(bench.run(environments=bench.environments[:1]), by=None)
    # One case shares none, and one that names none runs in all.
    assert names_in(run) == ["Ring the bell", "Knock instead"]
    cells = Cell.objects.filter(run=run)
    assert {cell.environment for cell in cells} == {bench.environments[0]}
    assert cells.count() == 2


def test_a_run_without_environments_runs_anywhere(bench: Bench, tester: User) -> None:
    run = activate_run(bench.run(environments=[]), by=None)
    assert {(cell.environment, cell.environment_key) for cell in Cell.objects.all()} == {(None, 0)}
    record_results(run, [Verdict(Cell.objects.all()[0].pk, "passed")], by=tester)
    refresh_run(run, by=None)
    assert Cell.objects.count() == 3
    assert_counted(run)
    # Given environments later, it starts over in these and keeps what was found.
    run.environments.set(bench.environments)
    refresh_run(run, by=None)
    assert Cell.objects.filter(is_withdrawn=False).count() == 6
    assert Result.objects.count() == 1
    assert_counted(run)


@pytest.mark.parametrize("loss", ["draft", "deleted", "environment", "suite", "taken out"])
def test_a_refresh_withdraws_and_keeps_results(
    bench: Bench, run: Run, cell: CellOf, tester: User, loss: str
) -> None:
    lost = cell("Mute the bell")
    [result] = record_results(run, [Verdict(lost.pk, "passed")], by=tester)
    row = bench.rows[1]
    undo: dict[str, Any] = {}
    if loss == "draft":
        CaseVersion.objects.filter(pk=row.pk).update(status="draft")
        undo = {"do": lambda: CaseVersion.objects.filter(pk=row.pk).update(status="active")}
    elif loss == "deleted":
        delete_record(row, by=None)
        undo = {"do": lambda: CaseVersion.everything.filter(pk=row.pk).update(deleted_on=None)}
    elif loss == "environment":
        row.environments.set(bench.environments[1:])
        undo = {"do": lambda: row.environments.set(bench.environments)}
    elif loss == "suite":
        run.suites.clear()
        undo = {"do": lambda: run.suites.set([bench.suite], through_defaults={"order": 1})}
    else:
        fill(bench.suite, [bench.rows[0].case, bench.rows[2].case])
        undo = {"do": lambda: fill(bench.suite, [each.case for each in bench.rows])}
    refresh_run(run, by=None)
    lost.refresh_from_db()
    assert lost.is_withdrawn
    assert lost.result == result
    assert Result.objects.get() == result
    assert_counted(run)
    assert run.tallies.progress().passed == 0
    undo["do"]()
    refresh_run(run, by=None)
    lost.refresh_from_db()
    assert (lost.is_withdrawn, lost.status, lost.result) == (False, "passed", result)
    assert names_in(run) == list(NAMES)
    assert_counted(run)


def test_a_refresh_brings_new_cases_and_a_new_order(bench: Bench, run: Run) -> None:
    before = set(Cell.objects.values_list("pk", flat=True))
    new = bench.case("Polish")
    fill(bench.suite, [new.case, *(row.case for row in reversed(bench.rows))])
    snapshot = refresh_run(run, by=None)
    assert (snapshot.cases, snapshot.cells) == (4, 8)
    assert names_in(run) == ["Polish", *reversed(NAMES)]
    assert before < set(Cell.objects.values_list("pk", flat=True))


def test_a_refresh_of_what_is_right_changes_nothing(run: Run) -> None:
    def rows() -> list[list[Any]]:
        return [list(model.objects.order_by("pk").values()) for model in (RunCaseVersion, Cell)]

    before = rows()
    refresh_run(run, by=None)
    assert rows() == before


def test_its_cost_does_not_grow_with_cases(bench: Bench) -> None:
    costs = []
    for number in (1, 8):
        rows = [bench.case(f"Case {number} {each}") for each in range(number)]
        run = bench.run(f"Run {number}", suites=[bench.suite_of(f"Suite {number}", *rows)])
        with CaptureQueriesContext(
            connection,
        ) as queries:
            activate_run(run, by=None)
        costs.append(len(queries))
    assert costs[0] == costs[1]


def test_editing_an_active_run_refreshes_it(bench: Bench, run: Run, manager: User) -> None:
    plan = RunPlan(name="Renamed", suites=[bench.suite], environments=bench.environments[:1])
    changed = update_run(run, by=manager, cc_version=run.cc_version, plan=plan)
    assert changed.name == "Renamed"
    assert run.tallies.progress().total == 3
    assert Cell.objects.filter(is_withdrawn=True).count() == 3


def test_a_closed_run_is_neither_refreshed_nor_opened_twice(run: Run) -> None:
    with pytest.raises(ActionError, match="active already"):
        activate_run(run, by=None)
    deactivate_run(run, by=None)
    with pytest.raises(ActionError, match="not active"):
        refresh_run(run, by=None)
    with pytest.raises(ActionError, match="disabled already"):
        deactivate_run(run, by=None)
    assert activate_run(run, by=None).is_active


def test_only_managers_open_runs(bench: Bench, tester: User) -> None:
    run = bench.run()
    for action in (activate_run, refresh_run, deactivate_run):
        with pytest.raises(PermissionDenied):
            action(run, by=tester)
