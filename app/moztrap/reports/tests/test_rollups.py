"""Roll-ups of a run: each number leads to the very tests that it counts."""

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from moztrap.accounts.models import User
from moztrap.execution.actions import (
    Verdict,
    activate_run,
    assign_cells,
    record_results,
    start_build,
)
from moztrap.execution.models import Cell, Run
from moztrap.execution.progress import Progress
from moztrap.execution.tests.conftest import Bench, bench, fill
from moztrap.library.models import Suite

__all__ = ["bench"]

Browse = Callable[[User | None], Client]
STATUSES = ("passed", "failed", "blocked", "invalid", "skipped", "pending")


def url_of(name: str, *parts: object) -> str:
    return reverse(f"reports:{name}", args=parts)


@pytest.fixture
def two(bench: Bench) -> list[Suite]:
    """Two suites, which have one case in common."""
    first, second, third = bench.rows
    return [bench.suite_of("Loud", first, second), bench.suite_of("Quiet", second, third)]


@pytest.fixture
def tested(bench: Bench, two: list[Suite], tester: User, manager: User) -> Run:
    """A run of both, of which some was tested by each of two people."""
    run = activate_run(bench.run(suites=two), by=None)
    statuses = ("passed", "failed", "blocked", "invalid", "passed")
    cells = run.cells.order_by("pk")
    for number, (cell, status) in enumerate(zip(cells, statuses, strict=False)):
        person = (tester, manager)[number % 2]
        record_results(run, [Verdict(cell.pk, status, "Because.")], by=person)
    assign_cells(run, Cell.objects.filter(environment=bench.environments[0]), by=None, to=tester)
    return run


def rows_of(answer: Any) -> dict[str, Progress]:
    return {row.name: row.progress for row in answer.context["rows"]}


@pytest.mark.parametrize("name", ["run_environments", "run_suites", "run_testers"])
def test_every_number_leads_to_what_it_counts(
    browse: Browse, tester: User, tested: Run, name: str
) -> None:
    client = browse(tester)
    page = client.get(url_of(name, tested.pk)).content.decode()
    links = re.findall(r'<a href="([^"]*/tests/\?[^"]*)">([\d,]+)(?: \w+)?</a>', page)
    assert links
    for address, number in links:
        listed = client.get(unescape(address)).context["listing"]
        assert listed.total == int(number), address
        assert listed.is_filtered


def test_environments_add_up(browse: Browse, tester: User, tested: Run) -> None:
    rows = rows_of(browse(tester).get(url_of("run_environments", tested.pk)))
    assert set(rows) == {"Debian", "Windows"}
    assert Progress.of(rows.values()) == tested.tallies.progress()


def test_environments_are_sorted_by_what_is_done(
    browse: Browse, tester: User, bench: Bench, tested: Run
) -> None:
    cells = Cell.objects.filter(run=tested, environment=bench.environments[1])
    verdicts = [Verdict(pk, "passed") for pk in cells.values_list("pk", flat=True)]
    record_results(tested, verdicts, by=tester)
    client = browse(tester)
    url = url_of("run_environments", tested.pk)
    for sort, names in (
        ("-done", ["Windows", "Debian"]),
        ("done", ["Debian", "Windows"]),
        ("-passed", ["Windows", "Debian"]),
    ):
        assert list(rows_of(client.get(url, {"sort": sort}))) == names
    assert list(rows_of(client.get(url, {"element": "deb"}))) == ["Debian"]


def test_a_case_counts_in_each_of_its_suites(
    browse: Browse, tester: User, bench: Bench, tested: Run, two: list[Suite]
) -> None:
    client = browse(tester)
    answer = client.get(url_of("run_suites", tested.pk))
    rows = rows_of(answer)
    assert list(rows) == ["Loud", "Quiet"]
    assert [progress.total for progress in rows.values()] == [4, 4]
    assert "none of these suites" not in answer.content.decode()
    fill(two[1], [])
    answer = client.get(url_of("run_suites", tested.pk))
    assert [progress.total for progress in rows_of(answer).values()] == [4, 0]
    assert "2 tests in none of these suites any more" in (answer.content.decode())


def test_suites_keep_their_place_however_they_are_sorted(
    browse: Browse, tester: User, tested: Run
) -> None:
    answer = browse(tester).get(url_of("run_suites", tested.pk), {"sort": "-suite"})
    assert list(rows_of(answer)) == ["Quiet", "Loud"]
    assert answer.context["positions"] == [2, 1]


def test_testers_show_what_they_decided_and_were_given(
    browse: Browse, tester: User, tested: Run
) -> None:
    rows = browse(tester).get(url_of("run_testers", tested.pk)).context["rows"]
    said = {
        row["tester"].username: (row["decided"].total, row["given"] and row["given"].total)
        for row in rows
    }
    assert said == {"manager": (2, None), "tester": (3, 3)}


def test_tests_are_found(browse: Browse, tester: User, bench: Bench, tested: Run) -> None:
    client = browse(tester)
    questions: list[tuple[dict[str, Any], int]] = [
        ({}, 6),
        ({"status": "passed"}, 2),
        ({"status": ["failed", "blocked"]}, 2),
        ({"environment": bench.environments[0].pk}, 3),
        ({"name": "ring"}, 2),
        ({"tester": tester.pk}, 3),
        ({"assigned": tester.pk, "status": "pending"}, 0),
        ({"element": "win"}, 3),
        ({"bug": "nothing"}, 0),
    ]
    for filters, number in questions:
        listed = client.get(url_of("run_tests", tested.pk), filters).context["listing"]
        assert listed.total == number, filters
    # A failure elsewhere is no failure here: the filters are about one and the same test.
    windows = bench.environments[1].pk
    for status in STATUSES:
        asked: dict[str, Any] = {"environment": windows, "status": status}
        listed = client.get(url_of("run_tests", tested.pk), asked).context["listing"]
        expected = tested.cells.filter(environment=windows, status=status).count()
        assert listed.total == expected


def test_the_overview_leads_to_the_tests_it_counts(
    browse: Browse, tester: User, tested: Run
) -> None:
    client = browse(tester)
    page = client.get(reverse("execution:run", args=[tested.pk])).content.decode()
    links = re.findall(r'<a href="([^"]*/tests/\?[^"]*)">(\d+)</a>', page)
    assert len(links) > 6
    for address, number in links:
        assert client.get(unescape(address)).context["listing"].total == int(number), address


def test_all_of_them_have_pages(browse: Browse, tester: User, bench: Bench) -> None:
    suites = [bench.suite_of(f"Suite {number:02}", bench.rows[0]) for number in range(25)]
    run = activate_run(bench.run(suites=suites), by=None)
    client = browse(tester)
    first = client.get(url_of("run_suites", run.pk))
    second = client.get(url_of("run_suites", run.pk), {"page": "2"})
    assert (len(first.context["rows"]), len(second.context["rows"])) == (20, 5)
    assert second.context["positions"] == [21, 22, 23, 24, 25]


def test_everything_that_was_found_of_a_case_has_pages(
    browse: Browse, tester: User, tested: Run
) -> None:
    cell = tested.cells.order_by("pk")[0]
    for _ in range(25):
        record_results(tested, [Verdict(cell.pk, "passed")], by=tester)
    url = url_of("run_case", tested.pk, cell.runcaseversion_id)
    assert browse(tester).get(url).context["page_obj"].paginator.num_pages == 2


def test_the_runs_of_a_case_have_pages_and_filters(
    browse: Browse, tester: User, bench: Bench
) -> None:
    runs = [activate_run(bench.run(f"Round {number:02}"), by=None) for number in range(22)]
    cell = runs[0].cells.order_by("pk")[0]
    record_results(runs[0], [Verdict(cell.pk, "failed", "No.")], by=tester)
    url = url_of("case_history", bench.rows[0].case_id)
    client = browse(tester)
    assert client.get(url).context["page_obj"].paginator.num_pages == 2
    questions: list[tuple[dict[str, Any], int]] = [
        ({"status": "failed"}, 1),
        ({"run": "round 10"}, 1),
        ({"version": bench.version.pk}, 22),
    ]
    for filters, number in questions:
        assert client.get(url, filters).context["listing"].total == number, filters


def test_cases_that_differ_between_builds_have_pages(
    browse: Browse, tester: User, bench: Bench
) -> None:
    rows = [bench.case(f"Case {number}") for number in range(60)]
    suite = bench.suite_of("Many", *rows)
    series = activate_run(bench.run("Nightly", is_series=True, suites=[suite]), by=None)
    build = start_build(series, by=tester, build="1")
    verdicts = [Verdict(cell.pk, "failed", "No.") for cell in build.cells.all()]
    record_results(build, verdicts, by=tester)
    client = browse(tester)
    url = url_of("compare", series.pk)
    first, second = (client.get(url, {"page": number}).context["rows"] for number in (1, 2))
    assert (len(first), len(second)) == (50, 10)


def test_anonymous_readers_see_no_names(browse: Browse, tested: Run, settings: Any) -> None:
    settings.ALLOW_ANONYMOUS_ACCESS = True
    client = browse(None)
    for name in ("run_tests", "run_environments", "run_suites"):
        answer = client.get(url_of(name, tested.pk))
        assert answer.status_code == 200
        assert ">manager<" not in answer.content.decode()
        assert ">tester<" not in answer.content.decode()
    assert client.get(url_of("run_testers", tested.pk)).status_code == 302
    # Nor can they be asked for.
    asked = client.get(url_of("run_tests", tested.pk), {"tester": "1"})
    assert not asked.context["listing"].is_filtered
