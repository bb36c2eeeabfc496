"""Cases and their versions, written by programs as pages write them."""

from typing import Any

import pytest

from moztrap.accounts.models import User
from moztrap.api.tests.conftest import Ask, Everything, Program
from moztrap.catalog.actions import create_version
from moztrap.execution.tests.conftest import Bench
from moztrap.library.actions import create_tag
from moztrap.library.models import Case, CaseVersion, Suite, Tag


@pytest.fixture
def ask(program: Program, manager: User) -> Ask:
    """A program of a manager."""
    return program(manager)


def body_of(bench: Bench, **values: Any) -> dict[str, Any]:
    return {
        "productversion": bench.version.pk,
        "name": "Ring twice",
        "description": "Loud.",
        "status": "draft",
        "idprefix": "BELL",
        "priority": 2,
        "steps": [{"instruction": "Press.", "expected": "It rings."}, {"instruction": "Again."}],
        "tags": ["Loud", "smoke"],
        "environments": [bench.environments[1].pk],
    } | values


def test_a_case_is_created_with_all_that_belongs_to_it(ask: Ask, bench: Bench) -> None:
    product = bench.version.product
    create_tag(by=None, name="loud")
    create_version(by=None, product=product, version="2.0", environments=bench.environments)
    answer = ask("post", "cases/", body_of(bench, and_later=True))
    made = answer.json()
    assert answer.status_code == 201
    assert made["shown_id"] == f"BELL-{made['case']}"
    assert (made["priority"], made["status"], made["product"]) == (2, "draft", product.pk)
    # One is there already, the other is made for the product.
    assert sorted(made["tags"]) == ["loud", "smoke"]
    assert Tag.objects.get(name="smoke").product == product
    assert (made["environments"], made["envs_narrowed"]) == ([bench.environments[1].pk], True)
    assert [step["number"] for step in made["steps"]] == [1, 2]
    assert made["steps"][1] == {"number": 2, "instruction": "Again.", "expected": ""}
    versions = ask("get", "caseversions/", case=made["case"]).json()["results"]
    assert [row["latest"] for row in versions] == [True, False]


def test_a_case_of_a_name_alone_runs_where_its_version_does(ask: Ask, bench: Bench) -> None:
    body = {"productversion": bench.version.pk, "name": "Short"}
    made = ask("post", "cases/", body).json()
    assert (made["status"], made["priority"], made["steps"]) == ("active", None, [])
    assert sorted(made["environments"]) == sorted(each.pk for each in bench.environments)
    assert made["envs_narrowed"] is False


@pytest.mark.parametrize(
    ("change", "field", "said"),
    [
        ({"name": None}, "name", "null"),
        ({"status": "great"}, "status", "valid choice"),
        ({"priority": 5}, "priority", "valid choice"),
        ({"productversion": 999}, "productversion", "There is no product version 999."),
        ({"steps": [{"expected": "x"}]}, "steps", "instruction"),
        ({"steps": [{"instruction": " "}]}, "steps", "blank"),
        ({"steps": [{"instruction": "x", "number": 1}]}, "steps", "There is no such field"),
        ({"steps": {}}, "steps", "list"),
        ({"tags": "loud"}, "tags", "list"),
        ({"tags": ["x" * 101]}, "tags", "100 characters"),
        ({"environments": []}, "environments", "Name at least one"),
        ({"environments": [999]}, "environments", "There are no environments 999."),
    ],
)
def test_a_wrong_case_is_refused_by_field(
    ask: Ask, bench: Bench, change: dict[str, Any], field: str, said: str
) -> None:
    answer = ask("post", "cases/", body_of(bench, **change))
    assert answer.status_code == 400
    assert said in str(answer.json()[field])
    assert Case.objects.count() == 3
    assert not Tag.objects.exists()


def test_environments_of_others_are_refused(ask: Ask, bench: Bench) -> None:
    element = bench.environments[0].elements.get()
    foreign = ask("post", "environments/", {"elements": [element.pk]}).json()["id"]
    answer = ask("post", "cases/", body_of(bench, environments=[foreign]))
    assert answer.json() == {
        "environments": [f"The product version has no environments {foreign}."]
    }


def test_a_creator_makes_cases_but_no_tags(program: Program, creator: User, bench: Bench) -> None:
    ask = program(creator)
    answer = ask("post", "cases/", body_of(bench))
    assert answer.status_code == 400
    assert "“manage tags”" in answer.json()["tags"][0]
    create_tag(by=None, name="Loud")
    assert ask("post", "cases/", body_of(bench, tags=["loud"])).status_code == 201
    path = f"caseversions/{bench.rows[0].pk}/"
    assert ask("patch", path, {"name": "Mine"}).status_code == 403


def test_a_case_version_is_changed_field_by_field(ask: Ask, everything: Everything) -> None:
    path = f"caseversions/{everything.ids['caseversion']}/"
    before = ask("get", path).json()
    changed = ask("patch", path, {"status": "disabled", "cc_version": before["cc_version"]}).json()
    assert changed == before | {
        "status": "disabled",
        "cc_version": before["cc_version"] + 1,
        "modified_on": changed["modified_on"],
        "modified_by": changed["modified_by"],
    }
    stale = ask("patch", path, {"name": "Mine", "cc_version": before["cc_version"]})
    assert stale.status_code == 409
    steps = [{"instruction": "Knock."}]
    one = {"steps": steps, "tags": [], "priority": 1, "name": "Knock"}
    changed = ask("patch", path, one).json()
    assert [step["instruction"] for step in changed["steps"]] == ["Knock."]
    assert (changed["tags"], changed["priority"], changed["name"]) == ([], 1, "Knock")
    # The name and the priority are those of the case: all of its versions have them.
    rows = ask("get", "caseversions/", case=everything.ids["case"]).json()["results"]
    assert {(row["name"], row["priority"]) for row in rows} == {("Knock", 1)}
    assert ask("patch", path, {"priority": None}).json()["priority"] is None


def test_a_case_version_is_narrowed(ask: Ask, everything: Everything) -> None:
    path = f"caseversions/{everything.ids['caseversion']}/"
    windows = everything.bench.environments[1].pk
    narrowed = ask("patch", path, {"environments": [windows]}).json()
    assert (narrowed["environments"], narrowed["envs_narrowed"]) == ([windows], True)
    assert ask("patch", path, {"environments": []}).status_code == 400
    wide = [each.pk for each in everything.bench.environments]
    assert ask("patch", path, {"environments": wide}).json()["envs_narrowed"] is False


def test_a_case_is_taken_into_another_version(ask: Ask, bench: Bench) -> None:
    version = create_version(by=None, product=bench.version.product, version="3.0")
    row = bench.rows[0]
    body = {"case": row.case_id, "productversion": version.pk}
    answer = ask("post", "caseversions/", body)
    assert answer.status_code == 201
    assert answer.json()["name"] == row.name
    assert len(answer.json()["steps"]) == 2
    again = ask("post", "caseversions/", body)
    assert again.status_code == 409
    empty = create_version(by=None, product=bench.version.product, version="4.0")
    wrong = ask("post", "caseversions/", body | {"source": empty.pk, "productversion": empty.pk})
    assert wrong.json() == {"source": [f"Case {row.case_id} is not in this version."]}


def test_a_case_version_is_deleted_and_comes_back(ask: Ask, bench: Bench) -> None:
    path = f"caseversions/{bench.rows[0].pk}/"
    gone = ask("delete", path).json()
    # It was the last one of its case.
    assert gone["deleted"] == 2
    assert ask("get", f"cases/{bench.rows[0].case_id}/").status_code == 404
    ask("post", "deleted/restore/", {"deleted_on": gone["deleted_on"]})
    assert ask("get", path).status_code == 200


def test_many_cases_are_created_at_once_or_none(ask: Ask, bench: Bench) -> None:
    case = {
        "name": "One of many",
        "tags": ["new"],
        "suites": ["Fresh"],
        "steps": [{"instruction": "Do.", "expected": "Done."}],
        "priority": 1,
    }
    body = {"productversion": bench.version.pk, "cases": [case, {"name": "Ring the bell"}]}
    dry = ask("post", "cases/bulk/", body | {"dry_run": True}).json()
    expected = {
        "created": 1,
        "skipped": ["Ring the bell"],
        "new_tags": ["new"],
        "new_suites": ["Fresh"],
    }
    assert dry == expected
    assert Case.objects.count() == 3
    assert ask("post", "cases/bulk/", body).json() == expected
    assert Case.objects.count() == 4
    assert Suite.objects.get(name="Fresh").cases.count() == 1
    wrong = {**body, "cases": [{"name": "Good"}, {"name": "Bad", "priority": 9}, {"steps": []}]}
    answer = ask("post", "cases/bulk/", wrong)
    assert answer.status_code == 400
    assert answer.json()["cases"] == [
        "Case 2: priority is 9; expected 1 to 4 or nothing.",
        "Case 3: the case has no name.",
    ]
    assert Case.objects.count() == 4


def test_a_creator_enters_no_new_suites(program: Program, creator: User, bench: Bench) -> None:
    body = {"productversion": bench.version.pk, "cases": [{"name": "A", "suites": ["Fresh"]}]}
    for dry in (True, False):
        answer = program(creator)("post", "cases/bulk/", body | {"dry_run": dry})
        assert answer.status_code == 400
        assert "“manage suites”" in answer.json()["cases"][0]


def test_cases_are_tagged_in_bulk(ask: Ask, everything: Everything) -> None:
    ids = [row.pk for row in everything.bench.rows]
    tag = everything.tag.pk
    body = {"caseversions": ids, "add_tags": [tag], "priority": 3, "status": "disabled"}
    report = ask("post", "caseversions/bulk/", body).json()
    assert report == {
        "selected": 3,
        "status": 3,
        "priority": 3,
        "tagged": 2,
        "untagged": 0,
        "added_to_suite": 0,
    }
    assert (
        ask("get", "caseversions/", has_tag=tag, version=everything.ids["productversion"]).json()[
            "count"
        ]
        == 3
    )
    body = {"caseversions": ids[:2], "remove_tags": [tag], "priority": None}
    assert ask("post", "caseversions/bulk/", body).json()["untagged"] == 2
    assert list(everything.tag.caseversions.values_list("pk", flat=True)) == [ids[2]]
    assert Case.objects.get(pk=everything.ids["case"]).priority is None


def test_bulk_is_all_or_nothing(ask: Ask, everything: Everything) -> None:
    ids = [row.pk for row in everything.bench.rows]
    missing = ask(
        "post", "caseversions/bulk/", {"caseversions": [*ids, 999_999], "status": "draft"}
    )
    assert missing.json() == {"caseversions": ["There are no case versions 999999."]}
    nothing = ask("post", "caseversions/bulk/", {"caseversions": ids})
    assert nothing.json() == {"detail": "Name at least one change."}
    assert not CaseVersion.objects.filter(status="draft").exists()
    drum = ask("post", "products/", {"name": "Drum"}).json()["id"]
    foreign = ask("post", "tags/", {"name": "beat", "product": drum}).json()["id"]
    answer = ask("post", "caseversions/bulk/", {"caseversions": ids, "add_tags": [foreign]})
    assert answer.status_code == 400
    assert "is for cases of Drum" in answer.json()["add_tags"][0]


def test_adding_to_a_suite_in_bulk_needs_less(
    program: Program, creator: User, bench: Bench
) -> None:
    suite = bench.suite_of("Empty")
    ask = program(creator)
    body = {"caseversions": [row.pk for row in bench.rows], "suite": suite.pk}
    assert ask("post", "caseversions/bulk/", body).json()["added_to_suite"] == 3
    assert ask("post", "caseversions/bulk/", body | {"status": "draft"}).status_code == 403
    assert not CaseVersion.objects.filter(status="draft").exists()


def test_case_versions_are_deleted_together_and_come_back(ask: Ask, everything: Everything) -> None:
    ids = [row.pk for row in everything.bench.rows]
    missing = ask("post", "caseversions/bulk-delete/", {"caseversions": [*ids, 999_999]})
    assert missing.status_code == 400
    assert CaseVersion.objects.count() == 6
    gone = ask("post", "caseversions/bulk-delete/", {"caseversions": ids}).json()
    assert gone["deleted"] == 3
    assert CaseVersion.objects.count() == 3
    assert ask("post", "deleted/restore/", {"deleted_on": gone["deleted_on"]}).status_code == 200
    assert CaseVersion.objects.count() == 6
