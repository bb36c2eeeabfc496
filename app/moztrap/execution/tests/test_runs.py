"""Runs: planned, changed, cloned, tested build by build, assigned."""

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from moztrap.accounts.models import User
from moztrap.catalog.actions import create_product, create_version, update_version
from moztrap.catalog.models import ProductVersion
from moztrap.core.actions import ActionError, ConcurrencyError
from moztrap.environments.actions import delete_environment
from moztrap.environments.models import Environment
from moztrap.execution.actions import (
    RunPlan,
    Verdict,
    activate_run,
    assign_cells,
    clone_run,
    create_run,
    deactivate_run,
    delete_run,
    record_results,
    start_build,
    update_run,
)
from moztrap.execution.models import Cell, Run
from moztrap.execution.tests.conftest import Bench, assert_counted, names_in


@pytest.fixture
def series(bench: Bench) -> Run:
    return activate_run(bench.run("Nightly", is_series=True), by=None)


def test_a_run_starts_as_a_draft_with_the_environments_of_its_version(bench: Bench) -> None:
    run = bench.run()
    assert run.status == "draft"
    assert set(run.environments.all()) == set(bench.environments)
    assert not Cell.objects.exists()


def test_a_suite_of_another_product_is_refused(bench: Bench) -> None:
    other = create_version(by=None, product=create_product(by=None, name="Gong"), version="1")
    plan = RunPlan(name="Mixed", suites=[bench.suite])
    with pytest.raises(ActionError, match="another product"):
        create_run(by=None, productversion=other, plan=plan)
    assert not Run.objects.exists()


def test_of_two_edits_the_second_is_told(bench: Bench, manager: User) -> None:
    run = bench.run()
    plan = RunPlan(name="Mine", suites=[])
    update_run(run, by=manager, cc_version=0, plan=plan)
    with pytest.raises(ConcurrencyError):
        update_run(run, by=manager, cc_version=0, plan=RunPlan(name="Theirs"))
    assert not run.suites.exists()


def test_a_clone_is_a_draft_with_the_same_suites(bench: Bench, run: Run, manager: User) -> None:
    clone = clone_run(run, by=manager)
    assert (clone.name, clone.status) == ("Cloned: Round one", "draft")
    assert list(clone.suites.all()) == [bench.suite]
    assert set(clone.environments.all()) == set(bench.environments)
    assert not clone.cells.exists()


def test_each_build_of_a_series_is_one_run(series: Run, tester: User) -> None:
    first = start_build(series, by=tester, build=" 101 ")
    assert first.name == "Nightly - Build: 101"
    assert (first.build, first.series, first.status) == ("101", series, "active")
    assert len(names_in(first)) == 3
    assert_counted(first)
    assert start_build(series, by=tester, build="101") == first
    assert start_build(series, by=tester, build="102") != first
    assert not series.cells.exists()


def test_the_database_keeps_builds_apart(series: Run, tester: User) -> None:
    first = start_build(series, by=tester, build="101")
    with pytest.raises(IntegrityError), transaction.atomic():
        Run.objects.create(
            productversion=first.productversion, name="Again", series=series, build="101"
        )


def test_a_deleted_build_can_be_started_again(series: Run, tester: User) -> None:
    first = start_build(series, by=tester, build="101")
    delete_run(first, by=None)
    assert start_build(series, by=tester, build="101") != first


def test_what_is_no_open_series_starts_no_build(run: Run, series: Run, tester: User) -> None:
    with pytest.raises(ActionError, match="no series"):
        start_build(run, by=tester, build="1")
    with pytest.raises(ActionError, match="Name the build"):
        start_build(series, by=tester, build=" ")
    old = start_build(series, by=tester, build="1")
    deactivate_run(series, by=None)
    assert start_build(series, by=tester, build="1") == old
    with pytest.raises(ActionError, match="not active"):
        start_build(series, by=tester, build="2")


def test_a_run_with_a_past_becomes_no_series(run: Run, series: Run, tester: User) -> None:
    plan = RunPlan(name="Now a series", is_series=True)
    with pytest.raises(ActionError, match="has been active"):
        update_run(run, by=None, cc_version=run.cc_version, plan=plan)
    member = start_build(series, by=tester, build="1")
    with pytest.raises(ActionError, match="member of a series"):
        update_run(member, by=None, cc_version=member.cc_version, plan=plan)
    plan = RunPlan(name="No series any more")
    with pytest.raises(ActionError, match="stays a series"):
        update_run(series, by=None, cc_version=series.cc_version, plan=plan)


def test_an_environment_that_a_run_has_is_not_deleted(bench: Bench) -> None:
    run = bench.run(environments=bench.environments[:1])
    bench.version.environments.clear()
    for row in bench.rows:
        row.environments.clear()
    with pytest.raises(ActionError, match=r"1 run"):
        delete_environment(bench.environments[0], by=None)
    delete_environment(bench.environments[1], by=None)
    assert list(run.environments.all()) == bench.environments[:1]


def change_environments(bench: Bench, *environments: Environment) -> None:
    version = ProductVersion.objects.get(pk=bench.version.pk)
    update_version(
        version,
        by=None,
        cc_version=version.cc_version,
        name=version.version,
        codename="",
        environments=environments,
    )


def test_an_environment_that_a_version_loses_leaves_its_runs(
    bench: Bench, run: Run, tester: User
) -> None:
    debian, windows = bench.environments
    record_results(
        run, [Verdict(pk, "passed") for pk in run.cells.values_list("pk", flat=True)], by=tester
    )
    draft = bench.run("Draft")
    narrow = activate_run(bench.run("Narrow", environments=[windows]), by=None)
    change_environments(bench, debian)
    assert [list(each.environments.all()) for each in (run, draft)] == [[debian], [debian]]
    # Without any it would be run anywhere.
    assert list(narrow.environments.all()) == [windows]
    assert run.tallies.progress().passed == 3
    assert run.results.count() == 6
    assert_counted(run)
    change_environments(bench, debian, windows)
    assert [list(each.environments.all()) for each in (run, draft)] == [
        *([debian], [debian, windows]),
    ]


def test_cells_are_assigned(
    run: Run, bench: Bench, tester: User, manager: User, outsider: User
) -> None:
    here = Cell.objects.filter(environment=bench.environments[0])
    with pytest.raises(PermissionDenied):
        assign_cells(run, here, by=tester, to=tester)
    with pytest.raises(ActionError, match="may not run tests"):
        assign_cells(run, here, by=manager, to=outsider)
    assert assign_cells(run, here, by=manager, to=tester) == 3
    assert assign_cells(run, here, by=manager, to=tester) == 0
    assert Cell.objects.filter(assignee=tester).count() == 3
    assert assign_cells(run, Cell.objects.all(), by=manager, to=None) == 3
