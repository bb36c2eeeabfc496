"""Products and versions, written by programs as pages write them."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from moztrap.accounts.models import User
from moztrap.api.tests.conftest import Ask, Everything, Program
from moztrap.catalog.actions import create_product
from moztrap.catalog.models import Product, ProductVersion
from moztrap.core.models import AuditEntry
from moztrap.execution.models import Cell
from moztrap.execution.tests.conftest import Bench
from moztrap.library.models import CaseVersion


@pytest.fixture
def ask(program: Program, manager: User) -> Ask:
    """A program of a manager."""
    return program(manager)


def test_a_product_is_created_changed_deleted_and_brought_back(ask: Ask, manager: User) -> None:
    answer = ask("post", "products/", {"name": " Bell ", "description": "It\r\nrings."})
    made = answer.json()
    assert answer.status_code == 201
    assert (made["name"], made["description"], made["cc_version"]) == ("Bell", "It\nrings.", 0)
    path = f"products/{made['id']}/"
    changed = ask("patch", path, {"name": "Gong", "cc_version": 0}).json()
    assert (changed["name"], changed["description"]) == ("Gong", "It\nrings.")
    stale = ask("patch", path, {"name": "Drum", "cc_version": 0})
    assert stale.status_code == 409
    assert "Someone else changed" in stale.json()["detail"]
    # Without the version that was read, whatever stands is changed.
    assert ask("patch", path, {"description": ""}).json()["description"] == ""
    gone = ask("delete", path).json()
    assert gone["deleted"] == 1
    assert ask("get", path).status_code == 404
    assert ask("delete", path).status_code == 404
    back = ask("post", "deleted/restore/", {"deleted_on": gone["deleted_on"]})
    assert back.json() == {"records": [{"kind": "catalog.product", "count": 1}]}
    assert ask("get", path).json()["name"] == "Gong"
    verbs = AuditEntry.objects.filter(actor=manager, model="catalog.product")
    assert [each.verb for each in verbs] == ["create", "update", "update", "delete"]


@pytest.mark.parametrize(
    ("body", "field", "said"),
    [
        ({}, "name", "required"),
        ({"name": ""}, "name", "blank"),
        ({"name": "x" * 101}, "name", "100 characters"),
        ({"name": "Bell", "nmae": "Bell"}, "nmae", "There is no such field; there are name"),
        ({"name": "Bell", "id": 7}, "id", "There is no such field"),
        ({"name": "Bell", "description": None}, "description", "null"),
    ],
)
def test_a_wrong_product_is_refused_by_field(
    ask: Ask, body: dict[str, str], field: str, said: str
) -> None:
    answer = ask("post", "products/", body)
    assert answer.status_code == 400
    assert said in str(answer.json()[field])
    assert not Product.objects.exists()


def test_a_name_that_is_taken_is_a_conflict(ask: Ask) -> None:
    create_product(by=None, name="Bell")
    answer = ask("post", "products/", {"name": "Bell"})
    assert answer.status_code == 409
    assert answer.json()["detail"] == "There is a product of this name already."


def test_a_version_has_the_cases_and_environments_of_another(ask: Ask, bench: Bench) -> None:
    product = bench.version.product_id
    body = {"product": product, "version": "2.0", "codename": "Gong", "copy_from": bench.version.pk}
    answer = ask("post", "productversions/", body)
    made = answer.json()
    assert answer.status_code == 201
    assert (made["order"], made["latest"], made["codename"]) == (2, True, "Gong")
    assert sorted(made["environments"]) == sorted(each.pk for each in bench.environments)
    assert CaseVersion.objects.filter(productversion=made["id"], latest=True).count() == 3


def test_a_version_is_filled_from_another(ask: Ask, bench: Bench) -> None:
    product = bench.version.product_id
    made = ask("post", "productversions/", {"product": product, "version": "0.9"}).json()
    path = f"productversions/{made['id']}/fill/"
    assert ask("post", path, {"source": bench.version.pk}).json() == {"count": 3}
    assert ask("post", path, {"source": bench.version.pk}).json() == {"count": 0}
    other = create_product(by=None, name="Drum")
    foreign = ask("post", "productversions/", {"product": other.pk, "version": "1"}).json()
    answer = ask("post", path, {"source": foreign["id"]})
    assert answer.status_code == 400
    assert "another product" in answer.json()["source"][0]


def test_a_version_is_not_copied_from_another_product(ask: Ask, bench: Bench) -> None:
    other = create_product(by=None, name="Drum")
    body = {"product": other.pk, "version": "1", "copy_from": bench.version.pk}
    answer = ask("post", "productversions/", body)
    assert (answer.status_code, list(answer.json())) == (400, ["copy_from"])
    assert not ProductVersion.objects.filter(product=other).exists()


def test_environments_of_a_version_are_set_and_everything_follows(
    ask: Ask, everything: Everything
) -> None:
    ids = everything.ids
    debian, windows = (each.pk for each in everything.bench.environments)
    path = f"productversions/{ids['productversion']}/"
    changed = ask("patch", path, {"environments": [windows]}).json()
    assert changed["environments"] == [windows]
    assert changed["version"] == "1.0"
    row = ask("get", f"caseversions/{ids['caseversion']}/").json()
    assert row["environments"] == [windows]
    cells = Cell.objects.filter(run=ids["run"])
    # What was found in the lost environment stays.
    assert set(cells.filter(is_withdrawn=True).values_list("environment", flat=True)) == {debian}
    assert ask("get", f"results/{ids['result']}/").status_code == 200
    # A profile adds what it holds.
    both = ask("patch", path, {"profile": ids["profile"]}).json()
    assert sorted(both["environments"]) == [debian, windows]
    missing = ask("patch", path, {"environments": [999_999]})
    assert missing.json() == {"environments": ["There are no environments 999999."]}
    twice = ask("patch", path, {"environments": [debian, debian]})
    assert twice.json() == {"environments": [f"There twice: {debian}."]}


def test_a_version_keeps_its_product(ask: Ask, bench: Bench) -> None:
    other = create_product(by=None, name="Drum")
    answer = ask("patch", f"productversions/{bench.version.pk}/", {"product": other.pk})
    assert (answer.status_code, list(answer.json())) == (400, ["product"])


def test_a_deleted_version_takes_its_texts_along(ask: Ask, bench: Bench) -> None:
    path = f"productversions/{bench.version.pk}/"
    gone = ask("delete", path).json()
    assert gone["deleted"] == 4
    listed = ask("get", "deleted/").json()["results"]
    assert listed[0]["deleted_on"] == gone["deleted_on"]
    assert {part["kind"]: part["count"] for part in listed[0]["records"]} == {
        "catalog.productversion": 1,
        "library.caseversion": 3,
    }
    assert ask("post", "deleted/restore/", {"deleted_on": gone["deleted_on"]}).status_code == 200
    assert ask("post", "deleted/restore/", {"deleted_on": gone["deleted_on"]}).status_code == 409
    assert ask("get", path).json()["latest"] is True


@pytest.mark.parametrize("number", [1, 20])
def test_the_way_back_costs_the_same_however_much_comes(
    number: int, ask: Ask, bench: Bench
) -> None:
    for name in range(number):
        bench.case(f"Case {name}")
    moment = ask("delete", f"products/{bench.version.product_id}/").json()["deleted_on"]
    with CaptureQueriesContext(connection) as queries:
        assert ask("post", "deleted/restore/", {"deleted_on": moment}).status_code == 200
    assert len(queries) == 43, [each["sql"][:100] for each in queries]
