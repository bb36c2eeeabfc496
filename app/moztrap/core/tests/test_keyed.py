"""Many rows in few statements, each with its key."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from moztrap.catalog.models import Product
from moztrap.core.actions.keyed import create_keyed, key_step

pytestmark = pytest.mark.django_db


def products(count: int) -> list[Product]:
    return [Product(name=f"product {number}") for number in range(count)]


def test_each_row_has_the_key_that_it_has_in_the_database() -> None:
    made = create_keyed(products(7), batch_size=3)
    found = dict(Product.objects.values_list("pk", "name"))
    assert {record.pk: record.name for record in made} == found
    assert len(found) == 7
    assert not any(record._state.adding for record in made)


def test_a_statement_writes_a_whole_batch(django_assert_num_queries: Callable[[int], Any]) -> None:
    with django_assert_num_queries(3):
        create_keyed(products(7), batch_size=3)
    with django_assert_num_queries(0):
        assert create_keyed(products(0), batch_size=3) == []


def test_a_single_row_and_more_rows_later_are_told_apart() -> None:
    [one] = create_keyed([Product(name="one")], batch_size=500)
    [two] = create_keyed([Product(name="two")], batch_size=500)
    assert Product.objects.get(pk=one.pk).name == "one"
    assert Product.objects.get(pk=two.pk).name == "two"


def test_keys_may_be_further_apart() -> None:
    """As on servers of which several take writes."""
    if connection.features.can_return_rows_from_bulk_insert:
        pytest.skip("about what MySQL does, which tells of one key alone")
    driver: Any = connection.connection
    before = driver.moztrap_key_step
    with connection.cursor() as cursor:
        cursor.execute("SET SESSION auto_increment_increment = 7")
    driver.moztrap_key_step = None
    try:
        assert key_step() == 7
        made = create_keyed(products(5), batch_size=3)
        assert {each.pk: each.name for each in made} == dict(
            Product.objects.values_list("pk", "name")
        )
    finally:
        driver.moztrap_key_step = before
        with connection.cursor() as cursor:
            cursor.execute("SET SESSION auto_increment_increment = 1")
