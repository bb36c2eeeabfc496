"""Pages of runs: listed, planned, edited by two, opened and closed."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from moztrap.accounts.models import User
from moztrap.execution.actions import activate_run, start_build
from moztrap.execution.models import Cell, Run
from moztrap.execution.tests.conftest import Bench, names_in

Browse = Callable[[User | None], Client]


def url_of(name: str, *parts: object) -> str:
    return reverse(f"execution:{name}", args=parts)


def posted(bench: Bench, **values: Any) -> dict[str, Any]:
    """What a browser sends."""
    return {
        "name": "Round two",
        "description": "",
        "start": "2026-03-01",
        "end": "",
        "build": "",
        f"suites-{bench.suite.pk}": "1",
        "environments": [environment.pk for environment in bench.environments],
        **values,
    }


def test_a_run_is_planned(browse: Browse, manager: User, bench: Bench) -> None:
    other = bench.suite_of("First", bench.rows[2])
    client = browse(manager)
    asked = client.get(url_of("run_create")).content.decode()
    assert f'name="version" value="{bench.version.pk}"> <span>Bell 1.0</span>' in asked
    url = f"{url_of('run_create')}?version={bench.version.pk}"
    page = client.get(url).content.decode()
    assert page.count("checked") == 2
    data = posted(bench, end="2026-03-05") | {
        f"suites-{other.pk}": "1",
        f"suites-{bench.suite.pk}": "2",
    }
    answer = client.post(url, data)
    run = Run.objects.get()
    assert answer["Location"] == url_of("run", run.pk)
    assert (run.created_by, run.status, str(run.end)) == (manager, "draft", "2026-03-05")
    assert [place.suite.name for place in run.runsuites.all()] == ["First", "All of it"]
    page = client.post(url_of("run_activate", run.pk), follow=True).content.decode()
    assert "3 cases to run" in page
    assert names_in(run) == ["Knock instead", "Ring the bell", "Mute the bell"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": ""}, "This field is required"),
        ({"end": "2026-02-01"}, "cannot end before it starts"),
        ({"environments": []}, "Choose at least one environment"),
        ({"start": "yesterday"}, "Enter a valid date"),
    ],
)
def test_what_is_wrong_is_said_and_kept(
    browse: Browse, manager: User, bench: Bench, changes: dict[str, Any], said: str
) -> None:
    url = f"{url_of('run_create')}?version={bench.version.pk}"
    data = posted(bench, description="Typed at length.", **changes)
    answer = browse(manager).post(url, data)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert said in page
    assert "Typed at length." in page
    assert f'name="suites-{bench.suite.pk}" id="place-{bench.suite.pk}" value="1"' in page


def test_a_place_is_a_number(browse: Browse, manager: User, bench: Bench) -> None:
    url = f"{url_of('run_create')}?version={bench.version.pk}"
    answer = browse(manager).post(url, posted(bench) | {f"suites-{bench.suite.pk}": "first"})
    page = answer.content.decode()
    assert "is a number from 1 to 9999" in page
    assert 'value="first"' in page


def test_a_conflict_shows_the_other_suites(
    browse: Browse, manager: User, bench: Bench, run: Run
) -> None:
    client = browse(manager)
    url = url_of("run_edit", run.pk)
    version = run.cc_version
    other = bench.suite_of("Second", bench.rows[0])
    theirs = posted(bench, cc_version=version) | {f"suites-{other.pk}": "2"}
    assert client.post(url, theirs).status_code == 302
    mine = posted(bench, name="Mine", cc_version=version)
    answer = client.post(url, mine)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Someone else saved this run" in page
    assert "2. Second" in page
    assert 'value="Mine"' in page
    assert client.post(url, mine | {"cc_version": version + 1}).status_code == 302
    assert Run.objects.get().name == "Mine"


def test_an_active_run_is_refreshed_when_edited(
    browse: Browse, manager: User, bench: Bench, run: Run
) -> None:
    data = posted(bench, cc_version=run.cc_version, environments=[bench.environments[0].pk])
    assert browse(manager).post(url_of("run_edit", run.pk), data).status_code == 302
    assert Cell.objects.filter(is_withdrawn=False).count() == 3


def test_buttons_say_what_became_of_it(browse: Browse, manager: User, run: Run) -> None:
    client = browse(manager)

    def press(name: str, **data: str) -> str:
        return client.post(url_of(name, run.pk), data, follow=True).content.decode()

    assert client.get(url_of("run_refresh", run.pk)).status_code == 405
    assert "No result was lost" in press("run_refresh")
    assert "active already" in press("run_activate")
    assert "is disabled: no results" in press("run_deactivate")
    assert "is draft: no results" in press("run_deactivate", to="draft")
    assert "is a draft like" in press("run_clone")
    assert Run.objects.count() == 2
    assert client.post(url_of("run_delete", run.pk)).status_code == 302
    assert client.get(url_of("run", run.pk)).status_code == 404


def test_an_empty_run_says_why(browse: Browse, manager: User, bench: Bench) -> None:
    run = bench.run(suites=[])
    page = browse(manager).post(url_of("run_activate", run.pk), follow=True).content.decode()
    assert "there is nothing to run in it" in page


def test_a_series_shows_its_builds(browse: Browse, manager: User, bench: Bench) -> None:
    series = activate_run(bench.run("Nightly", is_series=True), by=None)
    member = start_build(series, by=manager, build="101")
    page = browse(manager).get(url_of("run", series.pk)).content.decode()
    assert url_of("run", member.pk) in page
    listed = browse(manager).get(url_of("run_list"), {"series": series.pk})
    assert list(listed.context["listing"].rows) == [member]


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"name": "round"}, True),
        ({"status": "draft"}, False),
        ({"kind": "series"}, False),
        ({"suite": "all of"}, True),
        ({"case": "BELL"}, True),
        ({"case": "GONG"}, False),
        ({"element": "debian"}, True),
        ({"element": "beos"}, False),
        ({"build": "7"}, False),
    ],
)
def test_runs_are_found(
    browse: Browse, tester: User, run: Run, filters: dict[str, str], found: bool
) -> None:
    listed = browse(tester).get(url_of("run_list"), filters).context["listing"].rows
    assert list(listed) == ([run] if found else [])


def test_assignments_are_made_and_kept_apart(
    browse: Browse, manager: User, tester: User, outsider: User, bench: Bench, run: Run
) -> None:
    client = browse(manager)
    url = url_of("assign", run.pk)
    page = client.get(url).content.decode()
    assert f'<option value="{tester.pk}">tester</option>' in page
    assert ">outsider<" not in page
    data: dict[str, Any] = {
        "tester": tester.pk,
        "environments": [bench.environments[0].pk],
        "only_free": "on",
        "only_pending": "on",
    }
    assert "3 tests changed hands" in client.post(url, data, follow=True).content.decode()
    assert "nothing fits" in client.post(url, data, follow=True).content.decode()
    assert client.post(url, {"tester": "x"}).status_code == 422
    everything = {"tester": "nobody"}
    assert "3 tests changed hands" in client.post(url, everything, follow=True).content.decode()
    with_suite = {"tester": tester.pk, "suite": bench.suite.pk}
    assert "6 tests changed hands" in client.post(url, with_suite, follow=True).content.decode()


@pytest.mark.parametrize(
    ("name", "cost"),
    [
        # person 1, permissions 2, runs 3 (count, ids, rows), tallies 1, products, versions and
        # series among the filters 3
        ("run_list", 10),
        # person 1, permissions 2, run 1, tallies, suites and environments 4 (elements too),
        # names of environments 2, whether the picture is good 1
        ("run", 11),
    ],
)
def test_their_cost_is_constant(
    browse: Browse, manager: User, bench: Bench, run: Run, name: str, cost: int
) -> None:
    for number in range(5):
        more = [bench.case(f"Case {number}.{each}") for each in range(4)]
        suite = bench.suite_of(f"Suite {number}", *more)
        activate_run(bench.run(f"Run {number}", suites=[bench.suite, suite]), by=None)
    client = browse(manager)
    url = url_of("run_list") if name == "run_list" else url_of("run", run.pk)
    client.get(url)
    with CaptureQueriesContext(connection) as queries:
        client.get(url)
    assert len(queries) == cost, "\n".join(each["sql"] for each in queries)


def test_suites_are_found_among_many(browse: Browse, manager: User, bench: Bench) -> None:
    many = [bench.suite_of(f"Suite {number:03}") for number in range(60)]
    client = browse(manager)
    url = f"{reverse('execution:run_create')}?version={bench.version.pk}"
    page = client.get(url).content.decode()
    assert page.count('id="place-') == 50
    assert "There are more" in page
    assert f'name="suites-{many[-1].pk}"' not in page
    data = posted(bench, name="") | {"find": "suites", "suites-find": "suite 059"}
    answer = client.post(url, data)
    page = answer.content.decode()
    # Beside what is found stands what has a place; nothing is wrong yet.
    assert answer.status_code == 200
    assert page.count('id="place-') == 2
    assert f'name="suites-{bench.suite.pk}" id="place-{bench.suite.pk}" value="1"' in page
    assert "This field is required" not in page
    chosen = posted(bench) | {f"suites-{many[-1].pk}": "2", "suites-find": "suite 059"}
    assert client.post(url, chosen).status_code == 302
    run = Run.objects.get()
    assert [place.suite.name for place in run.runsuites.all()] == [bench.suite.name, "Suite 059"]
