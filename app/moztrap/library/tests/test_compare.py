"""Versions of a case side by side, and made from each other on pages."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from moztrap.accounts.models import User
from moztrap.catalog.actions import create_version
from moztrap.catalog.models import ProductVersion
from moztrap.library.actions import StepText, create_case, extend_case
from moztrap.library.actions.write_steps import write_steps
from moztrap.library.compare import ADDED, REMOVED, SAME, Piece, compare, text_difference
from moztrap.library.models import CaseVersion
from moztrap.library.tests.test_case_pages import posted

pytestmark = pytest.mark.django_db
Browse = Callable[[User | None], Client]


@pytest.fixture
def newer(caseversion: CaseVersion, versions: list[ProductVersion]) -> CaseVersion:
    """The case in the newer version, where it was rewritten a little."""
    newer = extend_case(caseversion, by=None, productversion=versions[1])
    write_steps(newer, [StepText("Press twice.", "It rings."), StepText("Wait."), StepText("Go.")])
    newer.tags.clear()
    return newer


def test_words_are_compared() -> None:
    assert text_difference("Press the bell.", "Press the red bell!") == (
        Piece(SAME, "Press the "),
        Piece(ADDED, "red "),
        Piece(SAME, "bell"),
        Piece(REMOVED, "."),
        Piece(ADDED, "!"),
    )
    assert text_difference("", "") == ()


def test_a_rewritten_text_stands_whole() -> None:
    assert text_difference("Switch the network on.", "Choose **Take back** at once.") == (
        Piece(REMOVED, "Switch the network on."),
        Piece(ADDED, "Choose **Take back** at once."),
    )


def test_a_step_that_moved_down_is_found_again(
    caseversion: CaseVersion, versions: list[ProductVersion]
) -> None:
    newer = extend_case(caseversion, by=None, productversion=versions[1])
    steps = [("Press it.", "It rings."), ("Look up.", ""), ("Now let it go.", "")]
    write_steps(newer, [StepText(*step) for step in steps])
    write_steps(caseversion, [StepText("Press.", "It rings."), StepText("Let it go.")])
    loaded = CaseVersion.objects.for_page().in_bulk([caseversion.pk, newer.pk])
    found = compare(loaded[caseversion.pk], loaded[newer.pk])
    assert [(s.old_number, s.new_number) for s in found.steps] == [(1, 1), (None, 2), (2, 3)]


@pytest.mark.parametrize("count", [3000, 60_000])
def test_very_long_texts_are_compared_roughly(count: int) -> None:
    old = "word\n" * count
    pieces = text_difference(old, old + "more\n")
    assert pieces[-1].kind == ADDED
    assert pieces[-1].text.endswith("more\n")


def test_fields_and_steps_are_compared(caseversion: CaseVersion, newer: CaseVersion) -> None:
    loaded = CaseVersion.objects.for_page().in_bulk([caseversion.pk, newer.pk])
    found = compare(loaded[caseversion.pk], loaded[newer.pk])
    assert [(field.label, field.pieces) for field in found.fields] == [
        ("Tags", (Piece(REMOVED, "smoke"),))
    ]
    assert [(s.old_number, s.new_number, s.kind) for s in found.steps] == [
        (1, 1, "changed"),
        (None, 2, "added"),
        (2, 3, "changed"),
    ]
    assert compare(loaded[newer.pk], loaded[newer.pk]).is_empty


def test_the_page_compares_the_two_newest_unless_asked(
    browse: Browse, tester: User, caseversion: CaseVersion, newer: CaseVersion
) -> None:
    client = browse(tester)
    url = reverse("library:case_compare", args=[caseversion.case_id])
    answer = client.get(url)
    assert (answer.context["old"], answer.context["new"]) == (caseversion, newer)
    page = answer.content.decode()
    assert "Press<ins> twice</ins>." in page
    assert "<del>smoke</del>" in page
    answer = client.get(url, {"old": newer.productversion_id, "new": newer.productversion_id})
    assert "say the same" in answer.content.decode()
    for nonsense in ("x", "9" * 30):
        assert client.get(url, {"old": nonsense, "new": nonsense}).status_code == 200
    assert client.get(reverse("library:case_compare", args=[999])).status_code == 404
    case_page = client.get(reverse("library:case", args=[caseversion.case_id])).content.decode()
    assert f"{url}?new={newer.productversion_id}" in case_page


def test_what_people_wrote_is_never_markup(
    browse: Browse, tester: User, caseversion: CaseVersion, newer: CaseVersion
) -> None:
    write_steps(newer, [StepText("<script>alert(1)</script>")])
    page = browse(tester).get(reverse("library:case_compare", args=[caseversion.case_id]))
    assert b"<script>alert" not in page.content


def test_comparing_costs_the_same_for_any_number_of_versions(
    browse: Browse,
    tester: User,
    caseversion: CaseVersion,
    newer: CaseVersion,
    django_assert_num_queries: Any,
) -> None:
    client = browse(tester)
    url = reverse("library:case_compare", args=[caseversion.case_id])
    client.get(url)
    for number in range(6):
        version = create_version(by=None, product=caseversion.case.product, version=f"3.{number}")
        extend_case(caseversion, by=None, productversion=version)
    # person 1, permissions 2 (own, and of roles), versions 1, both texts 1, steps 1, tags 1,
    # environments 1, attachments 1, suites 1
    with django_assert_num_queries(10):
        client.get(url)


def test_the_version_that_is_shown_is_the_one_that_is_copied(
    browse: Browse, creator: User, caseversion: CaseVersion, newer: CaseVersion
) -> None:
    third = create_version(by=None, product=caseversion.case.product, version="3.0")
    url = reverse("library:case_extend", args=[caseversion.case_id, third.pk])
    browse(creator).post(url, {"source": caseversion.productversion_id})
    copy = CaseVersion.objects.get(productversion=third)
    assert [step.instruction for step in copy.steps.all()] == ["Press.", "Let go."]


def test_a_new_case_goes_into_later_versions_where_that_is_ticked(
    browse: Browse, creator: User, versions: list[ProductVersion]
) -> None:
    client = browse(creator)
    url = reverse("library:case_create")
    assert 'name="and_later" id="id_and_later" checked' in client.get(url).content.decode()
    data = posted((1, "Press.", ""), productversion=versions[0].pk, tags="")
    client.post(url, data | {"and_later": "on"})
    assert CaseVersion.objects.count() == 2
    client.post(url, data)
    assert CaseVersion.objects.count() == 3


def test_a_version_is_filled_on_its_page(
    browse: Browse,
    manager: User,
    caseversion: CaseVersion,
    versions: list[ProductVersion],
    django_assert_num_queries: Any,
) -> None:
    client = browse(manager)
    url = reverse("catalog:version_fill", args=[versions[1].pk])
    assert "1.0 (1 missing here)" in client.get(url).content.decode()
    # person 1, permissions 2 (own, and of roles), the version 1, the others 1
    with django_assert_num_queries(5):
        client.get(url)
    assert client.post(url, {}).status_code == 422
    assert client.post(url, {"source": versions[1].pk}).status_code == 422
    page = client.post(url, {"source": versions[0].pk}, follow=True).content.decode()
    assert "Copied 1 case into Bell 2.0." in page
    assert CaseVersion.objects.filter(productversion=versions[1]).count() == 1


def test_a_version_is_made_from_another_on_a_page(
    browse: Browse, manager: User, versions: list[ProductVersion]
) -> None:
    create_case(by=None, productversion=versions[1], name="Ring")
    client = browse(manager)
    url = reverse("catalog:version_create", args=[versions[0].product_id])
    page = client.get(url, {"from": versions[1].pk}).content.decode()
    assert f'<option value="{versions[1].pk}" selected>' in page
    assert client.get(url, {"from": "x"}).status_code == 200
    client.post(url, {"version": "3.0", "copy_from": versions[1].pk})
    made = ProductVersion.objects.get(version="3.0")
    assert CaseVersion.objects.get(productversion=made).latest
