"""What results say together: by case, result, tester, build; and as files."""

import csv
import io
import json
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
    record_results,
    refresh_run,
    start_build,
)
from moztrap.execution.models import Cell, Result, Run
from moztrap.execution.tests.conftest import (
    Bench,
    CellOf,
    bench,
    cell,
    fill,
    run,
)
from moztrap.reports.csv_safe import csv_safe
from moztrap.reports.heatmap import heat_map

__all__ = ["bench", "cell", "run"]

Browse = Callable[[User | None], Client]
BUG = "https://bugs.example/show_bug.cgi?id=77"


def url_of(name: str, *parts: object) -> str:
    return reverse(f"reports:{name}", args=parts)


@pytest.fixture
def found(run: Run, cell: CellOf, tester: User, manager: User) -> None:
    """One case failed and passed again, one is blocked; the others wait."""
    hums = Verdict(cell("Ring the bell").pk, "failed", "It *hums*.", BUG, steps=((1, "failed"),))
    record_results(run, [hums], by=tester)
    record_results(run, [Verdict(cell("Ring the bell").pk, "passed")], by=manager)
    stuck = Verdict(cell("Mute the bell", "Windows").pk, "blocked", "=No mallet", BUG)
    record_results(run, [stuck], by=tester)


@pytest.mark.usefixtures("found")
def test_cases_show_what_stands_in_each_environment(browse: Browse, tester: User, run: Run) -> None:
    page = browse(tester).get(url_of("run_cases", run.pk)).content.decode()
    for words in ("Debian: passed", "Windows: blocked", "bug 77", "1 blocked"):
        assert words in page
    for filters, names in (
        ({"status": "blocked"}, ["Mute the bell"]),
        ({"status": ["blocked", "passed"]}, ["Ring the bell", "Mute the bell"]),
        ({"tester": "manager"}, ["Ring the bell"]),
        ({"element": "beos"}, []),
    ):
        rows = browse(tester).get(url_of("run_cases", run.pk), filters).context["listing"].rows
        assert [row.caseversion.name for row in rows] == names


@pytest.mark.usefixtures("found")
def test_what_was_withdrawn_stays_with_its_results(
    browse: Browse, tester: User, bench: Bench, run: Run
) -> None:
    fill(bench.suite, [])
    refresh_run(run, by=None)
    listed = browse(tester).get(url_of("run_cases", run.pk))
    rows = listed.context["listing"].rows
    # What nobody has tested is of no interest any more.
    assert {row.caseversion.name for row in rows} == {"Ring the bell", "Mute the bell"}
    assert "withdrawn" in listed.content.decode()
    one = browse(tester).get(url_of("run_case", run.pk, rows[0].pk)).content.decode()
    assert "withdrawn" in one
    assert "hums" in one


@pytest.mark.usefixtures("found")
def test_a_case_shows_all_that_was_found(browse: Browse, tester: User, run: Run) -> None:
    runcase = run.runcaseversions.get(order=1)
    page = browse(tester).get(url_of("run_case", run.pk, runcase.pk)).content.decode()
    for words in ("<em>hums</em>", "at step 1", "Press.", BUG, "manager", "waits for review"):
        assert words in page
    history = url_of("case_history", runcase.caseversion.case_id)
    page = browse(tester).get(history).content.decode()
    assert "Round one" in page
    assert "bug 77" in page


@pytest.mark.usefixtures("found")
def test_results_are_found(browse: Browse, tester: User, run: Run, bench: Bench) -> None:
    for filters, number in (
        ({}, 3),
        ({"status": "failed"}, 1),
        ({"tester": "test"}, 2),
        ({"comment": "mallet"}, 1),
        ({"bug": "id=77"}, 2),
        ({"environment": bench.environments[1].pk}, 1),
        ({"review": "pending"}, 2),
        ({"which": "older"}, 0),
        ({"case": "ring"}, 2),
    ):
        answer = browse(tester).get(url_of("run_results", run.pk), filters)
        assert answer.context["listing"].total == number, filters


@pytest.mark.usefixtures("found")
def test_testers_show_whose_verdict_stands(
    browse: Browse, tester: User, run: Run, bench: Bench
) -> None:
    assign_cells(run, Cell.objects.filter(environment=bench.environments[0]), by=None, to=tester)
    rows = browse(tester).get(url_of("run_testers", run.pk)).context["rows"]
    said = {
        row["tester"].username: (row["decided"].total, row["given"] and row["given"].total)
        for row in rows
    }
    assert said == {"manager": (1, None), "tester": (1, 3)}


def test_builds_are_compared(browse: Browse, tester: User, bench: Bench) -> None:
    series = activate_run(bench.run("Nightly", is_series=True), by=None)
    builds = [start_build(series, by=tester, build=name) for name in ("1", "2")]
    for build, status in zip(builds, ("failed", "passed"), strict=True):
        target = Cell.objects.filter(run=build).order_by("pk")[0]
        record_results(build, [Verdict(target.pk, status, "No.")], by=tester)
    answer = browse(tester).get(url_of("compare", series.pk))
    [row] = answer.context["rows"]
    assert row["caseversion"].name == "Ring the bell"
    assert [(b.build, p.failed, p.passed) for b, p in row["builds"]] == [("2", 0, 1), ("1", 1, 0)]
    assert browse(tester).get(url_of("compare", builds[0].pk)).status_code == 404


@pytest.mark.usefixtures("found")
def test_a_table_of_results_runs_nothing(browse: Browse, tester: User, run: Run) -> None:
    answer = browse(tester).get(url_of("results_csv", run.pk))
    text = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
    rows = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))
    assert "attachment" in answer["Content-Disposition"]
    assert [row["status"] for row in rows] == ["failed", "passed", "blocked"]
    assert rows[0]["failed_steps"] == "1"
    assert rows[0]["tester"] == "tester"
    assert rows[2]["comment"] == "'=No mallet"
    for text in ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\uff1d1"):
        assert csv_safe(text) == f"'{text}"
    assert csv_safe("plain = text") == "plain = text"


@pytest.mark.usefixtures("found")
def test_what_was_found_in_a_lost_environment_keeps_its_name(
    browse: Browse, tester: User, bench: Bench, run: Run
) -> None:
    run.environments.set(bench.environments[:1])
    refresh_run(run, by=None)
    answer = browse(tester).get(url_of("results_json", run.pk))
    sent = json.loads(b"".join(answer.streaming_content))  # type: ignore[attr-defined]
    assert [each["environment"] for each in sent["results"]] == ["Debian", "Debian", "Windows"]
    chosen = {"environment": bench.environments[1].pk}
    assert browse(tester).get(url_of("run_results", run.pk), chosen).context["listing"].total == 1


@pytest.mark.usefixtures("found")
def test_results_are_sent_as_json(browse: Browse, tester: User, run: Run) -> None:
    answer = browse(tester).get(url_of("results_json", run.pk))
    sent = json.loads(b"".join(answer.streaming_content))  # type: ignore[attr-defined]
    assert sent["run"]["progress"] == {
        "passed": 1,
        "failed": 0,
        "blocked": 1,
        "invalid": 0,
        "skipped": 0,
        "pending": 4,
        "total": 6,
        "percent": 33,
    }
    assert [result["is_newest"] for result in sent["results"]] == [True, True, True]


@pytest.mark.usefixtures("found")
def test_anonymous_readers_see_results_and_no_names(
    browse: Browse, run: Run, settings: Any
) -> None:
    settings.ALLOW_ANONYMOUS_ACCESS = True
    client = browse(None)
    case = run.runcaseversions.get(order=1)
    for url in (
        reverse("execution:run", args=[run.pk]),
        url_of("run_cases", run.pk),
        url_of("run_case", run.pk, case.pk),
        url_of("run_results", run.pk),
        url_of("results_csv", run.pk),
        url_of("results_json", run.pk),
        url_of("case_history", case.caseversion.case_id),
    ):
        answer = client.get(url)
        assert answer.status_code == 200, url
        streamed = getattr(answer, "streaming_content", None)
        text = (b"".join(streamed) if streamed else answer.content).decode()
        assert "manager" not in text, url
        assert ">tester<" not in text, url
    for name in ("choose", "open_runs"):
        parts = [run.pk] if name == "choose" else []
        assert client.get(reverse(f"execution:{name}", args=parts)).status_code == 302
    assert client.get(url_of("run_testers", run.pk)).status_code == 302


@pytest.mark.usefixtures("found")
def test_results_are_reviewed(browse: Browse, manager: User, tester: User, run: Run) -> None:
    client = browse(manager)
    url = url_of("review")
    rows = client.get(url).context["listing"].rows
    assert {row.status for row in rows} == {"failed", "blocked"}
    assert "Choose at least one" in client.post(url, {"comment": "Kept."}).content.decode()
    data = {"result": [row.pk for row in rows] + ["x"], "comment": "Seen."}
    assert "Accepted 2 results" in client.post(url, data, follow=True).content.decode()
    assert set(Result.objects.values_list("review", flat=True)) == {"reviewed", ""}
    assert "Nothing waits for review" in client.get(url).content.decode()
    assert browse(tester).get(url).status_code == 403


@pytest.mark.usefixtures("found")
def test_nobody_is_shown_their_own_results_to_review(
    browse: Browse, manager: User, run: Run, cell: CellOf
) -> None:
    record_results(run, [Verdict(cell("Knock instead").pk, "failed", "Mine.")], by=manager)
    assert "Mine." not in browse(manager).get(url_of("review")).content.decode()


def test_the_picture_shows_the_worst_of_several_cases(
    bench: Bench, tester: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Hundreds of cases take as many times as long.
    monkeypatch.setattr("moztrap.reports.heatmap._COLUMNS", 20)
    rows = [bench.case(f"Case {number}") for number in range(41)]
    long = activate_run(bench.run(suites=[bench.suite_of("Long", *rows)]), by=None)
    key = bench.environments[0].pk
    cells = list(Cell.objects.filter(run=long, environment=key).order_by("runcaseversion__order"))
    verdicts = [Verdict(each.pk, "passed") for each in cells[:30]]
    verdicts[4] = Verdict(cells[4].pk, "failed", "No.")
    record_results(long, verdicts, by=tester)
    picture = heat_map(long, [key])
    assert (picture.columns, picture.cases_per_column) == (14, 3)
    bands = dict(picture.bands[key])
    assert bands["failed"] == "M1 0h1v1h-1z"
    assert bands["passed"] == "M0 0h1v1h-1zM2 0h8v1h-8z"
    assert bands["pending"] == "M10 0h4v1h-4z"


@pytest.mark.parametrize(
    ("name", "cost"),
    [
        # person 1, permissions 2, run 1, names of environments 3, cases 4 (count, ids, rows,
        # cells), tallies 1
        ("run_cases", 12),
        # person 1, permissions 2, run 1, case 1, cells 1, environments 2, results 5 (count, ids,
        # rows, steps, elements)
        ("run_case", 13),
        # person 1, permissions 2, run 1, environments 3, results 5 (count, ids, rows, steps,
        # elements)
        ("run_results", 12),
        # person 1, permissions 2, run 1, decided 1, assigned 1, people 3 (count, ids, rows)
        ("run_testers", 9),
        # person 1, permissions 2, case 1, newest version 1, versions to choose from 1, runs 3
        # (count, ids, rows), cells 1, bugs 1
        ("case_history", 11),
        # person 1, permissions 2, results 5
        ("review", 8),
    ],
)
def test_their_cost_is_constant(
    browse: Browse, manager: User, tester: User, bench: Bench, name: str, cost: int
) -> None:
    rows = [bench.case(f"Case {number}") for number in range(12)]
    run = activate_run(bench.run(suites=[bench.suite, bench.suite_of("More", *rows)]), by=None)
    cells = list(
        Cell.objects.filter(run=run)
        .order_by("runcaseversion__order", "pk")
        .values_list("pk", flat=True)
    )
    verdicts = [Verdict(pk, "failed", "No.", BUG, steps=((1, "failed"),)) for pk in cells[:6]]
    record_results(run, verdicts, by=tester)
    assign_cells(run, Cell.objects.all(), by=None, to=tester)
    parts: dict[str, tuple[object, ...]] = {
        "run_case": (run.pk, run.runcaseversions.get(order=1).pk),
        "case_history": (bench.rows[0].case_id,),
        "review": (),
    }
    client = browse(manager)
    url = url_of(name, *parts.get(name, (run.pk,)))
    client.get(url)
    with CaptureQueriesContext(connection) as queries:
        assert client.get(url).status_code == 200
    assert len(queries) == cost, "\n".join(each["sql"][:300] for each in queries)
