"""What was deleted together comes back together."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from moztrap.accounts.models import User
from moztrap.catalog.actions import delete_product, delete_version
from moztrap.catalog.models import Product, ProductVersion
from moztrap.core.actions import ActionError, ConcurrencyError, ConflictError
from moztrap.core.actions.batches import batch_moments, load_batches
from moztrap.library.actions import (
    bulk_delete,
    create_case,
    create_suite,
    create_tag,
    delete_caseversion,
    delete_suite,
    delete_tag,
    extend_case,
    undelete_batch,
)
from moztrap.library.models import Case, CaseVersion, Suite, Tag

pytestmark = pytest.mark.django_db
Browse = Callable[[User | None], Client]
URL = "/deleted/"


def newest() -> Any:
    return next(iter(batch_moments()))["deleted_on"]


def test_many_cases_come_back_at_once(
    caseversion: CaseVersion, versions: list[ProductVersion], manager: User
) -> None:
    extend_case(caseversion, by=None, productversion=versions[1])
    create_case(by=None, productversion=versions[0], name="Knock")
    bulk_delete(CaseVersion.objects.newest_of_each_case(), by=manager)
    assert list(CaseVersion.objects.values_list("productversion", "latest")) == [
        (versions[0].pk, True)
    ]
    parts = undelete_batch(newest(), by=manager)
    assert {part.kind: part.count for part in parts} == {
        "library.case": 1,
        "library.caseversion": 2,
    }
    rows = CaseVersion.objects.filter(case=caseversion.case).order_by("productversion__order")
    assert [row.latest for row in rows] == [False, True]


def test_versions_are_put_in_order_again(
    caseversion: CaseVersion, versions: list[ProductVersion]
) -> None:
    extend_case(caseversion, by=None, productversion=versions[1])
    delete_version(versions[1], by=None)
    assert ProductVersion.objects.get().latest
    undelete_batch(newest(), by=None)
    assert [v.latest for v in ProductVersion.objects.order_by("order")] == [False, True]
    assert CaseVersion.objects.get(latest=True).productversion == versions[1]


def test_what_was_deleted_before_stays_deleted(
    caseversion: CaseVersion, versions: list[ProductVersion]
) -> None:
    delete_caseversion(caseversion, by=None)
    delete_product(versions[0].product, by=None)
    earlier = list(batch_moments())[1]["deleted_on"]
    with pytest.raises(ActionError, match="The product “Bell” that this belongs to is deleted"):
        undelete_batch(earlier, by=None)
    undelete_batch(newest(), by=None)
    assert Product.objects.exists()
    assert not Case.objects.exists()
    undelete_batch(earlier, by=None)
    assert CaseVersion.objects.get() == caseversion
    with pytest.raises(ConcurrencyError, match="brought this back"):
        undelete_batch(earlier, by=None)


def test_a_taken_place_is_told_and_nothing_comes_back(versions: list[ProductVersion]) -> None:
    suite = create_suite(by=None, product=versions[0].product, name="Smoke")
    delete_suite(suite, by=None)
    create_suite(by=None, product=versions[0].product, name="Smoke")
    with pytest.raises(ConflictError, match="suite of this name already"):
        undelete_batch(newest(), by=None)
    assert Suite.objects.count() == 1


def test_it_takes_the_permission_of_deleting(creator: User) -> None:
    delete_tag(create_tag(by=None, name="fire"), by=None)
    with pytest.raises(PermissionDenied):
        undelete_batch(newest(), by=creator)


def test_the_page_lists_and_brings_back(
    browse: Browse, manager: User, tester: User, caseversion: CaseVersion
) -> None:
    tag = create_tag(by=None, name="fire & co")
    delete_tag(tag, by=manager)
    delete_caseversion(caseversion, by=None)
    client = browse(manager)
    page = client.get(URL).content.decode()
    assert "tag “fire &amp; co”" in page
    assert "case version “Ring the bell”" in page
    moment = Tag.everything.get(pk=tag.pk).deleted_on
    answer = client.post(URL, {"moment": moment.isoformat()}, follow=True)  # type: ignore[union-attr]
    assert "Brought back 1 tag." in answer.content.decode()
    assert Tag.objects.filter(pk=tag.pk).exists()
    for nonsense in ("", "x", "2026-13-45T00:00", "2026-01-01T00:00"):
        answer = client.post(URL, {"moment": nonsense}, follow=True)
        assert "Choose what to bring back" in answer.content.decode()
    assert browse(tester).get(URL).status_code == 403


def test_batches_are_found(
    browse: Browse, manager: User, admin: User, caseversion: CaseVersion
) -> None:
    for name, by in (("fire", manager), ("water", admin)):
        delete_tag(create_tag(by=None, name=name), by=by)
    delete_caseversion(caseversion, by=admin)
    client = browse(manager)
    for query, found in (
        ("", 3),
        ("name=fir", 1),
        ("name=ring", 1),
        ("kind=library.tag", 2),
        ("kind=library.tag&kind=library.caseversion", 3),
        ("kind=library.suite", 0),
        ("kind=nonsense", 3),
        ("who=admin", 2),
        ("who=admin&kind=library.tag", 1),
        ("name=fire&name=water", 2),
        ("name=%00&who=%F0%9F%98%80", 0),
    ):
        assert client.get(f"{URL}?{query}").context["listing"].total == found, query
    assert "Nothing matches these filters" in client.get(f"{URL}?name=none").content.decode()


def test_a_batch_tells_all_that_is_in_it(
    browse: Browse, manager: User, tester: User, versions: list[ProductVersion]
) -> None:
    for number in range(103):
        create_case(by=None, productversion=versions[0], name=f"Case {number}")
    delete_product(versions[0].product, by=manager)
    client = browse(manager)
    link = f"{URL}batch/?moment={newest().isoformat().replace('+', '%2B')}"
    assert f'href="{link}"'.replace(":", "%3A") in client.get(URL).content.decode()
    page = client.get(link).content.decode()
    for words in ("by manager", "103 case versions", "Case 7<", "and 3 more", "Bell 2.0"):
        assert words in page
    answer = client.post(link, {"moment": newest().isoformat()}, follow=True)
    assert "Brought back" in answer.content.decode()
    assert Product.objects.exists()
    assert client.get(link).status_code == 404
    for odd in ("", "x", "2026-13-45T00:00", "2026-01-01T00:00"):
        assert client.get(f"{URL}batch/", {"moment": odd}).status_code == 404
    assert browse(tester).get(link).status_code == 403


def test_its_cost_does_not_grow(
    browse: Browse, manager: User, versions: list[ProductVersion]
) -> None:
    client = browse(manager)
    client.get(URL)
    counts = []
    for number in range(8):
        delete_tag(create_tag(by=None, name=f"tag {number}"), by=manager)
        delete_caseversion(create_case(by=None, productversion=versions[0], name="x"), by=manager)
        if number in (0, 7):
            with CaptureQueriesContext(connection) as captured:
                client.get(URL)
            counts.append(len(captured))
    assert counts[0] == counts[1]
    assert len(load_batches([])) == 0
