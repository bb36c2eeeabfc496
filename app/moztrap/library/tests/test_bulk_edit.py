"""Many cases changed at once, counted first."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse

from moztrap.accounts.models import User
from moztrap.catalog.actions import create_product, create_version
from moztrap.catalog.models import ProductVersion
from moztrap.core.actions import ActionError
from moztrap.core.models import AuditEntry
from moztrap.library.actions import (
    BulkChange,
    bulk_delete,
    bulk_edit,
    create_case,
    create_suite,
    create_tag,
    merge_tags,
    preview_bulk_edit,
)
from moztrap.library.models import Case, CaseVersion, Tag
from moztrap.library.tests.test_suites import order_of

pytestmark = pytest.mark.django_db
Browse = Callable[[User | None], Client]
URL = "/cases/bulk/"


@pytest.fixture
def rows(versions: list[ProductVersion]) -> list[CaseVersion]:
    """A, B and C; A is a draft, B has the tag fire, C is in both versions."""
    fire = create_tag(by=None, name="fire")
    return [
        create_case(by=None, productversion=versions[0], name="A", status="draft"),
        create_case(by=None, productversion=versions[0], name="B", tags=[fire], priority=2),
        create_case(by=None, productversion=versions[0], name="C", and_later=True),
    ]


def newest() -> Any:
    return CaseVersion.objects.newest_of_each_case().order_by("name")


def test_each_kind_of_change(
    rows: list[CaseVersion], versions: list[ProductVersion], manager: User
) -> None:
    fire, water = Tag.objects.get(), create_tag(by=None, name="water")
    suite = create_suite(by=None, product=versions[0].product, name="Smoke")
    change = BulkChange(
        status="active", priority=1, add_tags=[water], remove_tags=[fire], suite=suite
    )
    told = preview_bulk_edit(newest(), change)
    assert (told.selected, told.status, told.priority) == (3, 1, 3)
    assert (told.tagged, told.untagged, told.added_to_suite) == (3, 1, 3)
    assert bulk_edit(newest(), change, by=manager) == told
    assert set(newest().values_list("status", "case__priority")) == {("active", 1)}
    assert {tag.name for row in newest() for tag in row.tags.all()} == {"water"}
    assert order_of(suite) == "ABC"
    # What all versions of a case share has changed for whoever has one of them open.
    older = CaseVersion.objects.get(name="C", productversion=versions[0])
    assert (older.cc_version, older.status, older.tags.count()) == (1, "active", 0)
    entry = AuditEntry.objects.filter(object_id=str(rows[0].pk)).latest("pk")
    assert (entry.verb, entry.actor_name, entry.object_name) == ("update", "manager", "A")
    assert entry.details == {"status": "active", "priority": 1, "tags": ["+water", "-fire"]}


def test_what_is_like_that_already_is_no_new_version(rows: list[CaseVersion]) -> None:
    bulk_edit(newest(), BulkChange(status="active"), by=None)
    assert list(newest().values_list("name", "cc_version")) == [("A", 1), ("B", 0), ("C", 0)]


def test_a_change_of_what_the_filter_asks_for_reaches_all(rows: list[CaseVersion]) -> None:
    drafts = CaseVersion.objects.filter(status="draft")
    bulk_edit(drafts, BulkChange(status="active", priority=3), by=None)
    assert next(iter(newest().values_list("status", "case__priority"))) == ("active", 3)
    no_priority = BulkChange(priority=0)
    bulk_edit(CaseVersion.objects.filter(case__priority=3), no_priority, by=None)
    assert not Case.objects.filter(priority=3).exists()


def test_a_tag_of_another_product_is_refused(rows: list[CaseVersion]) -> None:
    gong = create_product(by=None, name="Gong")
    foreign = create_tag(by=None, name="gong", product=gong)
    with pytest.raises(ActionError, match="for cases of Gong"):
        bulk_edit(newest(), BulkChange(add_tags=[foreign]), by=None)


def test_it_takes_the_same_statements_for_any_number(
    rows: list[CaseVersion], versions: list[ProductVersion], django_assert_num_queries: Any
) -> None:
    tag = create_tag(by=None, name="water")
    change = BulkChange(status="disabled", priority=4, add_tags=[tag])
    for names in ("A", "BC"):
        some = CaseVersion.objects.filter(name__in=names)
        # savepoint 2, counts 4, marking 1, history 1, status 1, tag 1, priority 2, log 1
        with django_assert_num_queries(13):
            bulk_edit(some, change, by=None)


def test_deleting_takes_cases_that_have_nothing_left(
    rows: list[CaseVersion], versions: list[ProductVersion]
) -> None:
    assert bulk_delete(newest(), by=None) == 3
    assert list(CaseVersion.objects.values_list("name", "latest")) == [("C", True)]
    assert Case.objects.count() == 1
    stamps = set(Case.everything.exclude(pk=rows[2].case_id).values_list("deleted_on", flat=True))
    stamps |= set(CaseVersion.everything.filter(name="A").values_list("deleted_on", flat=True))
    assert len(stamps) == 1
    assert bulk_delete(CaseVersion.objects.none(), by=None) == 0


def test_people_need_the_permission(
    rows: list[CaseVersion], versions: list[ProductVersion], creator: User
) -> None:
    suite = create_suite(by=None, product=versions[0].product, name="Smoke")
    assert bulk_edit(newest(), BulkChange(suite=suite), by=creator).added_to_suite == 3
    for change in (BulkChange(status="draft"), BulkChange(status="draft", suite=suite)):
        with pytest.raises(PermissionDenied):
            bulk_edit(newest(), change, by=creator)
    with pytest.raises(PermissionDenied):
        bulk_delete(newest(), by=creator)


def test_all_that_match_are_previewed_and_changed(
    browse: Browse, manager: User, rows: list[CaseVersion]
) -> None:
    client = browse(manager)
    page = client.get("/cases/").content.decode()
    assert 'name="row"' in page
    assert "Change all 3…" in page
    url = f"{URL}?status=active"
    assert "Change 2 cases" in client.get(url).content.decode()
    data = {"status": "draft", "add_tags": "FIRE", "expected": "2"}
    page = client.post(url, data).content.decode()
    assert "status of 2 cases" in page
    assert "new tags for 1 case" in page
    assert set(newest().values_list("status", flat=True)) == {"draft", "active"}
    answer = client.post(url, data | {"apply": "1"})
    assert answer.headers["Location"] == "/cases/?status=active"
    assert set(newest().values_list("status", flat=True)) == {"draft"}


def test_chosen_rows_alone_are_changed(
    browse: Browse, manager: User, rows: list[CaseVersion]
) -> None:
    url = f"{URL}?row={rows[1].pk}&row=x&name=b"
    answer = browse(manager).post(url, {"priority": "0", "expected": "1", "apply": "1"})
    assert answer.headers["Location"] == "/cases/?name=b"
    assert Case.objects.filter(priority__isnull=True).count() == 3


def test_what_changed_since_the_preview_is_shown_again(
    browse: Browse, manager: User, rows: list[CaseVersion]
) -> None:
    answer = browse(manager).post(URL, {"status": "draft", "expected": "7", "apply": "1"})
    assert answer.status_code == 422
    assert "There are 3 cases now" in answer.content.decode()
    assert CaseVersion.objects.filter(status="draft").count() == 1


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({}, "Choose at least one change"),
        ({"add_tags": "unheard of"}, "There is no tag “unheard of”"),
        ({"suite": "99"}, "Select a valid choice"),
        ({"status": "odd"}, "Select a valid choice"),
    ],
)
def test_what_cannot_be_is_said_and_kept(
    browse: Browse,
    manager: User,
    rows: list[CaseVersion],
    data: dict[str, str],
    message: str,
) -> None:
    answer = browse(manager).post(URL, data | {"remove_tags": ""})
    assert answer.status_code == 422
    assert message in answer.content.decode()


def test_deleting_asks_first(browse: Browse, manager: User, rows: list[CaseVersion]) -> None:
    client = browse(manager)
    page = client.post(URL, {"delete": "1"}).content.decode()
    assert "Delete 3 cases?" in page
    assert CaseVersion.objects.count() == 4
    client.post(URL, {"delete": "1", "confirmed": "3"})
    assert CaseVersion.objects.count() == 1


def test_authors_add_to_suites_and_no_more(
    browse: Browse, creator: User, tester: User, rows: list[CaseVersion]
) -> None:
    form = browse(creator).get(URL).context["form"]
    assert list(form.fields) == ["suite", "expected"]
    browse(creator).post(URL, {"delete": "1", "confirmed": "3"})
    assert CaseVersion.objects.count() == 4
    assert b'name="row"' not in browse(tester).get("/cases/").content


def test_nothing_chosen_is_said(browse: Browse, manager: User) -> None:
    assert b"No case was chosen" in browse(manager).get(f"{URL}?row=99").content
    assert browse(manager).post(f"{URL}?row=99", {"status": "draft"}).status_code == 422


def test_tags_are_merged(
    browse: Browse, manager: User, rows: list[CaseVersion], versions: list[ProductVersion]
) -> None:
    fire = Tag.objects.get()
    water = create_tag(by=None, name="water", description="Wet.")
    rows[1].tags.add(water)
    rows[2].tags.add(fire)
    client = browse(manager)
    url = reverse("library:tag_merge", args=[fire.pk])
    page = client.get(url).content.decode()
    assert "The other tag takes its place in 1 case, and this one is deleted." in page
    for wrong in ("", "fire", "unheard of"):
        assert client.post(url, {"target": wrong}).status_code == 422
    assert client.post(url, {"target": "Water"}).status_code == 302
    assert sorted(row.name for row in water.caseversions.all()) == ["B", "C"]
    assert [tag.name for tag in Tag.objects.all()] == ["water"]


def test_a_tag_in_use_elsewhere_is_not_merged_into_one_product_s(
    rows: list[CaseVersion], versions: list[ProductVersion]
) -> None:
    gong = create_version(by=None, product=create_product(by=None, name="Gong"), version="1")
    fire = Tag.objects.get()
    create_case(by=None, productversion=gong, name="G", tags=[fire])
    own = create_tag(by=None, name="own", product=versions[0].product)
    with pytest.raises(ActionError, match="1 cases of other products"):
        merge_tags(fire, own, by=None)
    with pytest.raises(ActionError, match="into itself"):
        merge_tags(fire, fire, by=None)


def test_testers_read_descriptions_of_tags(rows: list[CaseVersion]) -> None:
    Tag.objects.update(description="Hot.")
    rows[1].tags.add(create_tag(by=None, name="quiet"))
    (row,) = CaseVersion.objects.for_testers().filter(name="B")
    assert [tag.description for tag in row.notes] == ["Hot."]


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        # person 1, permissions 2 (own, and of roles), choices of products and versions 2, count 1,
        # products 1, suites 1
        (URL, 8),
        # person 1, permissions 2, versions 1; suites only once a version is chosen
        ("/cases/enter/", 4),
        # person 1, permissions 2, versions 1
        ("/cases/import/", 4),
    ],
)
def test_the_cost_of_pages_does_not_grow(
    browse: Browse,
    manager: User,
    versions: list[ProductVersion],
    django_assert_num_queries: Any,
    address: str,
    expected: int,
) -> None:
    client = browse(manager)
    client.get(address)
    for number in range(8):
        product = create_product(by=None, name=f"Product {number}")
        version = create_version(by=None, product=product, version="1")
        create_case(by=None, productversion=version, name="Case")
        create_suite(by=None, product=product, name="Suite")
        if number in (0, 7):
            with django_assert_num_queries(expected):
                client.get(address)
