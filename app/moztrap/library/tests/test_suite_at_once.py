"""Two people at one suite, or at one version, at the same moment."""

import pytest
from django.db import connection

from moztrap.catalog.actions import create_product, create_version
from moztrap.catalog.models import ProductVersion
from moztrap.core.tests.test_at_once import at_once
from moztrap.library.actions import (
    Entry,
    add_cases,
    append_cases,
    arrange_cases,
    copy_cases,
    create_case,
    create_suite,
    enter_cases,
    move_cases,
    remove_cases,
)
from moztrap.library.entry import parse_json
from moztrap.library.models import CaseVersion, Suite

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        connection.vendor == "sqlite", reason="SQLite has one writer (make app-mariadb)"
    ),
]


@pytest.fixture
def versions() -> list[ProductVersion]:
    product = create_product(by=None, name="Bell")
    return [create_version(by=None, product=product, version=name) for name in ("1", "2")]


@pytest.fixture
def suite(versions: list[ProductVersion]) -> Suite:
    for name in "ABCDEF":
        create_case(by=None, productversion=versions[0], name=name)
    return create_suite(by=None, product=versions[0].product, name="Smoke")


def test_a_case_that_both_add_is_in_the_suite_once(suite: Suite) -> None:
    everything = CaseVersion.objects.order_by("name")
    raised = at_once(
        *[lambda: add_cases(suite, by=None, caseversions=everything) for _ in range(3)]
    )
    assert raised == [None, None, None]
    orders = list(suite.suitecases.values_list("order", flat=True))
    assert sorted(orders) == [1, 2, 3, 4, 5, 6]


def test_moves_and_removals_leave_distinct_places(suite: Suite) -> None:
    add_cases(suite, by=None, caseversions=CaseVersion.objects.order_by("name"))
    cases = list(suite.suitecases.order_by("order").values_list("case", flat=True))
    raised = at_once(
        lambda: move_cases(suite, by=None, to={cases[0]: 6}),
        lambda: move_cases(suite, by=None, to={cases[5]: 1}),
        lambda: remove_cases(suite, by=None, cases=[cases[2]]),
    )
    assert raised == [None, None, None]
    orders = list(suite.suitecases.values_list("order", flat=True))
    assert len(orders) == len(set(orders)) == 5


def test_programs_that_append_and_arrange_leave_each_case_once(suite: Suite) -> None:
    cases = list(CaseVersion.objects.order_by("name").values_list("case", flat=True))
    raised = at_once(
        lambda: append_cases(suite, by=None, cases=cases),
        lambda: append_cases(suite, by=None, cases=cases[::-1]),
        lambda: arrange_cases(suite, by=None, cases=cases[:4]),
        lambda: remove_cases(suite, by=None, cases=cases[:1]),
    )
    assert raised == [None] * 4
    placed = list(suite.suitecases.values_list("case", "order"))
    assert len({case for case, _ in placed}) == len(placed)
    assert len({order for _, order in placed}) == len(placed)


def test_a_version_filled_twice_has_each_case_once(
    suite: Suite, versions: list[ProductVersion]
) -> None:
    raised = at_once(*[lambda: copy_cases(versions[0], versions[1], by=None) for _ in range(2)])
    assert raised == [None, None]
    rows = CaseVersion.objects.filter(productversion=versions[1])
    assert sorted(rows.values_list("name", "latest")) == [(name, True) for name in "ABCDEF"]


def test_the_same_file_imported_twice_is_imported_once(versions: list[ProductVersion]) -> None:
    drafts = parse_json(b'[{"name": "X"}, {"name": "Y"}]').drafts
    raised = at_once(*[lambda: enter_cases(drafts, Entry(versions[0]), by=None) for _ in range(2)])
    assert raised == [None, None]
    assert CaseVersion.objects.count() == 2
