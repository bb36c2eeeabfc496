"""Assigning, reviewing, deleting: what concerns other people, through the API."""

import pytest

from moztrap.accounts.models import User
from moztrap.api.tests.conftest import Ask, Everything, Program
from moztrap.execution.models import Cell, Result
from moztrap.execution.tests.conftest import Bench


@pytest.fixture
def ask(program: Program, manager: User) -> Ask:
    """A program of a manager."""
    return program(manager)


def test_cells_are_assigned(ask: Ask, everything: Everything, tester: User) -> None:
    path = f"runs/{everything.ids['run']}/assign/"
    windows = everything.bench.environments[1].pk
    body = {"tester": tester.pk, "environments": [windows]}
    # Two of six are decided, and left alone.
    count = ask("post", path, body).json()["count"]
    assert count == Cell.objects.filter(assignee=tester, environment=windows).count() > 0
    rest = {"tester": tester.pk, "only_pending": False}
    assert ask("post", path, rest).json() == {"count": 6 - count}
    one = {"tester": None, "cases": [everything.ids["case"]], "only_pending": False}
    assert ask("post", path, one | {"only_free": False}).json() == {"count": 2}
    assert ask("post", path, one).json() == {"count": 0}
    suite = {"tester": tester.pk, "suite": everything.ids["suite"], "only_pending": False}
    assert ask("post", path, suite).json() == {"count": 2}
    cells = f"runs/{everything.ids['run']}/cells/"
    assert ask("get", cells, assignee=tester.pk).json()["count"] == 6
    assert ask("get", cells, free="yes").json()["count"] == 0


def test_cells_are_assigned_to_those_who_may_test(
    ask: Ask, everything: Everything, outsider: User
) -> None:
    path = f"runs/{everything.ids['run']}/assign/"
    refused = ask("post", path, {"tester": outsider.pk})
    assert refused.status_code == 400
    assert "may not run tests" in refused.json()["detail"]
    assert ask("post", path, {}).json() == {"tester": ["This field is required."]}
    assert ask("post", path, {"tester": 999}).json() == {"tester": ["There is no user 999."]}
    draft = f"runs/{everything.ids['draft']}/assign/"
    assert "not active" in ask("post", draft, {"tester": None}).json()["detail"]


def test_results_of_others_are_reviewed(
    ask: Ask, program: Program, everything: Everything, manager: User, admin: User
) -> None:
    waiting = ask("get", "reviews/").json()
    assert waiting["count"] == 2
    ids = [row["id"] for row in waiting["results"]]
    assert ids == sorted(ids)
    assert ask("post", "reviews/", {"results": ids, "comment": "Seen."}).json() == {"count": 2}
    shown = ask("get", f"results/{ids[0]}/").json()
    assert (shown["review"], shown["reviewed_by"]) == ("reviewed", manager.pk)
    assert shown["review_comment"] == "Seen."
    assert ask("get", "reviews/").json()["count"] == 0
    # What somebody has reviewed stays theirs.
    assert program(admin)("post", "reviews/", {"results": ids}).json() == {"count": 0}
    assert ask("get", f"results/{ids[0]}/").json()["reviewed_by"] == manager.pk
    missing = ask("post", "reviews/", {"results": [*ids, 999_999]})
    assert missing.json() == {"results": ["There are no results 999999."]}


def test_results_of_others_are_sent_back(
    ask: Ask, everything: Everything, tester: User, manager: User
) -> None:
    ids = [row["id"] for row in ask("get", "reviews/").json()["results"]]
    path = "reviews/send-back/"
    assert "comment" in ask("post", path, {"results": ids}).json()
    assert "comment" in ask("post", path, {"results": ids, "comment": " "}).json()
    missing = ask("post", path, {"results": [*ids, 999_999], "comment": "Louder."})
    assert missing.json() == {"results": ["There are no results 999999."]}
    assert ask("post", path, {"results": ids, "comment": "Louder."}).json() == {"count": 2}
    shown = ask("get", f"results/{ids[0]}/").json()
    assert (shown["review"], shown["reviewed_by"]) == ("rejected", manager.pk)
    assert shown["review_comment"] == "Louder."
    run = ask("get", f"runs/{everything.ids['run']}/").json()
    assert run["progress"]["failed"] == 0
    again = ask("get", f"runs/{everything.ids['run']}/cells/", assignee=tester.pk).json()
    assert [row["status"] for row in again["results"]] == ["pending"] * 2
    # What was rejected is not rejected again.
    assert ask("post", path, {"results": ids, "comment": "Louder."}).json() == {"count": 0}


def test_nobody_reviews_their_own(ask: Ask, everything: Everything, manager: User) -> None:
    Result.objects.update(tester=manager)
    assert ask("get", "reviews/").json()["count"] == 0
    answer = ask("post", "reviews/", {"results": [everything.ids["result"]]})
    refused = {"results": ["Somebody else must review what you found yourself."]}
    assert answer.json() == refused
    body = {"results": [everything.ids["result"]], "comment": "Again."}
    assert ask("post", "reviews/send-back/", body).json() == refused


def test_a_run_is_closed_deleted_and_brought_back(ask: Ask, everything: Everything) -> None:
    path = f"runs/{everything.ids['run']}/"
    assert ask("post", f"{path}deactivate/", {"to": "draft"}).json()["status"] == "draft"
    assert ask("post", f"{path}activate/").json()["progress"]["failed"] == 2
    assert ask("post", f"{path}deactivate/").json()["status"] == "disabled"
    assert ask("post", f"{path}deactivate/", {"to": "active"}).status_code == 400
    gone = ask("delete", path).json()
    for inner in ("", "cases/", "cells/", "results/"):
        assert ask("get", f"{path}{inner}").status_code == 404, inner
    assert ask("get", f"results/{everything.ids['result']}/").status_code == 404
    ask("post", "deleted/restore/", {"deleted_on": gone["deleted_on"]})
    assert ask("get", path).json()["progress"]["failed"] == 2


def test_a_run_takes_what_its_version_has(ask: Ask, bench: Bench) -> None:
    drum = ask("post", "products/", {"name": "Drum"}).json()["id"]
    suite = ask("post", "suites/", {"product": drum, "name": "Beats"}).json()["id"]
    element = bench.environments[0].elements.get().pk
    strange = ask("post", "environments/", {"elements": [element]}).json()["id"]
    plan = {"productversion": bench.version.pk, "name": "Night"}
    for field, value, said in (
        ("suites", [suite], f"Bell has no suites {suite}."),
        ("environments", [strange], f"Bell 1.0 has no environments {strange}."),
        ("environments", [], "Name at least one environment."),
        ("suites", [999], "There are no suites 999."),
        ("end", "1999-01-01", "A run cannot end before it starts."),
    ):
        assert ask("post", "runs/", plan | {field: value}).json() == {field: [said]}
    made = ask("post", "runs/", plan).json()
    for field, value, said in (
        ("suites", [suite], f"Bell has no suites {suite}."),
        ("environments", [strange], f"Bell 1.0 has no environments {strange}."),
    ):
        answer = ask("patch", f"runs/{made['id']}/", {field: value})
        assert answer.json() == {field: [said]}


def test_what_was_deleted_comes_back_for_those_who_may(
    ask: Ask, program: Program, creator: User, make_person: object
) -> None:
    made = ask("post", "products/", {"name": "Bell"}).json()["id"]
    moment = ask("delete", f"products/{made}/").json()["deleted_on"]
    assert program(creator)("post", "deleted/restore/", {"deleted_on": moment}).status_code == 403
    assert ask("post", "deleted/restore/", {"deleted_on": "yesterday"}).status_code == 400
    unknown = ask("post", "deleted/restore/", {"deleted_on": "2020-01-01T00:00:00Z"})
    assert unknown.status_code == 409
