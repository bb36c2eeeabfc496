"""Two people at the same moment, on a server that lets them."""

from collections.abc import Callable
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import connection, connections

from moztrap.accounts.models import User
from moztrap.accounts.tests.test_registration import register
from moztrap.catalog.actions import create_product, create_version
from moztrap.catalog.models import Product, ProductVersion
from moztrap.core.actions import BusyError, ConcurrencyError, ConflictError, atomic
from moztrap.core.testing import HttpsClient
from moztrap.library.actions import (
    CaseText,
    StepText,
    create_case,
    delete_caseversion,
    extend_case,
    update_case,
)
from moztrap.library.models import Case, CaseStep, CaseVersion

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        connection.vendor == "sqlite", reason="SQLite has one writer (make app-mariadb)"
    ),
]


def at_once(*jobs: Callable[[], object]) -> list[type | None]:
    """Run jobs in threads that start together; return what each raised, in order."""
    start = Barrier(len(jobs))
    raised: list[type | None] = [None] * len(jobs)

    def run(number: int, job: Callable[[], object]) -> None:
        try:
            start.wait()
            job()
        except Exception as error:
            raised[number] = type(error)
        finally:
            connections.close_all()

    threads = [Thread(target=run, args=each) for each in enumerate(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return raised


@pytest.fixture
def versions() -> list[ProductVersion]:
    product = create_product(by=None, name="Bell")
    return [create_version(by=None, product=product, version=name) for name in ("1", "2")]


@pytest.fixture
def rows(versions: list[ProductVersion]) -> list[CaseVersion]:
    """A case in two versions."""
    first = create_case(by=None, productversion=versions[0], name="Ring")
    second = extend_case(first, by=None, productversion=versions[1])
    first.refresh_from_db()
    return [first, second]


def rename(row: CaseVersion, name: str) -> Callable[[], object]:
    text = CaseText(name, "", "active", name, None, [StepText(name), StepText("Wait.")], [])
    version = row.cc_version

    def job() -> object:
        fresh = CaseVersion.objects.get(pk=row.pk)
        return update_case(fresh, by=None, cc_version=version, text=text)

    return job


def test_versions_created_at_once_get_places_of_their_own() -> None:
    product = create_product(by=None, name="Bell")

    def create(number: int) -> Any:
        return lambda: create_version(by=None, product=product, version=str(number))

    assert at_once(*map(create, range(8))) == [None] * 8
    placed = ProductVersion.objects.order_by("order").values_list("version", "order", "latest")
    assert list(placed) == [(str(n), n + 1, n == 7) for n in range(8)]


def test_a_name_is_given_once() -> None:
    raised = at_once(*[lambda: create_product(by=None, name="Bell")] * 6)
    assert sorted(map(str, raised)) == sorted(map(str, [None, *[ConflictError] * 5]))
    assert Product.objects.count() == 1


def test_of_many_edits_one_wins_whole(rows: list[CaseVersion]) -> None:
    row = rows[0]
    raised = at_once(*(rename(row, f"Name {number}") for number in range(8)))
    assert raised.count(None) == 1
    assert raised.count(ConcurrencyError) == 7
    winner = f"Name {raised.index(None)}"
    assert set(CaseVersion.objects.values_list("name", flat=True)) == {winner}
    steps = CaseStep.objects.filter(caseversion=row).values_list("instruction", flat=True)
    assert list(steps) == [winner, "Wait."]


def test_two_versions_of_a_case_renamed_at_once_agree(rows: list[CaseVersion]) -> None:
    raised = at_once(rename(rows[0], "One"), rename(rows[1], "Two"))
    assert sorted(map(str, raised)) == sorted(map(str, [None, ConcurrencyError]))
    assert len(set(CaseVersion.objects.values_list("name", flat=True))) == 1


def test_a_case_goes_with_its_last_version_whoever_took_the_other(
    rows: list[CaseVersion],
) -> None:
    jobs = [lambda row=row: delete_caseversion(row, by=None) for row in rows]
    assert at_once(*jobs) == [None, None]
    assert not Case.objects.exists()


def test_of_two_who_wait_for_each_other_one_is_told_to_try_again() -> None:
    names = ["One", "Two"]
    products = [create_product(by=None, name=name) for name in names]
    both_hold_one = Barrier(2)

    def rename_both(*order: Product) -> Callable[[], object]:
        def job() -> object:
            with atomic():
                Product.objects.filter(pk=order[0].pk).update(description=order[0].name)
                both_hold_one.wait()
                return Product.objects.filter(pk=order[1].pk).update(description=order[0].name)

        return job

    raised = at_once(rename_both(*products), rename_both(*reversed(products)))
    assert sorted(map(str, raised)) == sorted(map(str, [None, BusyError]))
    winner = names[raised.index(None)]
    assert set(Product.objects.values_list("description", flat=True)) == {winner}


@pytest.mark.parametrize(
    ("changes", "answers"),
    [
        ({"username": "hopper"}, [200, 302, 302, 302]),
        ({"email": "other@people.test"}, [200, 200, 200, 302]),
    ],
)
def test_a_name_and_an_address_are_registered_once(
    changes: dict[str, str], answers: list[int], settings: Any
) -> None:
    # The database is emptied between these tests, roles included.
    settings.DEFAULT_NEW_USER_ROLE = ""
    statuses: list[int] = []

    def job(**values: str) -> Callable[[], object]:
        return lambda: statuses.append(register(HttpsClient(), **values).status_code)

    # Four times the same person, but for one field of every second one. A taken name is
    # told, a taken address alone is not.
    assert at_once(*(job(**values) for values in (changes, {}) * 2)) == [None] * 4
    assert sorted(statuses) == answers
    assert User.objects.count() == 1
