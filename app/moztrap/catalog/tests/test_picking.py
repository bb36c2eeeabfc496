"""Products and versions are found, however many there are."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from moztrap.accounts.models import User
from moztrap.catalog.actions import create_version
from moztrap.catalog.models import Product, ProductVersion
from moztrap.core.listing.picks import MOST_FOUND
from moztrap.library.actions import create_suite

pytestmark = pytest.mark.django_db
Browse = Callable[[User | None], Client]
MANY = 300


@pytest.fixture
def products() -> list[Product]:
    """More products than a page can offer, each with a version and a suite."""
    Product.everything.bulk_create(Product(name=f"Product {n:03}") for n in range(MANY))
    found = list(Product.objects.order_by("name"))
    ProductVersion.everything.bulk_create(
        ProductVersion(product=each, version="1.0", codename="Zebra" if n == 9 else "")
        for n, each in enumerate(found)
    )
    create_suite(by=None, product=found[-1], name="Last")
    return found


def options(answer: Any, key: str) -> list[str]:
    (shown,) = [each for each in answer.context["listing"].filters if each.key == key]
    return [option.label for option in shown.options]


def test_the_last_of_many_is_found_and_chosen(
    browse: Browse, tester: User, products: list[Product]
) -> None:
    client = browse(tester)
    last = products[-1]
    answer = client.get("/suites/")
    assert len(options(answer, "product")) == MOST_FOUND
    assert "There are more" in answer.content.decode()
    found = client.get("/suites/", {"product-find": "product 299"})
    assert options(found, "product") == ["Product 299"]
    # The panel with what was found is open; nothing is filtered yet, and no address keeps it.
    page = found.content.decode()
    assert '<details class="pick" open>' in page
    assert not found.context["listing"].is_filtered
    assert all("find" not in link.url for link in found.context["listing"].sizes)
    chosen = client.get("/suites/", {"product": last.pk})
    assert [row.name for row in chosen.context["listing"].rows] == ["Last"]
    assert [chip.value for chip in chosen.context["listing"].chips] == ["Product 299"]
    assert options(chosen, "product")[0] == "Product 299"
    assert len(options(chosen, "product")) > 1


def test_what_is_chosen_stays_beside_a_search(
    browse: Browse, tester: User, products: list[Product]
) -> None:
    query: dict[str, Any] = {"product": products[-1].pk, "product-find": "00"}
    found = options(browse(tester).get("/suites/", query), "product")
    assert found[0] == "Product 299"
    assert found[1:3] == ["Product 000", "Product 001"]


def test_versions_are_those_of_the_chosen_products(
    browse: Browse, tester: User, products: list[Product]
) -> None:
    client = browse(tester)
    create_version(by=None, product=products[5], version="2.0")
    found = options(client.get("/cases/", {"product": products[5].pk}), "version")
    assert found == ["Product 005 2.0", "Product 005 1.0"]
    found = options(client.get("/cases/", {"version-find": "zebra"}), "version")
    assert found == ["Product 009 1.0"]


def test_scripts_are_told_what_fits(browse: Browse, tester: User, products: list[Product]) -> None:
    client = browse(tester)

    def told(name: str, **query: Any) -> Any:
        return client.get(reverse(f"catalog:{name}"), query).json()

    assert [each["label"] for each in told("product_options", find="298")["found"]] == [
        "Product 298"
    ]
    assert told("product_options")["has_more"]
    answer = told("version_options", product=[products[3].pk, products[4].pk])
    assert [each["label"] for each in answer["found"]] == ["Product 003 1.0", "Product 004 1.0"]
    assert not answer["has_more"]
    for odd in ("9" * 30, "x", "²", "\x00"):
        assert client.get(reverse("catalog:version_options"), {"product": odd}).status_code == 200
        assert client.get(reverse("catalog:product_options"), {"find": odd}).status_code == 200


def test_a_list_with_choices_costs_the_same(
    browse: Browse, tester: User, products: list[Product]
) -> None:
    client = browse(tester)
    client.get("/suites/")

    def cost(**query: Any) -> int:
        with CaptureQueriesContext(connection) as queries:
            client.get("/suites/", query)
        return len(queries)

    assert cost() == cost(product=products[-1].pk) == cost(**{"product-find": "9"})


def test_a_run_is_planned_of_any_version(
    browse: Browse, manager: User, products: list[Product]
) -> None:
    client = browse(manager)
    url = reverse("execution:run_create")
    page = client.get(url).content.decode()
    assert page.count('<input type="radio"') == MOST_FOUND
    page = client.get(url, {"version-find": "299"}).content.decode()
    last = ProductVersion.objects.get(product=products[-1])
    assert page.count('<input type="radio"') == 1
    assert f'value="{last.pk}"' in page
    assert "This field is required" not in page
    assert "Product 299 1.0" in client.get(url, {"version": last.pk}).content.decode()


def test_machines_filter_by_any_of_them(
    browse: Browse, products: list[Product], settings: Any
) -> None:
    settings.ALLOW_ANONYMOUS_ACCESS = True
    answer = browse(None).get("/api/v1/suites/", {"product": products[-1].pk})
    assert [row["name"] for row in answer.json()["results"]] == ["Last"]
