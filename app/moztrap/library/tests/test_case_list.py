"""The list of cases: filters, what is shown, and what it costs."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from moztrap.accounts.models import User
from moztrap.catalog.models import ProductVersion
from moztrap.environments.actions import create_category, create_element, create_environment
from moztrap.library.actions import StepText, create_case, create_tag, extend_case
from moztrap.library.models import CaseVersion, Tag

Browse = Callable[[User | None], Client]
URL = "/cases/"


@pytest.fixture
def names(browse: Browse, tester: User) -> Callable[..., list[str]]:
    client = browse(tester)

    def get(**filters: Any) -> list[str]:
        rows = client.get(URL, filters).context["listing"].rows
        return sorted(caseversion.name for caseversion in rows)

    return get


@pytest.fixture
def library(caseversion: CaseVersion, versions: list[ProductVersion]) -> None:
    """Two more cases: a draft about a gong, and an old one that is in both versions."""
    element = create_element(by=None, category=create_category(by=None, name="OS"), name="Debian")
    create_case(
        by=None,
        productversion=versions[1],
        name="Strike the gong",
        description="With a mallet.",
        status="draft",
        priority=None,
        steps=[StepText("Strike.", "It booms.")],
        tags=[
            create_tag(by=None, name="smoke"),
            create_tag(by=None, name="bug 12", product=versions[1].product),
        ],
        environments=[create_environment(by=None, elements=[element])],
    )
    knock = create_case(by=None, productversion=versions[0], name="Knock", priority=1)
    extend_case(knock, by=None, productversion=versions[1])


@pytest.mark.usefixtures("library")
def test_each_case_is_listed_once(names: Callable[..., list[str]]) -> None:
    assert names() == ["Knock", "Ring the bell", "Strike the gong"]


@pytest.mark.usefixtures("library")
def test_a_version_lists_what_is_in_it(
    names: Callable[..., list[str]], versions: list[ProductVersion]
) -> None:
    assert names(version=versions[0].pk) == ["Knock", "Ring the bell"]
    assert names(version=versions[1].pk) == ["Knock", "Strike the gong"]
    assert names(product=versions[0].product_id, version=999) == names()


@pytest.mark.usefixtures("library")
@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"name": "THE bell"}, ["Ring the bell"]),
        ({"status": "draft"}, ["Strike the gong"]),
        ({"status": ["draft", "active"]}, ["Knock", "Ring the bell", "Strike the gong"]),
        ({"priority": "1"}, ["Knock"]),
        ({"priority": "none"}, ["Strike the gong"]),
        ({"priority": ["none", "2"]}, ["Ring the bell", "Strike the gong"]),
        ({"tag": "smoke"}, ["Ring the bell", "Strike the gong"]),
        ({"tag": "SMOKE"}, ["Ring the bell", "Strike the gong"]),
        ({"tag": "smo"}, []),
        ({"tag": "smo*"}, ["Ring the bell", "Strike the gong"]),
        ({"tag": "*12"}, ["Strike the gong"]),
        ({"tag": "*ug*"}, ["Strike the gong"]),
        ({"tag": ["smoke", "bug 12"]}, ["Strike the gong"]),
        ({"step": "booms"}, ["Strike the gong"]),
        ({"step": "let go"}, ["Ring the bell"]),
        ({"description": "mallet"}, ["Strike the gong"]),
        ({"element": "debian"}, ["Strike the gong"]),
        ({"id": "bell"}, ["Ring the bell"]),
        ({"id": "0"}, []),
        ({"creator": "nobody"}, []),
        ({"tag": "smoke", "priority": "2"}, ["Ring the bell"]),
    ],
)
def test_filters(
    names: Callable[..., list[str]], filters: dict[str, Any], expected: list[str]
) -> None:
    assert names(**filters) == expected


def test_ids_are_found_with_and_without_prefix(
    names: Callable[..., list[str]], caseversion: CaseVersion
) -> None:
    number = caseversion.case_id
    assert names(id=number) == names(id=f"bell-{number}") == ["Ring the bell"]
    assert names(id=f"gong-{number}") == []
    assert names(id="9" * 40) == []


def test_deleted_tags_do_not_show(browse: Browse, tester: User, caseversion: CaseVersion) -> None:
    Tag.objects.update(deleted_on=caseversion.created_on)
    assert b"smoke" not in browse(tester).get(URL).content


def test_text_of_people_is_never_markup(
    browse: Browse, tester: User, versions: list[ProductVersion]
) -> None:
    nasty = "<script>alert(1)</script>"
    tag = create_tag(by=None, name=nasty)
    case = create_case(
        by=None,
        productversion=versions[0],
        name=nasty,
        description=nasty,
        steps=[StepText(nasty, nasty)],
        tags=[tag],
    )
    client = browse(tester)
    for url in (URL, reverse("library:case", args=[case.case_id]), f"{URL}?tag={nasty}"):
        assert nasty not in client.get(url).content.decode()


def test_an_empty_list_and_an_empty_result_differ(browse: Browse, creator: User) -> None:
    client = browse(creator)
    assert b"No test case yet." in client.get(URL).content
    assert b"Nothing matches these filters." in client.get(URL, {"name": "x"}).content


def test_its_cost_does_not_grow(
    browse: Browse,
    tester: User,
    versions: list[ProductVersion],
    django_assert_num_queries: Any,
) -> None:
    client = browse(tester)
    client.get(URL, {"size": 50})
    for number in range(30):
        tags = [create_tag(by=None, name=f"tag {number}.{i}") for i in range(3)]
        create_case(by=None, productversion=versions[0], name=f"Case {number}", tags=tags)
        if number in (0, 29):
            # person 1, permissions 2 (own, and of roles), choices of products 1 and versions 1,
            # count 1, ids of the page 1, rows of the page 1, their tags 1
            with django_assert_num_queries(9):
                answer = client.get(URL, {"size": 50})
    assert len(answer.content) < 200_000


@pytest.mark.parametrize("value", ["9" * 26, "-1", "²", "٣", "1.5", "😀"])
def test_numbers_that_are_no_ids_choose_nothing(
    browse: Callable[[User | None], Client], tester: User, value: str
) -> None:
    for name in ("product", "version", "id", "page"):
        assert browse(tester).get("/cases/", {name: value}).status_code == 200
