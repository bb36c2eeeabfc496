"""Pinned filters fill new forms in, say so there, and are taken out there."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from moztrap.accounts.models import User
from moztrap.catalog.actions import create_product, create_version
from moztrap.catalog.models import ProductVersion
from moztrap.core.preferences import Preferences, pin_filter
from moztrap.environments.actions import create_category
from moztrap.library.actions import create_suite
from moztrap.library.models import CaseVersion
from moztrap.library.tests.test_case_pages import posted

pytestmark = pytest.mark.django_db
Browse = Callable[[User | None], Client]


@pytest.fixture
def version() -> ProductVersion:
    """A product version whose product has two suites."""
    product = create_product(by=None, name="Bell")
    for name in ("Smoke", "Full"):
        create_suite(by=None, product=product, name=name)
    return create_version(by=None, product=product, version="1")


@pytest.fixture
def pinned(manager: User, version: ProductVersion) -> User:
    """Somebody who has pinned a lot."""
    category = create_category(by=None, name="OS")
    for key, *values in (
        ("version", str(version.pk)),
        ("product", str(version.product_id)),
        ("status", "draft"),
        ("priority", "2"),
        ("tag", "loud", "late*", "music, search"),
        ("suite", "Smoke", "Fu"),
        ("category", str(category.pk)),
        ("build", "77"),
        ("kind", "series"),
    ):
        pin_filter(manager, key, *values)
    return manager


def started(client: Client, address: str, **query: Any) -> dict[str, Any]:
    """Return what a form shows, for each field that a pin has filled in."""
    form = client.get(address, query).context["form"]
    return {name: form[name].value() for name in form.pinned}


def test_each_form_takes_what_it_has_fields_for(
    browse: Browse, pinned: User, version: ProductVersion
) -> None:
    client = browse(pinned)
    smoke = version.product.suites.get(name="Smoke").pk
    case = {
        "productversion": str(version.pk),
        "status": "draft",
        "priority": "2",
        # A pattern is no name of a tag, and a part of a name is no suite.
        "tags": 'loud,"music, search"',
    }
    assert started(client, "/cases/new/") == case | {"suites": [str(smoke)]}
    assert started(client, "/cases/enter/") == case | {"suite": [str(smoke)]}
    assert started(client, "/cases/import/") == {"productversion": str(version.pk)}
    assert started(client, "/suites/new/") == {
        "product": str(version.product_id),
        "status": "draft",
    }
    assert started(client, "/tags/new/") == {"product": str(version.product_id)}
    assert list(started(client, "/environments/elements/new/")) == ["category"]
    assert started(client, "/runs/new/", version=version.pk) == {
        "build": "77",
        "is_series": True,
        "suites": {smoke: "1"},
    }


def test_a_run_is_not_begun_on_a_pin_alone(
    browse: Browse, pinned: User, version: ProductVersion
) -> None:
    page = browse(pinned).get("/runs/new/").content.decode()
    assert f'value="{version.pk}" checked' in page
    assert "Unpin the version" in page


def test_the_address_goes_before_pins(
    browse: Browse, pinned: User, version: ProductVersion
) -> None:
    other = create_version(by=None, product=version.product, version="2")
    client = browse(pinned)
    form = client.get(f"/cases/new/?version={other.pk}&status=active").context["form"]
    assert form["productversion"].value() == str(other.pk)
    assert form["status"].value() == "active"
    assert {"productversion", "status"} & set(form.pinned) == set()


def test_several_values_fill_in_no_field_of_one(
    browse: Browse, manager: User, version: ProductVersion
) -> None:
    pin_filter(manager, "status", "draft", "active")
    assert started(browse(manager), "/cases/new/") == {}


@pytest.mark.parametrize("value", ["999", "nonsense", "9" * 30, "none"])
def test_what_is_no_choice_any_more_fills_in_nothing(
    browse: Browse, manager: User, version: ProductVersion, value: str
) -> None:
    for key in ("version", "product", "status", "priority", "category", "suite"):
        pin_filter(manager, key, value)
    client = browse(manager)
    for address in ("/cases/new/", "/cases/enter/", "/suites/new/", "/environments/elements/new/"):
        assert started(client, address) == {}
    assert client.get("/runs/new/").status_code == 200
    # The status that a form has by itself is not lost to a pin that means nothing.
    assert client.get("/cases/new/").context["form"]["status"].value() == "active"


def test_the_form_shows_a_pin_and_takes_it_out(
    browse: Browse, pinned: User, version: ProductVersion
) -> None:
    client = browse(pinned)
    page = client.get("/cases/new/").content.decode()
    assert "Unpin what fills in Product version" in page
    data = posted((1, "Press.", ""), productversion=version.pk, status="draft", name="Half a name")
    file = SimpleUploadedFile("one.txt", b"Words.")
    answer = client.post("/cases/new/", data | {"unpin": "version", "new_files": file})
    form = answer.context["form"]
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "Not pinned any more." in page
    # The field is empty, the rest is as it was typed, and nothing is wrong yet.
    assert not form["productversion"].value()
    assert "productversion" not in form.pinned
    for words in ("Half a name", "Press.", "one.txt"):
        assert words in page
    assert "This field is required" not in page
    assert not CaseVersion.objects.exists()
    pinned.refresh_from_db()
    assert "version" not in Preferences(pinned).pins("")
    assert "status" in Preferences(pinned).pins("")


def test_a_form_that_comes_back_shows_what_is_still_a_pin(
    browse: Browse, pinned: User, version: ProductVersion
) -> None:
    data = posted((1, "Press.", ""), productversion=version.pk, status="active", name="")
    form = browse(pinned).post("/cases/new/", data).context["form"]
    assert form.errors
    # The status was changed by hand.
    assert "productversion" in form.pinned
    assert "status" not in form.pinned


@pytest.mark.parametrize(
    ("address", "field", "key"),
    [
        ("/suites/new/", "product", "product"),
        ("/tags/new/", "product", "product"),
        ("/environments/elements/new/", "category", "category"),
        ("/cases/enter/", "tags", "tag"),
        ("/cases/import/", "productversion", "version"),
        ("/runs/new/?version={}", "suites", "suite"),
    ],
)
def test_every_such_form_takes_its_pins_out(
    browse: Browse, pinned: User, version: ProductVersion, address: str, field: str, key: str
) -> None:
    client = browse(pinned)
    url = address.format(version.pk)
    assert "From a pinned filter." in client.get(url).content.decode()
    smoke = version.product.suites.get(name="Smoke").pk
    sent = {"name": "Typed", "unpin": key, field: "1", f"suites-{smoke}": "1"}
    answer = client.post(url, sent)
    form = answer.context["form"]
    assert answer.status_code == 200
    assert field not in form.pinned
    assert not form.errors
    value = form[field].value()
    assert not (any(value.values()) if isinstance(value, dict) else value)
    pinned.refresh_from_db()
    assert key not in Preferences(pinned).pins("")


def test_only_pins_of_the_form_are_taken_out_there(
    browse: Browse, pinned: User, version: ProductVersion
) -> None:
    browse(pinned).post("/tags/new/", {"name": "", "unpin": "version"})
    pinned.refresh_from_db()
    assert "version" in Preferences(pinned).pins("")


def test_editing_is_not_filled_in(browse: Browse, pinned: User, version: ProductVersion) -> None:
    suite = version.product.suites.get(name="Smoke")
    page = browse(pinned).get(f"/suites/{suite.pk}/edit/").content.decode()
    assert "From a pinned filter." not in page
