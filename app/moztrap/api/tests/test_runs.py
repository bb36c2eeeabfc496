"""Endpoints: the policies of the pages, the same filters, and writes through the same actions."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import OperationalError

from moztrap.accounts.models import User
from moztrap.api.tests.conftest import Ask
from moztrap.execution.actions import activate_run
from moztrap.execution.models import Result, Run
from moztrap.execution.tests.conftest import Bench, CellOf

BUG = "https://bugs.example/1"


@pytest.mark.parametrize(
    ("scope", "planned", "recorded"),
    [("read", 403, 403), ("record", 403, 201), ("write", 201, 201)],
)
def test_a_scope_narrows_what_its_owner_may(
    program: Callable[..., Ask],
    manager: User,
    bench: Bench,
    run: Run,
    scope: str,
    planned: int,
    recorded: int,
) -> None:
    ask = program(manager, scope)
    assert ask("get", "runs/").status_code == 200
    plan = {"productversion": bench.version.pk, "name": "By a program"}
    assert ask("post", "runs/", plan).status_code == planned
    found = {"case": bench.rows[0].case_id, "environment": bench.environments[0].pk}
    body = {"results": [found | {"status": "passed"}]}
    assert ask("post", f"runs/{run.pk}/results/", body).status_code == recorded


def test_a_program_plans_opens_and_fills_a_run(
    program: Callable[..., Ask], manager: User, bench: Bench
) -> None:
    ask = program(manager)
    plan = {"productversion": bench.version.pk, "name": "Night", "suites": [bench.suite.pk]}
    made = ask("post", "runs/", plan).json()
    assert (made["status"], made["suites"]) == ("draft", [bench.suite.pk])
    path = f"runs/{made['id']}/"
    opened = ask("post", f"{path}activate/").json()
    assert (opened["status"], opened["progress"]["total"]) == ("active", 6)
    assert ask("post", f"{path}activate/").status_code == 400
    results = [
        {"case": row.case_id, "environment": environment.pk, "status": "passed", "duration": 3}
        for row in bench.rows
        for environment in bench.environments
    ]
    results[0] |= {
        "status": "failed",
        "comment": "No.",
        "bug": BUG,
        "steps": [{"number": 1, "status": "passed"}, {"number": 2, "status": "failed"}],
    }
    answer = ask("post", f"{path}results/", {"results": results})
    assert answer.status_code == 201
    assert answer.json()["progress"]["percent"] == 100
    [failed] = ask("get", f"{path}results/", status="failed").json()["results"]
    assert (failed["bug"], failed["tester"], failed["is_newest"]) == (BUG, manager.pk, True)
    assert [step["number"] for step in failed["steps"]] == [1, 2]
    assert len(ask("get", f"{path}cells/", status="passed").json()["results"]) == 5
    assert len(ask("get", f"{path}cases/").json()["results"]) == 3
    assert ask("post", f"{path}refresh/").json()["progress"]["passed"] == 5
    changed = ask("patch", path, {"name": "Noon", "cc_version": opened["cc_version"]})
    assert (changed.json()["name"], changed.json()["suites"]) == ("Noon", [bench.suite.pk])
    stale = ask("patch", path, {"name": "Dusk", "cc_version": opened["cc_version"]})
    assert stale.status_code == 409
    assert ask("post", f"{path}clone/").json()["status"] == "draft"
    assert ask("post", f"{path}deactivate/").json()["status"] == "disabled"


def test_a_program_starts_builds(program: Callable[..., Ask], tester: User, bench: Bench) -> None:
    series = activate_run(bench.run("Nightly", is_series=True), by=None)
    ask = program(tester, "record")
    first = ask("post", f"runs/{series.pk}/builds/", {"build": "7"}).json()
    assert (first["build"], first["series"], first["status"]) == ("7", series.pk, "active")
    assert ask("post", f"runs/{series.pk}/builds/", {"build": "7"}).json()["id"] == first["id"]
    assert ask("post", f"runs/{series.pk}/builds/", {}).status_code == 400


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"status": "great"}, "“status” is one of"),
        ({"status": "failed"}, "Say in “comment” why"),
        ({"case": 999_999}, "not run in this environment"),
        ({"case": "1"}, "id of a case"),
        ({"case": True}, "id of a case"),
        ({"case": 10**30}, "id of a case"),
        ({"environment": -1}, "id of an environment"),
        ({"environment": None}, "not run in this environment"),
        ({"bug": "javascript:x"}, "“bug” is an address"),
        ({"bug": 7}, "“bug” is an address"),
        ({"comment": 7}, "“comment” is text"),
        ({"comment": "x" * 70_000}, "“comment” is text"),
        ({"duration": -1}, "number of seconds"),
        ({"steps": [{"number": 1}]}, "a “number” and a “status”"),
        ({"steps": [{"number": 1, "status": "passed"}] * 2}, "there twice"),
        ({"steps": 7}, "“steps” is a list"),
        ({"steps": [{"number": 9, "status": "passed"}]}, "There is no step 9"),
        ({"verdict": "passed"}, "There is no field verdict"),
    ],
)
def test_a_wrong_result_is_named_and_nothing_recorded(
    program: Callable[..., Ask],
    tester: User,
    bench: Bench,
    run: Run,
    change: dict[str, Any],
    said: str,
) -> None:
    right = {
        "case": bench.rows[0].case_id,
        "environment": bench.environments[0].pk,
        "status": "passed",
    }
    answer = program(tester)(
        "post", f"runs/{run.pk}/results/", {"results": [right, right | change]}
    )
    assert answer.status_code == 400
    assert said in str(answer.json())
    assert not Result.objects.exists()


@pytest.mark.parametrize("body", [None, [], {}, {"results": []}, {"results": 7}, "x", 7])
def test_a_body_of_another_shape_is_refused(
    program: Callable[..., Ask], tester: User, run: Run, body: Any
) -> None:
    assert program(tester)("post", f"runs/{run.pk}/results/", body).status_code == 400


def test_lists_have_the_filters_of_the_pages(
    program: Callable[..., Ask], tester: User, bench: Bench, run: Run
) -> None:
    ask = program(tester, "read")
    assert ask("get", "caseversions/", name="mute").json()["count"] == 1
    assert ask("get", "caseversions/", id="BELL").json()["count"] == 3
    assert ask("get", "runs/", status="draft").json()["count"] == 0
    assert ask("get", "runs/", suite="all").json()["count"] == 1
    assert ask("get", "environments/", element="debian").json()["count"] == 1
    page = ask("get", "caseversions/", limit=2).json()
    assert (len(page["results"]), page["count"]) == (2, 3)
    assert "offset=2" in page["next"]


def test_a_lost_write_asks_for_another_try(
    program: Callable[..., Ask], tester: User, run: Run, cell: CellOf, monkeypatch: Any
) -> None:
    target = cell("Ring the bell")

    def lose(*args: Any, **kwargs: Any) -> None:
        raise OperationalError(1213, "Deadlock found")

    monkeypatch.setattr(Result.objects, "bulk_create", lose)
    body = {
        "results": [
            {
                "case": target.runcaseversion.caseversion.case_id,
                "environment": target.environment_id,
                "status": "passed",
            }
        ]
    }
    answer = program(tester)("post", f"runs/{run.pk}/results/", body)
    assert (answer.status_code, answer["Retry-After"]) == (503, "1")
