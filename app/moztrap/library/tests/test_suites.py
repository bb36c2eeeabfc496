"""Suites: filled, ordered, copied."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied

from moztrap.accounts.models import User
from moztrap.catalog.actions import create_product, create_version
from moztrap.catalog.models import ProductVersion
from moztrap.core.actions import ActionError, ConcurrencyError, delete_record, undelete_record
from moztrap.library.actions import (
    add_cases,
    clone_suite,
    create_case,
    create_suite,
    delete_suite,
    extend_case,
    move_cases,
    remove_cases,
    update_suite,
)
from moztrap.library.models import CaseVersion, Suite

pytestmark = pytest.mark.django_db


@pytest.fixture
def cases(versions: list[ProductVersion]) -> dict[str, CaseVersion]:
    """Five cases, A to E."""
    return {name: create_case(by=None, productversion=versions[0], name=name) for name in "ABCDE"}


@pytest.fixture
def suite(versions: list[ProductVersion], cases: dict[str, CaseVersion]) -> Suite:
    """A suite of all five."""
    suite = create_suite(by=None, product=versions[0].product, name="Smoke")
    add_cases(suite, by=None, caseversions=CaseVersion.objects.order_by("name"))
    return suite


def order_of(suite: Suite) -> str:
    places = suite.suitecases.live().order_by("order")
    return "".join(
        places.filter(case__versions__latest=True).values_list("case__versions__name", flat=True)
    )


def test_cases_are_appended_in_the_order_of_the_list(
    versions: list[ProductVersion], cases: dict[str, CaseVersion]
) -> None:
    suite = create_suite(by=None, product=versions[0].product, name="Smoke")
    some = CaseVersion.objects.filter(name__in="BD")
    assert add_cases(suite, by=None, caseversions=some.order_by("-name", "pk")) == 2
    assert order_of(suite) == "DB"
    assert add_cases(suite, by=None, caseversions=CaseVersion.objects.order_by("name")) == 3
    assert order_of(suite) == "DBACE"
    assert add_cases(suite, by=None, caseversions=CaseVersion.objects.all()) == 0


def test_a_case_is_added_once_whatever_its_versions(
    versions: list[ProductVersion], cases: dict[str, CaseVersion], suite: Suite
) -> None:
    extend_case(cases["A"], by=None, productversion=versions[1])
    remove_cases(suite, by=None, cases=[cases["A"].case_id])
    assert order_of(suite) == "BCDE"
    # The older version was asked for; the case is what counts.
    old = CaseVersion.objects.filter(productversion=versions[0])
    assert add_cases(suite, by=None, caseversions=old) == 1
    assert order_of(suite) == "BCDEA"


def test_cases_of_other_products_stay_out(suite: Suite) -> None:
    gong = create_version(by=None, product=create_product(by=None, name="Gong"), version="1")
    create_case(by=None, productversion=gong, name="G")
    assert add_cases(suite, by=None, caseversions=CaseVersion.objects.all()) == 0


def test_adding_costs_the_same_for_any_number(
    versions: list[ProductVersion], cases: dict[str, CaseVersion], django_assert_num_queries: Any
) -> None:
    for count in (1, 5):
        suite = create_suite(by=None, product=versions[0].product, name=f"Suite {count}")
        some = CaseVersion.objects.filter(name__lte="ABCDE"[count - 1])
        # savepoint 2, the suite 1, the last place 1, the cases 1, who 1, log 1
        with django_assert_num_queries(7):
            add_cases(suite, by=None, caseversions=some)


@pytest.mark.parametrize(
    ("to", "expected"),
    [
        ({"A": 2}, "BACDE"),
        ({"E": 1}, "EABCD"),
        ({"A": 5}, "BCDEA"),
        ({"A": 99}, "BCDEA"),
        ({"C": -4}, "CABDE"),
        ({"C": 3}, "ABCDE"),
        ({"E": 1, "A": 5}, "EBCDA"),
        ({"E": 1, "D": 2}, "EDABC"),
    ],
)
def test_cases_are_moved(
    suite: Suite, cases: dict[str, CaseVersion], to: dict[str, int], expected: str
) -> None:
    move_cases(suite, by=None, to={cases[name].case_id: place for name, place in to.items()})
    assert order_of(suite) == expected


def test_deleted_cases_do_not_count_as_positions(
    suite: Suite, cases: dict[str, CaseVersion]
) -> None:
    delete_record(cases["B"].case, by=None)
    move_cases(suite, by=None, to={cases["D"].case_id: 2})
    assert order_of(suite) == "ADCE"
    undelete_record(cases["B"].case, by=None)
    assert sorted(order_of(suite)) == list("ABCDE")
    assert move_cases(suite, by=None, to={10**9: 1}) == 0


def test_a_copy_is_a_draft_with_the_same_cases(suite: Suite, manager: User) -> None:
    copy = clone_suite(suite, by=manager)
    assert (copy.name, copy.status, order_of(copy)) == ("Smoke (copy)", "draft", "ABCDE")
    assert clone_suite(suite, by=manager).name == "Smoke (copy 2)"


def test_it_stays_with_its_product_while_it_has_cases(
    suite: Suite, cases: dict[str, CaseVersion]
) -> None:
    gong = create_product(by=None, name="Gong")
    values: dict[str, Any] = {"name": "Smoke", "description": "", "status": "active"}
    with pytest.raises(ActionError, match="has cases of Bell"):
        update_suite(suite, by=None, cc_version=0, product=gong, **values)
    remove_cases(suite, by=None, cases=[case.case_id for case in cases.values()])
    assert update_suite(suite, by=None, cc_version=0, product=gong, **values).product == gong


def test_of_two_writers_of_its_texts_one_wins(suite: Suite, cases: dict[str, CaseVersion]) -> None:
    values: dict[str, Any] = {"name": "Smoke", "description": "", "status": "draft"}
    # Whoever changes its cases does not disturb them.
    remove_cases(suite, by=None, cases=[cases["A"].case_id])
    update_suite(suite, by=None, cc_version=0, **values)
    with pytest.raises(ConcurrencyError):
        update_suite(suite, by=None, cc_version=0, **values)


def test_nothing_is_put_into_a_deleted_suite(suite: Suite) -> None:
    delete_suite(suite, by=None)
    with pytest.raises(ConcurrencyError, match="deleted this suite"):
        add_cases(suite, by=None, caseversions=CaseVersion.objects.all())


@pytest.mark.parametrize(
    "write",
    [
        lambda suite, by: add_cases(suite, by=by, caseversions=CaseVersion.objects.all()),
        lambda suite, by: remove_cases(suite, by=by, cases=[1]),
        lambda suite, by: move_cases(suite, by=by, to={1: 1}),
        lambda suite, by: clone_suite(suite, by=by),
        lambda suite, by: delete_suite(suite, by=by),
        lambda suite, by: create_suite(by=by, product=suite.product, name="New"),
    ],
)
def test_people_need_the_permission(
    suite: Suite, tester: User, write: Callable[[Suite, User], object]
) -> None:
    with pytest.raises(PermissionDenied):
        write(suite, tester)


def test_authors_of_cases_fill_suites_and_do_not_make_them(suite: Suite, creator: User) -> None:
    assert add_cases(suite, by=creator, caseversions=CaseVersion.objects.all()) == 0
    with pytest.raises(PermissionDenied):
        clone_suite(suite, by=creator)
