"""Several people in one run at the same moment, on a server that lets them."""

from collections.abc import Callable

import pytest
from django.db import connection

from moztrap.accounts.models import User
from moztrap.core.actions import BusyError, ConcurrencyError
from moztrap.core.tests.test_at_once import at_once
from moztrap.execution.actions import (
    RunPlan,
    Verdict,
    activate_run,
    record_results,
    refresh_run,
    send_back_results,
    start_build,
    update_run,
)
from moztrap.execution.models import Cell, Result, Run
from moztrap.execution.tests.conftest import Bench, assert_counted, fill, make_bench, names_in

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        connection.vendor == "sqlite", reason="SQLite has one writer (make app-mariadb)"
    ),
]


@pytest.fixture
def scene() -> Bench:
    return make_bench()


@pytest.fixture
def round_one(scene: Bench) -> Run:
    return activate_run(scene.run(), by=None)


@pytest.fixture
def people() -> list[User]:
    return [
        User.objects.create_superuser(f"tester{number}", f"t{number}@people.test", "x")
        for number in range(6)
    ]


def verdict(run: Run, cell: Cell, status: str, by: User) -> Callable[[], object]:
    return lambda: record_results(run, [Verdict(cell.pk, status, "Because.")], by=by)


def test_testers_in_one_cell_come_one_after_the_other(round_one: Run, people: list[User]) -> None:
    cell = Cell.objects.all()[0]
    statuses = ("passed", "failed", "blocked", "passed", "failed", "invalid")
    jobs = [verdict(round_one, cell, *each) for each in zip(statuses, people, strict=True)]
    assert at_once(*jobs) == [None] * 6
    cell.refresh_from_db()
    newest = Result.objects.order_by("-pk")[0]
    assert (cell.result, cell.status, cell.tester) == (newest, newest.status, newest.tester)
    assert Result.objects.newest().count() == 6
    assert_counted(round_one)


def test_one_tester_in_two_windows_has_one_newest_result(
    round_one: Run, people: list[User]
) -> None:
    cell = Cell.objects.all()[0]
    jobs = [verdict(round_one, cell, "passed", people[0]) for _ in range(6)]
    assert at_once(*jobs) == [None] * 6
    assert Result.objects.count() == 6
    assert Result.objects.newest().count() == 1
    assert_counted(round_one)


def test_testers_in_cells_of_their_own_are_all_counted(round_one: Run, people: list[User]) -> None:
    cells = Cell.objects.order_by("pk")
    jobs = [
        verdict(round_one, cell, "passed", person)
        for cell, person in zip(cells, people, strict=True)
    ]
    assert at_once(*jobs) == [None] * 6
    assert round_one.tallies.progress().passed == 6
    assert_counted(round_one)


def test_a_build_started_at_once_is_one_run(scene: Bench, people: list[User]) -> None:
    series = activate_run(scene.run("Nightly", is_series=True), by=None)
    started: list[int] = []

    def start(person: User) -> Callable[[], object]:
        return lambda: started.append(start_build(series, by=person, build="7").pk)

    assert at_once(*map(start, people)) == [None] * 6
    assert len(set(started)) == 1
    member = Run.objects.get(series=series)
    assert len(names_in(member)) == 3
    assert_counted(member)


def test_of_two_editors_one_is_told(scene: Bench, round_one: Run) -> None:
    version = round_one.cc_version

    def edit(name: str) -> Callable[[], object]:
        plan = RunPlan(name=name, suites=[scene.suite], environments=scene.environments)
        return lambda: update_run(round_one, by=None, cc_version=version, plan=plan)

    raised = at_once(*(edit(f"Name {number}") for number in range(4)))
    assert raised.count(None) == 1
    assert raised.count(ConcurrencyError) == 3
    assert Run.objects.get().name == f"Name {raised.index(None)}"


def test_results_arrive_while_the_run_is_refreshed(
    scene: Bench, round_one: Run, people: list[User]
) -> None:
    cells = list(Cell.objects.order_by("pk"))
    fill(scene.suite, [scene.rows[2].case, scene.case("Polish").case, scene.rows[0].case])

    def record_all(person: User) -> Callable[[], object]:
        def job() -> None:
            for cell in cells:
                # The one case that the refresh withdraws may refuse.
                if cell.runcaseversion.caseversion_id != scene.rows[1].pk:
                    record_results(round_one, [Verdict(cell.pk, "passed")], by=person)

        return job

    jobs = [record_all(person) for person in people[:4]]
    raised = at_once(*jobs, *[lambda: refresh_run(round_one, by=None)] * 2)
    assert set(raised) <= {None, BusyError}
    assert raised[:4] == [None] * 4
    assert Result.objects.count() == 16
    assert round_one.tallies.progress().passed == 4
    assert_counted(round_one)


def test_a_run_is_opened_once(scene: Bench) -> None:
    run = scene.run()
    raised = at_once(*[lambda: activate_run(run, by=None)] * 4)
    assert raised.count(None) == 1
    assert len(names_in(run)) == 3
    assert_counted(run)


def test_results_are_sent_back_while_others_arrive(round_one: Run, people: list[User]) -> None:
    cells = list(Cell.objects.order_by("pk"))
    first = [
        record_results(round_one, [Verdict(cell.pk, "failed", "No.")], by=people[0])[0].pk
        for cell in cells
    ]

    def reject(person: User) -> Callable[[], object]:
        return lambda: send_back_results(first, by=person, comment="Again.")

    jobs = [verdict(round_one, cell, "passed", people[0]) for cell in cells[:3]]
    raised = at_once(*jobs, reject(people[1]), reject(people[2]))
    assert set(raised) <= {None, BusyError}
    assert raised[:3] == [None] * 3
    for cell in Cell.objects.select_related("result"):
        undecided = cell.result.review == "rejected"
        assert cell.status == ("pending" if undecided else cell.result.status)
    # The newest result of the tester decides, and was never sent back.
    assert round_one.tallies.progress().passed == 3
    assert_counted(round_one)
