"""Records: what the verbs of core.actions keep true."""

from itertools import pairwise

import pytest
from django.db import IntegrityError

from moztrap.accounts.models import User
from moztrap.catalog.models import Product, ProductVersion
from moztrap.core.actions import (
    ConcurrencyError,
    ConflictError,
    create_record,
    delete_record,
    undelete_record,
    update_record,
)
from moztrap.core.models import AuditEntry


@pytest.fixture
def product(manager: User) -> Product:
    return create_record(Product, by=manager, name="Toaster")


def test_it_knows_who_made_it(product: Product, manager: User) -> None:
    product.refresh_from_db()
    assert (product.created_by, product.modified_by) == (manager, manager)
    assert product.live == 1
    assert product.cc_version == 0


def test_live_rows_are_unique_in_the_database(product: Product, manager: User) -> None:
    with pytest.raises(ConflictError, match="of this name already"):
        create_record(Product, by=manager, name="Toaster")
    delete_record(product, by=manager)
    again = create_record(Product, by=manager, name="Toaster")
    with pytest.raises(ConflictError, match="of this name already"):
        undelete_record(product, by=manager)
    delete_record(again, by=manager)
    undelete_record(product, by=manager)
    assert Product.objects.get() == product
    assert Product.everything.count() == 2


def test_the_database_itself_refuses(product: Product) -> None:
    with pytest.raises(IntegrityError):
        Product.everything.bulk_create([Product(name="Toaster")])


def test_an_update_needs_the_version_that_was_read(product: Product, manager: User) -> None:
    first, second = Product.objects.get(), Product.objects.get()
    update_record(first, by=manager, name="Kettle")
    assert first.cc_version == 1
    with pytest.raises(ConcurrencyError, match="Someone else"):
        update_record(second, by=manager, name="Oven")
    assert Product.objects.get().name == "Kettle"
    update_record(second, by=manager, cc_version=1, name="Oven")
    assert Product.objects.get().name == "Oven"


def test_a_deleted_record_is_not_updated(product: Product, manager: User) -> None:
    stale = Product.objects.get()
    delete_record(product, by=manager)
    with pytest.raises(ConcurrencyError):
        update_record(stale, by=manager, name="Oven")


def test_bookkeeping_is_not_written_by_hand(product: Product, manager: User) -> None:
    with pytest.raises(TypeError, match="kept by the actions"):
        update_record(product, by=manager, cc_version=0, deleted_on=None)


def test_deleting_takes_what_belongs_to_it_and_undeleting_brings_back_no_more(
    product: Product, manager: User
) -> None:
    versions = [
        create_record(ProductVersion, by=manager, product=product, version=str(number))
        for number in range(3)
    ]
    delete_record(versions[0], by=manager)
    assert delete_record(product, by=manager) == 3
    assert not ProductVersion.objects.exists()
    stamps = {v.pk: v.deleted_on for v in ProductVersion.everything.all()}
    assert stamps[versions[1].pk] == stamps[versions[2].pk] == product.deleted_on
    assert undelete_record(product, by=manager) == 3
    assert {v.version for v in ProductVersion.objects.all()} == {"1", "2"}


def test_deleting_twice_says_that_somebody_else_did(product: Product, manager: User) -> None:
    delete_record(product, by=manager)
    with pytest.raises(ConcurrencyError):
        delete_record(product, by=manager)


def test_deleting_costs_one_statement_per_kind_of_record(
    product: Product, manager: User, django_assert_max_num_queries
) -> None:
    for number in range(20):
        create_record(ProductVersion, by=manager, product=product, version=str(number))
    # The savepoint's two, the product, one per kind below it, the log, the reading back.
    with django_assert_max_num_queries(16):
        delete_record(product, by=manager)


def test_everything_is_in_the_log(product: Product, manager: User) -> None:
    update_record(product, by=manager, name="Kettle")
    delete_record(product, by=manager)
    undelete_record(product, by=manager)
    entries = list(AuditEntry.objects.filter(model="catalog.product"))
    assert [entry.verb for entry in entries] == ["create", "update", "delete", "undelete"]
    assert {entry.actor_name for entry in entries} == {"manager"}
    assert entries[1].details == {"name": "Kettle"}
    assert all(one.pk < other.pk for one, other in pairwise(entries))


def test_the_log_only_grows(product: Product) -> None:
    entry = AuditEntry.objects.latest("pk")
    with pytest.raises(TypeError, match="never changed"):
        entry.save()
    with pytest.raises(TypeError, match="never deleted"):
        entry.delete()
