"""What others find appears on a page of tests that stays open."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from moztrap.accounts.models import User
from moztrap.execution.actions import (
    Verdict,
    activate_run,
    assign_cells,
    deactivate_run,
    record_results,
    refresh_run,
)
from moztrap.execution.models import Cell, Run
from moztrap.execution.tests.conftest import Bench, CellOf
from moztrap.library.models import Status

Browse = Callable[[User | None], Client]


class Watcher:
    """A page that is open in somebody's browser: it knows what it shows."""

    def __init__(self, client: Client, run: Run, cells: list[Cell]) -> None:
        self.client = client
        self.url = reverse("execution:progress", args=[run.pk, cells[0].environment_id])
        self.stamps = {cell.pk: cell.stamp for cell in cells}
        self.state = ""

    def ask(self) -> Any:
        headers = {"X-Fragment": "1"}
        if self.state:
            headers["If-None-Match"] = self.state
        seen = ",".join(self.stamps.values())
        answer = self.client.get(self.url, {"seen": seen}, headers=headers)
        if answer.status_code == 200:
            self.state = answer["ETag"]
            for cell in answer.context["rows"]:
                self.stamps[cell.pk] = cell.stamp
        return answer


@pytest.fixture
def cells(run: Run, bench: Bench) -> list[Cell]:
    """What a page of the run shows in one environment, when nobody has tested anything."""
    return list(run.cells.filter(environment=bench.environments[0]).order_by("pk"))


@pytest.fixture
def watcher(browse: Browse, tester: User, run: Run, cells: list[Cell]) -> Watcher:
    """The tester's page."""
    return Watcher(browse(tester), run, cells)


def names(answer: Any) -> list[str]:
    return [cell.runcaseversion.caseversion.name for cell in answer.context["rows"]]


def test_a_result_of_somebody_else_arrives_once(
    watcher: Watcher, manager: User, run: Run, cell: CellOf
) -> None:
    first = watcher.ask()
    assert (first.status_code, names(first)) == (200, [])
    assert "0%" in first.content.decode()
    record_results(run, [Verdict(cell("Ring the bell").pk, "failed", "It hums.")], by=manager)
    told = watcher.ask()
    page = told.content.decode()
    assert names(told) == ["Ring the bell"]
    assert 'data-status="failed"' in page
    assert "by manager" in page
    assert "33%" in page
    assert names(watcher.client.get(watcher.url, {"seen": ",".join(watcher.stamps.values())})) == []


def test_nothing_new_is_told_without_a_body(watcher: Watcher) -> None:
    assert watcher.ask().status_code == 200
    quiet = watcher.ask()
    assert (quiet.status_code, quiet.content) == (304, b"")


def test_the_bar_moves_with_what_another_page_of_the_list_shows(
    watcher: Watcher, manager: User, run: Run, cells: list[Cell]
) -> None:
    other = cells[-1]
    del watcher.stamps[other.pk]
    watcher.ask()
    record_results(run, [Verdict(other.pk, "passed")], by=manager)
    told = watcher.ask()
    assert (told.status_code, names(told)) == (200, [])
    assert "33%" in told.content.decode()


def test_an_assignment_arrives(watcher: Watcher, tester: User, run: Run, cells: list[Cell]) -> None:
    watcher.ask()
    assign_cells(run, Cell.objects.filter(pk=cells[0].pk), by=None, to=tester)
    assert "for you" in watcher.ask().content.decode()


def test_a_run_that_is_closed_says_so(watcher: Watcher, run: Run) -> None:
    watcher.ask()
    deactivate_run(run, by=None)
    page = watcher.ask().content.decode()
    assert "closed meanwhile" in page
    assert 'data-active="0"' in page


def test_cases_that_are_not_run_any_more_are_told(watcher: Watcher, run: Run, cell: CellOf) -> None:
    assert "refreshed meanwhile" not in watcher.ask().content.decode()
    caseversion = cell("Ring the bell").runcaseversion.caseversion
    caseversion.status = Status.DRAFT
    caseversion.save(update_fields=["status"])
    refresh_run(run, by=None)
    assert "refreshed meanwhile" in watcher.ask().content.decode()


@pytest.mark.parametrize("seen", ["", "x", "9" * 30, "1-2-3,,²-1", "," * 5000, "\x00"])
def test_odd_questions_are_answered(watcher: Watcher, seen: str) -> None:
    assert watcher.client.get(watcher.url, {"seen": seen}).status_code == 200


def test_cells_of_other_runs_are_not_told(
    browse: Browse, tester: User, bench: Bench, run: Run, cells: list[Cell]
) -> None:
    other = activate_run(bench.run("Another"), by=None)
    elsewhere = other.cells.all()[0]
    answer = browse(tester).get(
        reverse("execution:progress", args=[run.pk, cells[0].environment_id]),
        {"seen": f"{elsewhere.pk}-1-1"},
    )
    assert names(answer) == []


def test_it_costs_the_same_for_any_number_of_rows(
    browse: Browse, tester: User, manager: User, bench: Bench
) -> None:
    rows = [bench.case(f"Case {number}") for number in range(12)]
    run = activate_run(bench.run(suites=[bench.suite_of("More", *rows)]), by=None)
    cells = list(run.cells.filter(environment=bench.environments[0]).order_by("pk"))
    watcher = Watcher(browse(tester), run, cells)
    watcher.ask()

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            watcher.ask()
        return len(queries)

    # person 1, permissions 2, run 1, tally 1, stamps 1
    assert cost() == 6
    record_results(run, [Verdict(cells[0].pk, "passed")], by=manager)
    # besides: the rows that changed 1, their tags 1 and own results 1
    assert cost() == 9
    record_results(run, [Verdict(cell.pk, "passed") for cell in cells], by=manager)
    assert cost() == 9


def test_the_page_carries_what_the_script_needs_and_a_link_for_those_without(
    browse: Browse, tester: User, run: Run, cells: list[Cell]
) -> None:
    url = reverse("execution:execute", args=[run.pk, cells[0].environment_id])
    page = browse(tester).get(url).content.decode()
    for each in cells:
        assert f'data-stamp="{each.stamp}"' in page
    assert "<noscript><a" in page
