"""Running tests from a browser, with and without scripts."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from moztrap.accounts.models import User
from moztrap.core.actions import delete_record
from moztrap.execution.actions import (
    Verdict,
    activate_run,
    assign_cells,
    deactivate_run,
    record_results,
)
from moztrap.execution.models import Cell, Result, Run
from moztrap.execution.tests.conftest import Bench, CellOf
from moztrap.library.actions import create_tag

Browse = Callable[[User | None], Client]
BUG = "https://bugs.example/1"
SCRIPT = {"X-Fragment": "1"}


def list_url(run: Run, cell: Cell) -> str:
    return reverse("execution:execute", args=[run.pk, cell.environment_id])


def url_of(name: str, run: Run, cell: Cell) -> str:
    return reverse(f"execution:{name}", args=[run.pk, cell.environment_id, cell.pk])


def test_the_way_to_a_test(browse: Browse, tester: User, bench: Bench, run: Run) -> None:
    client = browse(tester)
    choose = reverse("execution:choose", args=[run.pk])
    assert choose in client.get(reverse("execution:open_runs")).content.decode()
    page = client.get(choose)
    assert [place["name"] for place in page.context["places"]] == ["Debian", "Windows"]
    [field] = page.context["form"].fields
    debian = bench.environments[0]
    chosen = client.get(choose, {field: debian.elements.all()[0].pk})
    assert chosen["Location"] == reverse("execution:execute", args=[run.pk, debian.pk])
    assert client.get(choose, {field: "999"}).status_code == 200
    missing = reverse("execution:execute", args=[run.pk, 999])
    assert client.get(missing).status_code == 404


def test_a_build_is_named_and_joined(
    browse: Browse, tester: User, manager: User, bench: Bench
) -> None:
    series = activate_run(bench.run("Nightly", is_series=True), by=None)
    build = reverse("execution:build", args=[series.pk])
    first = browse(tester).post(build, {"build": "101"})
    assert browse(manager).post(build, {"build": "101 "})["Location"] == first["Location"]
    choose = browse(tester).get(reverse("execution:choose", args=[series.pk]))
    assert first["Location"] in choose.content.decode()
    refused = browse(tester).post(build, {"build": "x" * 101}, follow=True)
    assert "at most 100 characters" in refused.content.decode()
    assert "Name the build" in browse(tester).post(build, follow=True).content.decode()


def test_cases_are_listed_in_order_and_opened(
    browse: Browse, tester: User, manager: User, bench: Bench, run: Run, cell: CellOf
) -> None:
    bench.rows[0].tags.add(create_tag(by=None, name="loud", description="Wear **ear plugs**."))
    target = cell("Ring the bell")
    record_results(run, [Verdict(target.pk, "failed", "It *hums*.", BUG)], by=manager)
    client = browse(tester)
    page = client.get(list_url(run, target))
    names = [each.runcaseversion.caseversion.name for each in page.context["listing"].rows]
    assert names == ["Ring the bell", "Mute the bell", "Knock instead"]
    text = page.content.decode()
    assert "by manager" in text
    assert "It rings." not in text
    opened = client.get(list_url(run, target), {"open": target.pk}).content.decode()
    for words in ("It rings.", "<strong>ear plugs</strong>", "loud", BUG, "fails here"):
        assert words in opened
    way = client.get(url_of("case", run, target))
    assert way["Location"].endswith(f"?page=1&open={target.pk}#case-{target.pk}")


def test_passing_leads_back_to_the_case(
    browse: Browse, tester: User, run: Run, cell: CellOf
) -> None:
    target = cell("Ring the bell")
    back = "size=50&open=12"
    answer = browse(tester).post(url_of("record", run, target), {"status": "passed", "back": back})
    assert answer["Location"] == f"{list_url(run, target)}?size=50#case-{target.pk}"
    result = Result.objects.get()
    assert (result.tester, result.status, result.cell) == (tester, "passed", target)


def test_the_links_of_a_refused_form_lead_to_the_list(
    browse: Browse, tester: User, run: Run, cell: CellOf
) -> None:
    target = cell("Ring the bell")
    way = browse(tester).get(url_of("record", run, target), {"size": "50"})
    assert way["Location"] == f"{list_url(run, target)}?size=50"


def test_a_failure_says_where_and_what(
    browse: Browse, tester: User, run: Run, cell: CellOf
) -> None:
    target = cell("Ring the bell")
    data = {"status": "failed", "step": "2", "comment": "It\r\nhums.", "bug_url": BUG}
    assert browse(tester).post(url_of("record", run, target), data).status_code == 302
    result = Result.objects.get()
    assert (result.comment, result.bug_url) == ("It\nhums.", BUG)
    assert [(step.number, step.status) for step in result.steps.all()] == [(2, "failed")]
    again = data | {"bug_url": "", "known_bug": BUG}
    assert browse(tester).post(url_of("record", run, target), again).status_code == 302
    assert Result.objects.newest().get().bug_url == BUG


def test_a_case_without_steps_can_fail(
    browse: Browse, tester: User, run: Run, cell: CellOf
) -> None:
    target = cell("Ring the bell")
    target.runcaseversion.caseversion.steps.all().delete()
    page = browse(tester).get(list_url(run, target), {"open": target.pk}).content.decode()
    assert "This case has no steps." in page
    data = {"status": "failed", "comment": "No bell."}
    assert browse(tester).post(url_of("record", run, target), data).status_code == 302
    target.refresh_from_db()
    assert target.status == "failed"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"status": "failed", "bug_url": "bugs.example/1"}, "Enter a valid URL"),
        ({"status": "failed", "bug_url": "javascript:alert(1)"}, "Enter a valid URL"),
        ({"status": "failed"}, "Say why it is failed."),
        ({"status": "blocked"}, "Say why it is blocked."),
        ({"status": "invalid", "step": "1"}, "Say why it is invalid."),
        ({"status": "failed", "step": "9", "comment": "No."}, "There is no step 9."),
    ],
)
@pytest.mark.parametrize("script", [False, True])
def test_what_is_wrong_is_said_beside_what_was_typed(
    browse: Browse,
    tester: User,
    run: Run,
    cell: CellOf,
    data: dict[str, Any],
    said: str,
    script: bool,
) -> None:
    target = cell("Ring the bell")
    typed = {"bug_url": "https://bugs.example/typed", "step": "1", **data, "back": "size=50"}
    headers = SCRIPT if script else {}
    answer = browse(tester).post(url_of("record", run, target), typed, headers=headers)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert said in page
    assert typed["bug_url"] in page
    assert ("<html" in page) is not script
    if typed["step"] == "1":
        assert 'value="1" checked' in page
    assert not Result.objects.exists()


def test_scripts_get_the_case_alone(browse: Browse, tester: User, run: Run, cell: CellOf) -> None:
    target = cell("Ring the bell")
    client = browse(tester)
    opened = client.get(url_of("case", run, target), headers=SCRIPT).content.decode()
    assert "It rings." in opened
    assert "<html" not in opened
    closed = client.get(
        url_of("case", run, target), {"closed": "1"}, headers=SCRIPT
    ).content.decode()
    assert "It rings." not in closed
    recorded = client.post(url_of("record", run, target), {"status": "passed"}, headers=SCRIPT)
    assert 'data-status="passed"' in recorded.content.decode()
    progress = reverse("execution:progress", args=[run.pk, target.environment_id])
    assert "33%" in client.get(progress).content.decode()


def test_a_closed_run_is_told_and_nothing_is_lost(
    browse: Browse, tester: User, run: Run, cell: CellOf
) -> None:
    target = cell("Ring the bell")
    deactivate_run(run, by=None)
    data = {"status": "failed", "comment": "Typed at length."}
    answer = browse(tester).post(url_of("record", run, target), data)
    assert answer.status_code == 422
    assert "is not active any more" in answer.content.decode()


def test_skipping_is_for_managers(
    browse: Browse, tester: User, manager: User, run: Run, cell: CellOf
) -> None:
    target = cell("Ring the bell")
    page = browse(tester).get(list_url(run, target), {"open": target.pk}).content.decode()
    assert "Skip in all environments" not in page
    assert browse(tester).post(url_of("skip", run, target)).status_code == 403
    refused = browse(tester).post(url_of("record", run, target), {"status": "skipped"})
    assert refused.status_code == 422
    assert browse(manager).post(url_of("skip", run, target)).status_code == 302
    assert Cell.objects.filter(status="skipped").count() == 2
    assert browse(manager).post(url_of("skip", run, target)).status_code == 302
    assert not Cell.objects.filter(status="skipped").exists()


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        ({"name": "bell"}, ["Ring the bell", "Mute the bell"]),
        ({"status": "passed"}, ["Mute the bell"]),
        ({"status": ["pending", "passed"], "name": "mute"}, ["Mute the bell"]),
        ({"tag": "loud"}, ["Ring the bell"]),
        ({"assigned": "me"}, ["Knock instead"]),
        ({"assigned": "nobody"}, ["Ring the bell", "Mute the bell"]),
        ({"priority": "none"}, ["Ring the bell", "Mute the bell", "Knock instead"]),
        ({"step": "let go"}, ["Ring the bell", "Mute the bell", "Knock instead"]),
        ({"sort": "-order"}, ["Knock instead", "Mute the bell", "Ring the bell"]),
        ({"sort": "result"}, ["Mute the bell", "Ring the bell", "Knock instead"]),
        ({"id": "BELL-999999999"}, []),
    ],
)
def test_cases_are_filtered(
    browse: Browse,
    tester: User,
    bench: Bench,
    run: Run,
    cell: CellOf,
    filters: dict[str, Any],
    names: list[str],
) -> None:
    bench.rows[0].tags.add(create_tag(by=None, name="loud"))
    target = cell("Mute the bell")
    record_results(run, [Verdict(target.pk, "passed")], by=tester)
    given = Cell.objects.filter(pk=cell("Knock instead").pk)
    assign_cells(run, given, by=None, to=tester)
    rows = browse(tester).get(list_url(run, target), filters).context["listing"].rows
    assert [each.runcaseversion.caseversion.name for each in rows] == names


def test_a_suite_is_run_by_itself(
    browse: Browse, tester: User, bench: Bench, cell: CellOf, run: Run
) -> None:
    other = bench.suite_of("Knocking", bench.rows[2])
    both = activate_run(bench.run("Both", suites=[bench.suite, other]), by=None)
    url = reverse("execution:execute", args=[both.pk, bench.environments[0].pk])
    rows = browse(tester).get(url, {"suite": [other.pk, bench.suite.pk]}).context["listing"].rows
    assert len(rows) == 3
    rows = browse(tester).get(url, {"suite": other.pk}).context["listing"].rows
    assert [each.runcaseversion.caseversion.name for each in rows] == ["Knock instead"]


def test_work_shows_what_waits(
    browse: Browse, tester: User, bench: Bench, run: Run, cell: CellOf
) -> None:
    assign_cells(run, Cell.objects.filter(environment=bench.environments[0]), by=None, to=tester)
    record_results(run, [Verdict(cell("Ring the bell").pk, "passed")], by=tester)
    home = browse(tester).get("/", follow=True)
    [share] = home.context["shares"]
    assert (share["environment"], share["progress"].pending) == ("Debian", 2)
    assert [result.status for result in home.context["results"]] == ["passed"]
    assert list(home.context["open_runs"]) == [run]
    deactivate_run(run, by=None)
    assert browse(tester).get("/work/").context["shares"] == []


@pytest.mark.parametrize(
    ("name", "cost"),
    [
        # person 1, permissions 2, run 1, environment 2, tally 1, suites 1, cells 3 (count, ids,
        # rows), tags 1, own results 1
        ("list", 13),
        # besides: bugs 1, the case version 1, its steps, files and tags 3, past results 2
        ("open", 20),
        # person 1, permissions 2, run 1, cell 3, bugs 1, version 4, past results 2
        ("case", 14),
        # person 1, permissions 2, run 1, tally 1
        ("progress", 5),
        # person 1, permissions 2, assigned 1, their runs 1 and environments 2, open runs 2
        # with tallies, what was sent back 1, own results 3 (steps, elements)
        ("work", 13),
    ],
)
def test_their_cost_is_constant(
    browse: Browse, tester: User, bench: Bench, name: str, cost: int
) -> None:
    tag = create_tag(by=None, name="loud")
    rows = [bench.case(f"Case {number}", tags=[tag]) for number in range(12)]
    run = activate_run(bench.run(suites=[bench.suite, bench.suite_of("More", *rows)]), by=None)
    cells = list(Cell.objects.filter(environment=bench.environments[0]))
    verdicts = [Verdict(each.pk, "failed", "No.", BUG) for each in cells]
    record_results(run, verdicts, by=tester)
    assign_cells(run, Cell.objects.all(), by=None, to=tester)
    url = list_url(run, cells[0])
    pages: dict[str, tuple[str, dict[str, str]]] = {
        "list": (url, {}),
        "open": (f"{url}?open={cells[0].pk}", {}),
        "case": (url_of("case", run, cells[0]), SCRIPT),
        "progress": (f"{url}progress/", {}),
        "work": ("/work/", {}),
    }
    client = browse(tester)
    path, headers = pages[name]
    client.get(path, headers=headers)
    with CaptureQueriesContext(connection) as queries:
        assert client.get(path, headers=headers).status_code == 200
    assert len(queries) == cost, "\n".join(each["sql"] for each in queries)


def test_a_page_of_a_long_run_stays_small(browse: Browse, tester: User, bench: Bench) -> None:
    tags = [create_tag(by=None, name=f"a tag of some length {number}") for number in range(4)]
    rows = [bench.case(f"{'A long name of a case ' * 4}{n}", tags=tags) for n in range(101)]
    run = activate_run(bench.run(suites=[bench.suite_of("Long", *rows)]), by=None)
    target = Cell.objects.filter(environment=bench.environments[0])[0]
    page = browse(tester).get(list_url(run, target), {"size": "100", "open": target.pk})
    assert len(page.context["listing"].rows) == 100
    assert len(page.content) < 200_000
    assert run.name in page.content.decode()


def test_no_link_leads_to_results_of_a_run_that_was_deleted(
    browse: Browse, run: Run, cell: CellOf, tester: User, manager: User
) -> None:
    record_results(run, [Verdict(cell("Ring the bell").pk, "failed", "It hums.")], by=tester)
    client = browse(tester)
    link = f'href="/runs/{run.pk}/cases/'
    assert link in client.get("/work/").content.decode()
    delete_record(run, by=manager)
    assert link not in client.get("/work/").content.decode()
