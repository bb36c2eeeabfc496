"""Writing products and versions."""

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied

from moztrap.accounts.models import User
from moztrap.catalog.actions import (
    create_product,
    create_version,
    delete_product,
    delete_version,
    order_versions,
    update_version,
)
from moztrap.catalog.models import Product, ProductVersion
from moztrap.core.actions import ConcurrencyError, ConflictError
from moztrap.library.actions import create_case, create_tag, extend_case
from moztrap.library.models import Case, CaseVersion, Tag

pytestmark = pytest.mark.django_db


@pytest.fixture
def product() -> Product:
    return create_product(by=None, name="Bell")


def orders() -> list[tuple[str, bool]]:
    return list(ProductVersion.objects.order_by("order").values_list("version", "latest"))


def test_versions_find_their_place(product: Product) -> None:
    for version in ("2.0", "11", "2.0b1"):
        create_version(by=None, product=product, version=version)
    assert orders() == [("2.0b1", False), ("2.0", False), ("11", True)]


def test_order_is_written_only_where_it_is_wrong(
    product: Product, django_assert_num_queries: Any
) -> None:
    for number in range(10):
        create_version(by=None, product=product, version=f"1.{number}")
    # the versions 1
    with django_assert_num_queries(1):
        assert not order_versions(product)
    ProductVersion.objects.update(order=0, latest=True)
    # the versions 1, their order 1, which is latest 1
    with django_assert_num_queries(3):
        assert order_versions(product)
    assert orders()[-1] == ("1.9", True)


def test_a_renamed_version_moves_and_its_cases_with_it(product: Product) -> None:
    old = create_version(by=None, product=product, version="1")
    new = create_version(by=None, product=product, version="2")
    first = create_case(by=None, productversion=old, name="Ring")
    second = extend_case(first, by=None, productversion=new)
    assert second.latest
    update_version(old, by=None, cc_version=old.cc_version, name="3", codename="", environments=[])
    assert orders() == [("2", False), ("3", True)]
    assert CaseVersion.objects.get(latest=True) == first


def test_a_version_is_unique_in_its_product(product: Product) -> None:
    create_version(by=None, product=product, version="1")
    with pytest.raises(ConflictError, match="has this version already"):
        create_version(by=None, product=product, version="1")
    create_version(by=None, product=create_product(by=None, name="Gong"), version="1")


def test_of_two_writers_one_wins(product: Product) -> None:
    version = create_version(by=None, product=product, version="1")
    values: dict[str, Any] = {"name": "1", "environments": [], "cc_version": version.cc_version}
    update_version(version, by=None, codename="Ada", **values)
    with pytest.raises(ConcurrencyError):
        update_version(version, by=None, codename="Bob", **values)
    assert ProductVersion.objects.get().codename == "Ada"


def test_deleting_a_version_uncovers_the_one_before(product: Product) -> None:
    old = create_version(by=None, product=product, version="1")
    new = create_version(by=None, product=product, version="2")
    first = create_case(by=None, productversion=old, name="Ring")
    extend_case(first, by=None, productversion=new)
    delete_version(new, by=None)
    assert orders() == [("1", True)]
    first.refresh_from_db()
    assert first.latest


def test_deleting_a_product_takes_all_that_is_in_it(product: Product) -> None:
    version = create_version(by=None, product=product, version="1")
    create_case(by=None, productversion=version, name="Ring")
    create_tag(by=None, name="smoke", product=product)
    kept = create_tag(by=None, name="smoke")
    delete_product(product, by=None)
    assert not Product.objects.exists()
    assert not ProductVersion.objects.exists()
    assert not Case.objects.exists()
    assert not CaseVersion.objects.exists()
    assert Tag.objects.get() == kept


def test_people_need_the_permission(creator: User, manager: User, product: Product) -> None:
    with pytest.raises(PermissionDenied):
        create_product(by=creator, name="Gong")
    with pytest.raises(PermissionDenied):
        delete_product(product, by=creator)
    assert create_product(by=manager, name="Gong").created_by == manager
