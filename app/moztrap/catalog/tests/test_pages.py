"""Pages of products and versions."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from moztrap.accounts.models import User
from moztrap.catalog.actions import create_product, create_version, update_product
from moztrap.catalog.models import Product, ProductVersion
from moztrap.environments.actions import create_category, create_element, create_environment
from moztrap.library.actions import create_case

pytestmark = pytest.mark.django_db
Browse = Callable[[User | None], Client]


@pytest.fixture
def version() -> ProductVersion:
    product = create_product(by=None, name="Bell", description="Rings **loudly**.")
    return create_version(by=None, product=product, version="1.0", codename="Ada")


def test_the_drill_down_leads_from_product_to_cases(
    browse: Browse, tester: User, version: ProductVersion
) -> None:
    create_case(by=None, productversion=version, name="Ring")
    client = browse(tester)
    assert b"Bell" in client.get(reverse("catalog:product_list")).content
    product_page = client.get(reverse("catalog:product", args=[version.product_id])).content
    assert b"<strong>loudly</strong>" in product_page
    assert reverse("catalog:version", args=[version.pk]).encode() in product_page
    version_page = client.get(reverse("catalog:version", args=[version.pk])).content.decode()
    assert f"{reverse('library:case_list')}?version={version.pk}" in version_page


def test_buttons_are_for_those_who_may(
    browse: Browse, tester: User, manager: User, version: ProductVersion
) -> None:
    url = reverse("catalog:product", args=[version.product_id])
    edit = reverse("catalog:product_edit", args=[version.product_id]).encode()
    assert edit not in browse(tester).get(url).content
    assert edit in browse(manager).get(url).content
    assert browse(tester).get(reverse("catalog:product_create")).status_code == 403


def test_a_product_is_created(browse: Browse, manager: User) -> None:
    answer = browse(manager).post(
        reverse("catalog:product_create"), {"name": "Gong", "description": ""}
    )
    product = Product.objects.get()
    assert answer.headers["Location"] == reverse("catalog:product", args=[product.pk])
    assert product.created_by == manager


def test_a_name_that_is_taken_is_refused(
    browse: Browse, manager: User, version: ProductVersion
) -> None:
    answer = browse(manager).post(reverse("catalog:product_create"), {"name": "Bell"})
    assert answer.status_code == 422
    assert b"There is a product of this name already." in answer.content


def test_a_conflict_keeps_what_was_typed_and_shows_the_other(
    browse: Browse, manager: User, version: ProductVersion
) -> None:
    product = version.product
    url = reverse("catalog:product_edit", args=[product.pk])
    update_product(product, by=None, cc_version=0, name="Bell", description="Their words.")
    typed = {"name": "Bell", "description": "My words.", "cc_version": "0"}
    answer = browse(manager).post(url, typed)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Someone else saved this product" in page
    assert "Their words." in page
    assert "My words." in page
    assert Product.objects.get().description == "Their words."
    # The form now carries the version that was shown: saving again overwrites it knowingly.
    assert browse(manager).post(url, typed | {"cc_version": "1"}).status_code == 302
    assert Product.objects.get().description == "My words."


def test_a_version_is_created_with_environments(
    browse: Browse, manager: User, version: ProductVersion
) -> None:
    element = create_element(by=None, category=create_category(by=None, name="OS"), name="Debian")
    environment = create_environment(by=None, elements=[element])
    answer = browse(manager).post(
        reverse("catalog:version_create", args=[version.product_id]),
        {"version": "2.0", "codename": "", "environments": [environment.pk]},
    )
    created = ProductVersion.objects.get(version="2.0")
    assert answer.headers["Location"] == reverse("catalog:version", args=[created.pk])
    assert created.latest
    assert list(created.environments.all()) == [environment]


def test_a_version_is_edited(browse: Browse, manager: User, version: ProductVersion) -> None:
    url = reverse("catalog:version_edit", args=[version.pk])
    assert b'value="1.0"' in browse(manager).get(url).content
    values = {"version": "1.1", "codename": "Ada", "cc_version": version.cc_version}
    assert browse(manager).post(url, values).status_code == 302
    version.refresh_from_db()
    assert version.version == "1.1"


def test_deleting_asks_first(browse: Browse, manager: User, version: ProductVersion) -> None:
    url = reverse("catalog:product_delete", args=[version.product_id])
    assert b"1 versions, 0 cases" in browse(manager).get(url).content
    assert Product.objects.exists()
    assert browse(manager).post(url).status_code == 302
    assert not Product.objects.exists()
    assert browse(manager).get(url).status_code == 404


def test_a_version_is_deleted(browse: Browse, manager: User, version: ProductVersion) -> None:
    answer = browse(manager).post(reverse("catalog:version_delete", args=[version.pk]))
    assert answer.headers["Location"] == reverse("catalog:product", args=[version.product_id])
    assert not ProductVersion.objects.exists()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        # person 1, permissions 2 (own, and of roles), count 1, ids 1, rows 1
        ("catalog:product_list", 6),
        # the same, and the choices of the product filter 1
        ("catalog:version_list", 7),
    ],
)
def test_lists_cost_the_same_for_any_number_of_rows(
    browse: Browse, tester: User, django_assert_num_queries: Any, name: str, expected: int
) -> None:
    client = browse(tester)
    client.get(reverse(name))
    for number in range(12):
        product = create_product(by=None, name=f"Product {number}")
        create_version(by=None, product=product, version="1")
        if number in (0, 11):
            with django_assert_num_queries(expected):
                client.get(reverse(name))
