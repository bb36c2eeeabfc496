"""Pages of suites: listed, filled, ordered."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from moztrap.accounts.models import User
from moztrap.catalog.models import ProductVersion
from moztrap.library.actions import add_cases, create_case, create_suite, create_tag
from moztrap.library.models import CaseVersion, Suite
from moztrap.library.tests.test_suites import order_of

pytestmark = pytest.mark.django_db
Browse = Callable[[User | None], Client]


@pytest.fixture
def suite(versions: list[ProductVersion]) -> Suite:
    """A suite of A, B, C; the product has D and E as well."""
    tag = create_tag(by=None, name="smoke")
    for name in "ABCDE":
        create_case(by=None, productversion=versions[0], name=name, tags=[tag])
    suite = create_suite(by=None, product=versions[0].product, name="Smoke", description="*Hot.*")
    some = CaseVersion.objects.filter(name__lte="C").order_by("name")
    add_cases(suite, by=None, caseversions=some)
    return suite


def case_id(name: str) -> int:
    return CaseVersion.objects.get(name=name).case_id


def url(name: str, suite: Suite, query: str = "") -> str:
    return reverse(f"library:{name}", args=[suite.pk]) + query


def test_suites_are_listed_and_filtered(browse: Browse, tester: User, suite: Suite) -> None:
    create_suite(by=None, product=suite.product, name="Empty", status="draft")
    client = browse(tester)

    def names(**filters: Any) -> list[str]:
        rows = client.get(reverse("library:suite_list"), filters).context["listing"].rows
        return [f"{row.name} {row.case_count}" for row in rows]

    assert names() == ["Empty 0", "Smoke 3"]
    assert names(sort="-cases") == ["Smoke 3", "Empty 0"]
    assert names(status="draft") == ["Empty 0"]
    assert names(case=case_id("A")) == ["Smoke 3"]
    assert names(case=case_id("D")) == []
    assert names(description="hot") == ["Smoke 3"]
    assert names(product=suite.product_id, name="smo") == ["Smoke 3"]


def test_a_suite_shows_its_cases_in_order(browse: Browse, tester: User, suite: Suite) -> None:
    answer = browse(tester).get(url("suite", suite))
    page = answer.content.decode()
    assert "<em>Hot.</em>" in page
    assert [place.case.newest[0].name for place in answer.context["page_obj"]] == list("ABC")
    # A tester reads; nothing can be pressed.
    assert "Save positions" not in page
    assert "Add cases" not in page


def test_a_suite_is_made_and_filled(
    browse: Browse, manager: User, versions: list[ProductVersion]
) -> None:
    create_case(by=None, productversion=versions[0], name="A")
    client = browse(manager)
    data = {"product": versions[0].product_id, "name": "Smoke", "status": "active"}
    answer = client.post(reverse("library:suite_create"), data)
    suite = Suite.objects.get()
    assert answer.headers["Location"] == url("suite_add", suite)
    page = client.post(url("suite_add", suite), {"case": case_id("A")}, follow=True)
    assert "Added 1 case" in page.content.decode()
    assert order_of(suite) == "A"
    again = client.post(reverse("library:suite_create"), data)
    assert again.status_code == 422
    assert "suite of this name already" in again.content.decode()


def test_the_picker_offers_what_is_not_in_the_suite(
    browse: Browse, creator: User, suite: Suite
) -> None:
    client = browse(creator)
    answer = client.get(url("suite_add", suite))
    assert sorted(row.name for row in answer.context["listing"].rows) == ["D", "E"]
    answer = client.get(url("suite_add", suite, "?name=d"))
    assert [row.name for row in answer.context["listing"].rows] == ["D"]
    assert "Add all 1 that match" in answer.content.decode()


def test_all_that_match_are_added_without_being_shown(
    browse: Browse, creator: User, suite: Suite, versions: list[ProductVersion]
) -> None:
    for number in range(30):
        create_case(by=None, productversion=versions[0], name=f"Extra {number:02}")
    client = browse(creator)
    query = "?name=extra&sort=-name&size=10&page=2"
    answer = client.post(url("suite_add", suite, query), {"all": "1"})
    assert answer.headers["Location"].endswith(query.replace("?", "/add/?"))
    names = list(suite.suitecases.order_by("order").values_list("case__versions__name", flat=True))
    assert names[:5] == ["A", "B", "C", "Extra 29", "Extra 28"]
    assert len(names) == 33


def test_chosen_cases_are_added_in_the_order_of_the_page(
    browse: Browse, creator: User, suite: Suite
) -> None:
    data = {"case": [case_id("D"), case_id("E"), "x", "9" * 30]}
    browse(creator).post(url("suite_add", suite, "?sort=-name"), data)
    assert order_of(suite) == "ABCED"
    page = browse(creator).post(url("suite_add", suite), {}, follow=True).content.decode()
    assert "no case was chosen" in page


def test_arrows_positions_and_removal(browse: Browse, creator: User, suite: Suite) -> None:
    client = browse(creator)
    change = url("suite_change", suite, "?size=10")
    answer = client.post(change, {"move": f"{case_id('A')}:2"})
    assert answer.headers["Location"] == url("suite", suite, "?size=10")
    assert order_of(suite) == "BAC"
    page = client.get(url("suite", suite)).content.decode()
    assert f'name="to-{case_id("B")}" value="1"' in page
    fields = {f"to-{case_id(n)}": at for n, at in zip("BAC", ("1", "2", "1"), strict=True)}
    fields |= {f"at-{case_id(n)}": at for n, at in zip("BAC", ("1", "2", "3"), strict=True)}
    client.post(change, fields)
    assert order_of(suite) == "CBA"
    client.post(change, {"remove": "1", "case": [case_id("C"), case_id("A")]})
    assert order_of(suite) == "B"


@pytest.mark.parametrize("move", ["", ":", "x:1", "1:x", "1:-1", "²:1", f"1:{'9' * 30}"])
def test_nonsense_moves_nothing(browse: Browse, creator: User, suite: Suite, move: str) -> None:
    answer = browse(creator).post(url("suite_change", suite), {"move": move})
    assert answer.status_code == 302
    assert order_of(suite) == "ABC"


def test_its_product_is_locked_once_it_has_cases(
    browse: Browse, manager: User, suite: Suite
) -> None:
    client = browse(manager)
    form = client.get(url("suite_edit", suite)).context["form"]
    assert "product" not in form.fields
    data = {"name": "Fire", "status": "draft", "description": "", "cc_version": "0"}
    assert client.post(url("suite_edit", suite), data).status_code == 302
    stale = client.post(url("suite_edit", suite), data | {"name": "Mine"})
    page = stale.content.decode()
    assert stale.status_code == 422
    assert 'value="Mine"' in page
    assert "Fire" in page
    empty = create_suite(by=None, product=suite.product, name="Empty")
    assert "product" in client.get(url("suite_edit", empty)).context["form"].fields


def test_it_is_copied_and_deleted(browse: Browse, manager: User, suite: Suite) -> None:
    client = browse(manager)
    page = client.post(url("suite_clone", suite), follow=True).content.decode()
    assert "Smoke (copy)" in page
    assert (
        "What is in it, 3 cases, stays" in client.get(url("suite_delete", suite)).content.decode()
    )
    client.post(url("suite_delete", suite))
    assert [each.name for each in Suite.objects.all()] == ["Smoke (copy)"]
    assert CaseVersion.objects.count() == 5


def test_cases_tell_their_suites(browse: Browse, tester: User, suite: Suite) -> None:
    client = browse(tester)
    page = client.get(reverse("library:case", args=[case_id("A")])).content.decode()
    assert url("suite", suite) in page
    rows = client.get("/cases/", {"suite": "smo"}).context["listing"].rows
    assert sorted(row.name for row in rows) == ["A", "B", "C"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        # person 1, permissions 2 (own, and of roles), products 1, count 1, ids 1, rows 1
        ("suite_list", 7),
        # person 1, permissions 2, suite 1, count 1, ids 1, places with cases 1, texts 1
        ("suite", 8),
        # person 1, permissions 2, suite 1, versions 1, count 1, ids 1, rows 1, tags 1
        ("suite_add", 9),
    ],
)
def test_the_cost_of_pages_does_not_grow(
    browse: Browse,
    creator: User,
    suite: Suite,
    versions: list[ProductVersion],
    django_assert_num_queries: Any,
    name: str,
    expected: int,
) -> None:
    client = browse(creator)
    address = url(name, suite) if name != "suite_list" else reverse("library:suite_list")
    client.get(address)
    for number in range(12):
        tag = create_tag(by=None, name=f"tag {number}")
        new = create_case(by=None, productversion=versions[0], name="New", tags=[tag])
        create_case(by=None, productversion=versions[0], name="Other", tags=[tag])
        other = create_suite(by=None, product=suite.product, name=f"Suite {number}")
        for filled in (suite, other):
            rows = CaseVersion.objects.filter(pk=new.pk)
            add_cases(filled, by=None, caseversions=rows)
        if number in (0, 11):
            with django_assert_num_queries(expected):
                client.get(address)
