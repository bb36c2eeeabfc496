"""Environments: made of elements, refused to go while in use."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse

from moztrap.accounts.models import User
from moztrap.catalog.actions import create_product, create_version
from moztrap.core.actions import ConflictError
from moztrap.environments.actions import (
    create_category,
    create_element,
    create_environment,
    delete_category,
    delete_element,
    delete_environment,
)
from moztrap.environments.actions.delete import InUseError
from moztrap.environments.models import Category, Element, Environment

pytestmark = pytest.mark.django_db
Browse = Callable[[User | None], Client]


@pytest.fixture
def elements() -> list[Element]:
    system = create_category(by=None, name="System")
    browser = create_category(by=None, name="Browser")
    return [
        create_element(by=None, category=system, name="Debian 12"),
        create_element(by=None, category=browser, name="Firefox 128"),
    ]


def test_its_name_lists_elements_by_category(elements: list[Element]) -> None:
    environment = create_environment(by=None, elements=elements)
    assert str(environment) == "Firefox 128 / Debian 12"
    named = create_environment(by=None, elements=elements, name="Lab")
    assert str(named) == "Lab: Firefox 128 / Debian 12"


def test_names_are_unique_where_they_must_be(elements: list[Element]) -> None:
    with pytest.raises(ConflictError, match="category of this name"):
        create_category(by=None, name="System")
    system, browser = (element.category for element in elements)
    with pytest.raises(ConflictError, match="element of this name"):
        create_element(by=None, category=system, name="Debian 12")
    create_element(by=None, category=browser, name="Debian 12")


def test_what_is_in_use_is_not_deleted(elements: list[Element]) -> None:
    environment = create_environment(by=None, elements=elements)
    product = create_product(by=None, name="Bell")
    version = create_version(by=None, product=product, version="1", environments=[environment])
    with pytest.raises(InUseError, match=r"1 product version"):
        delete_environment(environment, by=None)
    with pytest.raises(InUseError, match=r"1 environment"):
        delete_element(elements[0], by=None)
    with pytest.raises(InUseError, match=r"1 element"):
        delete_category(elements[0].category, by=None)
    version.environments.clear()
    delete_environment(environment, by=None)
    delete_element(elements[0], by=None)
    delete_category(elements[0].category, by=None)
    assert [c.name for c in Category.objects.all()] == ["Browser"]


def test_people_need_the_permission(creator: User) -> None:
    with pytest.raises(PermissionDenied):
        create_category(by=creator, name="System")


def test_environments_are_made_and_changed_on_pages(
    browse: Browse, manager: User, elements: list[Element]
) -> None:
    client = browse(manager)
    url = reverse("environments:environment_create")
    assert "Debian 12" in client.get(url).content.decode()
    client.post(url, {"name": "", "elements": [element.pk for element in elements]})
    environment = Environment.objects.get()
    url = reverse("environments:environment_edit", args=[environment.pk])
    values = {"name": "Lab", "elements": [elements[0].pk], "cc_version": "0"}
    assert client.post(url, values).status_code == 302
    assert str(Environment.objects.get()) == "Lab: Debian 12"
    stale = client.post(url, values | {"name": "Attic"})
    assert stale.status_code == 422
    assert "Someone else saved" in stale.content.decode()


def test_an_environment_needs_elements(browse: Browse, manager: User) -> None:
    answer = browse(manager).post(reverse("environments:environment_create"), {"name": "Empty"})
    assert answer.status_code == 422
    assert not Environment.objects.exists()


def test_categories_and_elements_are_made_on_pages(browse: Browse, manager: User) -> None:
    client = browse(manager)
    client.post(reverse("environments:category_create"), {"name": "Browser"})
    category = Category.objects.get()
    values = {"category": category.pk, "name": "Firefox 128"}
    client.post(reverse("environments:element_create"), values)
    element = Element.objects.get()
    url = reverse("environments:element_edit", args=[element.pk])
    client.post(url, values | {"name": "Firefox 140", "cc_version": "0"})
    url = reverse("environments:category_edit", args=[category.pk])
    client.post(url, {"name": "Web browser", "cc_version": "0"})
    element.refresh_from_db()
    assert (element.name, element.category.name) == ("Firefox 140", "Web browser")


def test_a_refused_delete_says_why(browse: Browse, manager: User, elements: list[Element]) -> None:
    url = reverse("environments:category_delete", args=[elements[0].category_id])
    answer = browse(manager).post(url, follow=True)
    assert "“System” is in use by 1 element" in answer.content.decode()


def test_lists_can_be_filtered(browse: Browse, tester: User, elements: list[Element]) -> None:
    create_environment(by=None, elements=[elements[0]], name="Lab")
    create_environment(by=None, elements=[elements[1]], name="Attic")
    client = browse(tester)
    url = reverse("environments:environment_list")
    page = client.get(url, {"element": "debian"}).content.decode()
    assert "Lab" in page
    assert "Attic" not in page
    url = reverse("environments:element_list")
    page = client.get(url, {"category": elements[1].category_id}).content.decode()
    assert "Firefox 128</th>" in page
    assert "Debian 12</th>" not in page


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        # person 1, permissions 2 (own, and of roles), count 1, ids 1, rows 1, elements 1
        ("environments:environment_list", 7),
        # person 1, permissions 2 (own, and of roles), count 1, ids 1, rows 1, categories 1
        ("environments:element_list", 7),
        # person 1, permissions 2 (own, and of roles), count 1, ids 1, rows 1, elements 1
        ("environments:category_list", 7),
    ],
)
def test_lists_cost_the_same_for_any_number_of_rows(
    browse: Browse, tester: User, django_assert_num_queries: Any, name: str, expected: int
) -> None:
    client = browse(tester)
    client.get(reverse(name))
    for number in range(12):
        category = create_category(by=None, name=f"Category {number}")
        element = create_element(by=None, category=category, name="Element")
        create_environment(by=None, elements=[element])
        if number in (0, 11):
            with django_assert_num_queries(expected):
                client.get(reverse(name))
