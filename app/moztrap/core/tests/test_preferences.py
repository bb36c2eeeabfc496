"""Pinned filters, saved filters, and pages as long as people like them."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from moztrap.accounts.models import User
from moztrap.catalog.actions import create_product, create_version
from moztrap.catalog.models import Product
from moztrap.core.actions import ActionError
from moztrap.core.listing.state import Pin
from moztrap.core.preferences import (
    MOST_PINS,
    Preferences,
    SavedFilter,
    pin_filter,
    save_filter,
)
from moztrap.library.actions import create_case, create_suite

pytestmark = pytest.mark.django_db
Browse = Callable[[User | None], Client]
PIN, SAVE = "/filters/pin/", "/filters/save/"


@pytest.fixture
def product() -> Product:
    """A product with a version and a suite, beside another one."""
    for name in ("Gong", "Bell"):
        product = create_product(by=None, name=name)
        version = create_version(by=None, product=product, version="1")
        create_case(by=None, productversion=version, name=f"Ring the {name}")
        create_suite(by=None, product=product, name=f"Suite of {name}")
    return product


def names(answer: Any) -> list[str]:
    return [row.name for row in answer.context["listing"].rows]


def test_a_pin_applies_to_every_list_that_has_the_filter(
    browse: Browse, manager: User, product: Product
) -> None:
    client = browse(manager)
    page = client.get("/cases/", {"product": product.pk}).content.decode()
    assert "Pin the filter Product: Bell" in page
    data = {"key": "product", "value": product.pk, "place": "/cases/", "query": "product=1&size=20"}
    answer = client.post(PIN, data)
    assert answer.headers["Location"] == "/cases/?product=1&size=20"
    # The whole state stands in the address.
    for place in ("/cases/", "/suites/", "/tags/"):
        assert client.get(place).headers["Location"] == f"{place}?product={product.pk}"
    assert names(client.get("/suites/", follow=True)) == ["Suite of Bell"]
    assert client.get("/environments/").status_code == 200
    # And it can be left.
    page = client.get("/suites/", {"product": product.pk}).content.decode()
    assert 'href="?all="' in page
    assert names(client.get("/suites/?all=")) == ["Suite of Bell", "Suite of Gong"]


def test_pins_prefill_forms(browse: Browse, manager: User, product: Product) -> None:
    version = product.versions.get()
    pin_filter(manager, "product", str(product.pk))
    pin_filter(manager, "version", str(version.pk))
    client = browse(manager)
    for place, key in (
        ("/suites/new/", product.pk),
        ("/tags/new/", product.pk),
        ("/cases/new/", version.pk),
        ("/cases/enter/", version.pk),
    ):
        assert f'<option value="{key}" selected>' in client.get(place).content.decode()
    other = Product.objects.exclude(pk=product.pk).get()
    page = client.get("/suites/new/", {"product": other.pk}).content.decode()
    assert f'<option value="{other.pk}" selected>' in page


def test_a_pin_of_something_gone_is_no_filter(
    browse: Browse, manager: User, product: Product
) -> None:
    pin_filter(manager, "product", "999")
    answer = browse(manager).get("/suites/", follow=True)
    assert names(answer) == ["Suite of Bell", "Suite of Gong"]


def test_a_pin_is_taken_out(browse: Browse, manager: User, product: Product) -> None:
    pin_filter(manager, "product", str(product.pk))
    client = browse(manager)
    page = client.get("/cases/", {"product": product.pk}).content.decode()
    assert "Unpin the filter Product: Bell" in page
    client.post(PIN, {"key": "product", "unpin": "1", "place": "/cases/"})
    assert client.get("/cases/").status_code == 200


def test_filters_are_saved_and_forgotten(browse: Browse, manager: User, product: Product) -> None:
    client = browse(manager)
    query = f"product={product.pk}&sort=name"
    data = {"place": "/cases/", "query": query, "name": " Mine  <b> "}
    page = client.post(SAVE, data, follow=True).content.decode()
    assert "Saved these filters as “Mine &lt;b&gt;”" in page
    assert f'<a href="?{query.replace("&", "&amp;")}">Mine &lt;b&gt;</a>' in page
    assert "Mine" not in client.get("/suites/").content.decode()
    client.post(SAVE, {"place": "/cases/", "name": "Mine <b>", "forget": "1"})
    assert "Mine" not in client.get("/cases/").content.decode()
    nameless = client.post(SAVE, data | {"name": " "}, follow=True)
    assert "needs a name" in nameless.content.decode()


def test_nobody_is_led_elsewhere(browse: Browse, manager: User) -> None:
    for place in ("https://evil.test/", "//evil.test/", "cases/", "", "/cases/?x", "/\\evil.test"):
        answer = browse(manager).post(PIN, {"key": "a", "value": "b", "place": place})
        assert answer.headers["Location"] == "/", place


def test_the_length_of_pages_is_remembered(browse: Browse, tester: User, product: Product) -> None:
    version = product.versions.get()
    for number in range(30):
        create_case(by=None, productversion=version, name=f"Case {number}")
    client = browse(tester)
    assert len(names(client.get("/cases/"))) == 20
    client.get("/cases/?size=50")
    assert len(names(client.get("/cases/"))) == 32
    # Odd sizes mean nothing, and are not remembered.
    assert len(names(client.get("/cases/?size=7"))) == 32
    tester.refresh_from_db()
    assert Preferences(tester).size == 50


def test_there_is_an_end(manager: User) -> None:
    for number in range(MOST_PINS):
        pin_filter(manager, f"key {number}", "x")
    with pytest.raises(ActionError, match="can be pinned"):
        pin_filter(manager, "one more", "x")
    pin_filter(manager, "key 1", "y")
    with pytest.raises(ActionError, match="60 characters"):
        save_filter(manager, SavedFilter("/", "x" * 61, ""))


def test_two_windows_keep_both_changes(manager: User) -> None:
    other = User.objects.get(pk=manager.pk)
    pin_filter(manager, "product", "1")
    pin_filter(other, "version", "2")
    manager.refresh_from_db()
    assert Preferences(manager).pins("/cases/") == {"product": Pin(("1",)), "version": Pin(("2",))}


@pytest.mark.parametrize("kept", [None, [], {"pins": 3, "saved": 4, "size": "x"}])
def test_what_is_kept_may_be_anything(
    browse: Browse, manager: User, product: Product, kept: Any
) -> None:
    User.objects.filter(pk=manager.pk).update(preferences=kept)
    assert browse(manager).get("/cases/").status_code == 200


def test_anonymous_readers_have_nothing_to_pin(
    browse: Browse, product: Product, settings: Any
) -> None:
    settings.ALLOW_ANONYMOUS_ACCESS = True
    page = browse(None).get("/cases/", {"product": product.pk, "size": 50}).content.decode()
    assert "chip__remove" in page
    assert "chip__pin" not in page


def test_pins_and_saved_filters_cost_no_query(
    browse: Browse, tester: User, product: Product, django_assert_num_queries: Any
) -> None:
    client = browse(tester)
    client.get("/suites/?all=")
    # person 1, permissions 2 (own, and of roles), products 1, count 1, ids 1, rows 1
    with django_assert_num_queries(7):
        client.get("/suites/?all=")
    pin_filter(tester, "product", str(product.pk))
    save_filter(tester, SavedFilter("/suites/", "Mine", "product=1"))
    with django_assert_num_queries(7):
        client.get("/suites/", {"product": product.pk})
