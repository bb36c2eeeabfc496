"""Suites as rows: what the database itself keeps true."""

import pytest
from django.db import IntegrityError, transaction

from moztrap.catalog.models import ProductVersion
from moztrap.core.actions import ConflictError, create_record, delete_record, undelete_record
from moztrap.library.actions import create_case
from moztrap.library.models import CaseVersion, Suite, SuiteCase

pytestmark = pytest.mark.django_db


@pytest.fixture
def suite(versions: list[ProductVersion], caseversion: CaseVersion) -> Suite:
    suite = create_record(Suite, by=None, product=versions[0].product, name="Smoke")
    SuiteCase.objects.create(suite=suite, case=caseversion.case, order=1)
    return suite


def test_a_live_suite_is_unique_in_its_product(suite: Suite) -> None:
    with pytest.raises(ConflictError, match="suite of this name already"):
        create_record(Suite, by=None, product=suite.product, name="Smoke")
    delete_record(suite, by=None)
    again = create_record(Suite, by=None, product=suite.product, name="Smoke")
    delete_record(again, by=None)
    undelete_record(suite, by=None)
    assert Suite.objects.get() == suite


def test_a_case_is_in_a_suite_once(suite: Suite, caseversion: CaseVersion) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        SuiteCase.objects.create(suite=suite, case=caseversion.case, order=2)


def test_the_database_refuses_an_unknown_status(suite: Suite) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Suite.objects.filter(pk=suite.pk).update(status="asleep")


def test_a_deleted_case_keeps_its_place(
    suite: Suite, versions: list[ProductVersion], caseversion: CaseVersion
) -> None:
    other = create_case(by=None, productversion=versions[0], name="Oil the bell")
    SuiteCase.objects.create(suite=suite, case=other.case, order=2)
    delete_record(caseversion.case, by=None)
    assert [place.case for place in suite.suitecases.live()] == [other.case]
    assert Suite.objects.for_list().get().case_count == 1
    undelete_record(caseversion.case, by=None)
    assert [place.case for place in suite.suitecases.live()] == [caseversion.case, other.case]


def test_a_suite_goes_with_its_product_and_comes_back_with_it(suite: Suite) -> None:
    product = suite.product
    delete_record(product, by=None)
    assert not Suite.objects.exists()
    undelete_record(product, by=None)
    assert list(suite.cases.values_list("versions__name", flat=True)) == ["Ring the bell"]
