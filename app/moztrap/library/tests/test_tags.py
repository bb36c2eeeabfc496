"""Tags: as records, and as a line of text in the form of a case."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse

from moztrap.accounts.models import User
from moztrap.catalog.actions import create_product
from moztrap.catalog.models import ProductVersion
from moztrap.core.actions import ActionError, ConflictError
from moztrap.library.actions import create_case, create_tag, delete_tag, update_tag
from moztrap.library.forms.tag_names import find_tags, join_names, split_names
from moztrap.library.models import CaseVersion, Tag

pytestmark = pytest.mark.django_db
Browse = Callable[[User | None], Client]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", []),
        (" , ,", []),
        ("b, a", ["b", "a"]),
        ("a, A ,á", ["a"]),
        ('"music, search", x', ["music, search", "x"]),
        ("one\r\ntwo", ["one", "two"]),
        ('say "hi"', ['say "hi"']),
    ],
)
def test_names_are_split(text: str, names: list[str]) -> None:
    assert split_names(text) == names


@pytest.mark.parametrize(
    "names", [[], ["a"], ["a", "b c"], ["music, search", "x"], ['say "hi"', "x"], ['"', ","]]
)
def test_a_line_of_names_reads_back(names: list[str]) -> None:
    assert split_names(join_names(names)) == sorted(names)


def test_the_product_s_own_tag_wins(versions: list[ProductVersion]) -> None:
    product = versions[0].product
    create_tag(by=None, name="smoke")
    own = create_tag(by=None, name="smoke", product=product)
    create_tag(by=None, name="fire", product=create_product(by=None, name="Gong"))
    assert find_tags(["smoke", "fire"], product) == ([own], ["fire"])


def test_a_tag_in_use_elsewhere_stays_global(
    versions: list[ProductVersion], caseversion: CaseVersion
) -> None:
    tag = create_tag(by=None, name="all")
    gong = create_product(by=None, name="Gong")
    caseversion.tags.add(tag)
    values: dict[str, Any] = {"by": None, "cc_version": 0, "name": "all", "description": ""}
    with pytest.raises(ActionError, match="1 cases of other products"):
        update_tag(tag, product=gong, **values)
    assert update_tag(tag, product=versions[0].product, **values).product == versions[0].product


def test_deleting_a_tag_leaves_its_cases(caseversion: CaseVersion) -> None:
    delete_tag(Tag.objects.get(), by=None)
    assert list(caseversion.tags.all()) == []
    assert CaseVersion.objects.exists()
    # The name is free again.
    create_tag(by=None, name="smoke", product=caseversion.case.product)
    with pytest.raises(ConflictError):
        create_tag(by=None, name="smoke", product=caseversion.case.product)


def test_people_need_the_permission(creator: User) -> None:
    with pytest.raises(PermissionDenied):
        create_tag(by=creator, name="smoke")


def test_tags_are_made_changed_and_deleted_on_pages(browse: Browse, manager: User) -> None:
    client = browse(manager)
    client.post(reverse("library:tag_create"), {"name": "smoke", "description": "**Hot.**"})
    tag = Tag.objects.get()
    url = reverse("library:tag", args=[tag.pk])
    assert "<strong>Hot.</strong>" in client.get(url).content.decode()
    edit = reverse("library:tag_edit", args=[tag.pk])
    values = {"name": "fire", "description": "", "cc_version": "0"}
    assert client.post(edit, values).headers["Location"] == url
    answer = client.post(edit, values | {"description": "Mine."})
    assert answer.status_code == 422
    assert "Mine." in answer.content.decode()
    client.post(reverse("library:tag_delete", args=[tag.pk]))
    assert not Tag.objects.exists()


def test_the_list_counts_cases_and_tells_global_tags(
    browse: Browse, tester: User, caseversion: CaseVersion
) -> None:
    create_tag(by=None, name="everywhere")
    client = browse(tester)
    url = reverse("library:tag_list")
    rows = client.get(url, {"sort": "-cases"}).context["listing"].rows
    assert [(tag.name, tag.case_count) for tag in rows] == [("smoke", 1), ("everywhere", 0)]
    rows = client.get(url, {"product": "global"}).context["listing"].rows
    assert [tag.name for tag in rows] == ["everywhere"]


def test_the_list_shows_descriptions_as_plain_text(browse: Browse, tester: User) -> None:
    create_tag(by=None, name="fire", description="# Hot\n\n**Wear** [gloves](https://a.test) <b>")
    page = browse(tester).get(reverse("library:tag_list")).content.decode()
    assert '<td data-label="Description">Hot Wear gloves &lt;b&gt;</td>' in page


def test_its_cost_does_not_grow(
    browse: Browse,
    tester: User,
    versions: list[ProductVersion],
    django_assert_num_queries: Any,
) -> None:
    client = browse(tester)
    url = reverse("library:tag_list")
    client.get(url)
    for number in range(15):
        tag = create_tag(by=None, name=f"tag {number}", product=versions[0].product)
        create_case(by=None, productversion=versions[0], name="Case", tags=[tag])
        if number in (0, 14):
            # person 1, permissions 2 (own, and of roles), choices of products 1,
            # count 1, ids of the page 1, rows of the page 1
            with django_assert_num_queries(7):
                client.get(url)
