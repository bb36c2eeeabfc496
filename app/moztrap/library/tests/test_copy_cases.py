"""Versions made from others: everything comes along, nothing is overwritten."""

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.base import ContentFile
from django.db.models import F

from moztrap.accounts.models import User
from moztrap.catalog.actions import create_product, create_version, delete_version
from moztrap.catalog.models import ProductVersion
from moztrap.core.actions import ActionError
from moztrap.core.uploads import take_upload
from moztrap.environments.actions import create_category, create_element, create_environment
from moztrap.environments.models import Environment
from moztrap.library.actions import (
    StepText,
    attach_files,
    copy_cases,
    create_case,
    delete_caseversion,
    extend_case,
)
from moztrap.library.actions.write_steps import write_steps
from moztrap.library.models import CaseVersion, Tag

pytestmark = pytest.mark.django_db


@pytest.fixture
def environments(versions: list[ProductVersion]) -> list[Environment]:
    """Three environments; both versions have the first two, the older one all three."""
    category = create_category(by=None, name="System")
    made = [
        create_environment(
            by=None, elements=[create_element(by=None, category=category, name=name)]
        )
        for name in ("Debian", "Fedora", "Windows")
    ]
    versions[0].environments.set(made)
    versions[1].environments.set(made[:2])
    return made


def test_everything_comes_along(
    caseversion: CaseVersion, versions: list[ProductVersion], manager: User, creator: User
) -> None:
    CaseVersion.objects.update(created_by=creator, description="Loud.", status="draft")
    taken = take_upload(ContentFile(b"1", name="bell.txt"), folder="attachments")
    attach_files(caseversion, by=manager, uploads=[taken])
    assert copy_cases(versions[0], versions[1], by=manager) == 1
    copy = CaseVersion.objects.get(productversion=versions[1])
    assert (copy.case, copy.name, copy.description, copy.status) == (
        caseversion.case,
        "Ring the bell",
        "Loud.",
        "draft",
    )
    assert (copy.created_by, copy.modified_by, copy.cc_version) == (creator, manager, 0)
    assert list(copy.steps.values_list("number", "instruction", "expected")) == [
        (1, "Press.", "It rings."),
        (2, "Let go.", ""),
    ]
    assert [tag.name for tag in copy.tags.all()] == ["smoke"]
    (file,) = copy.attachments.all()
    assert (file.name, file.file.name, file.created_by) == ("bell.txt", taken.path, manager)
    caseversion.refresh_from_db()
    assert (caseversion.latest, copy.latest) == (False, True)


def test_what_is_there_is_left_alone(
    caseversion: CaseVersion, versions: list[ProductVersion]
) -> None:
    other = create_case(by=None, productversion=versions[0], name="Knock")
    there = extend_case(caseversion, by=None, productversion=versions[1])
    write_steps(there, [StepText("Something else.")])
    assert copy_cases(versions[0], versions[1], by=None) == 1
    assert [s.instruction for s in there.steps.all()] == ["Something else."]
    assert there.tags.count() == 1
    assert CaseVersion.objects.get(case=other.case_id, productversion=versions[1]).latest
    assert copy_cases(versions[0], versions[1], by=None) == 0


def test_an_older_version_is_filled_without_becoming_the_latest(
    versions: list[ProductVersion],
) -> None:
    new = create_case(by=None, productversion=versions[1], name="New")
    assert copy_cases(versions[1], versions[0], by=None) == 1
    new.refresh_from_db()
    assert new.latest
    assert not CaseVersion.objects.get(productversion=versions[0]).latest


def test_deleted_texts_are_not_copied_and_do_not_stand_in_the_way(
    caseversion: CaseVersion, versions: list[ProductVersion]
) -> None:
    gone = create_case(by=None, productversion=versions[0], name="Gone")
    delete_caseversion(gone, by=None)
    there = extend_case(caseversion, by=None, productversion=versions[1])
    delete_caseversion(there, by=None)
    Tag.objects.update(deleted_on=caseversion.created_on)
    assert copy_cases(versions[0], versions[1], by=None) == 1
    copy = CaseVersion.objects.get(productversion=versions[1])
    assert copy.tags.through.objects.filter(caseversion=copy).count() == 0


def test_environments_follow_the_target_unless_chosen(
    versions: list[ProductVersion], environments: list[Environment]
) -> None:
    debian, _, windows = environments
    create_case(by=None, productversion=versions[0], name="follows")
    create_case(
        by=None, productversion=versions[0], name="narrowed", environments=[debian, windows]
    )
    create_case(by=None, productversion=versions[0], name="nothing left", environments=[windows])
    copy_cases(versions[0], versions[1], by=None)
    copies = {copy.name: copy for copy in CaseVersion.objects.filter(productversion=versions[1])}
    found = {
        name: (copy.envs_narrowed, set(copy.environments.all())) for name, copy in copies.items()
    }
    assert found == {
        "follows": (False, set(environments[:2])),
        "narrowed": (True, {debian}),
        # Without any it would run everywhere, which nobody has asked for.
        "nothing left": (False, set(environments[:2])),
    }


def test_extending_one_case_treats_environments_alike(
    versions: list[ProductVersion], environments: list[Environment]
) -> None:
    debian, _, windows = environments
    kept = create_case(
        by=None, productversion=versions[0], name="narrowed", environments=[debian, windows]
    )
    lost = create_case(by=None, productversion=versions[0], name="lost", environments=[windows])
    copy = extend_case(kept, by=None, productversion=versions[1])
    assert (copy.envs_narrowed, list(copy.environments.all())) == (True, [debian])
    copy = extend_case(lost, by=None, productversion=versions[1])
    assert (copy.envs_narrowed, set(copy.environments.all())) == (False, set(environments[:2]))


def test_a_target_without_environments_takes_what_was_chosen(
    versions: list[ProductVersion], environments: list[Environment]
) -> None:
    versions[1].environments.clear()
    create_case(by=None, productversion=versions[0], name="narrowed", environments=environments[:1])
    copy_cases(versions[0], versions[1], by=None)
    copy = CaseVersion.objects.get(productversion=versions[1])
    assert (copy.envs_narrowed, list(copy.environments.all())) == (True, environments[:1])


def test_it_takes_the_same_statements_for_any_number(
    versions: list[ProductVersion],
    environments: list[Environment],
    django_assert_num_queries: Any,
) -> None:
    for count in (1, 25):
        product = create_product(by=None, name=f"Product {count}")
        old, new = (
            create_version(by=None, product=product, version=name, environments=environments)
            for name in ("1", "2")
        )
        for number in range(count):
            create_case(
                by=None,
                productversion=old,
                name=f"Case {number}",
                steps=[StepText("Do.")],
                environments=environments[:1] if number % 2 else None,
            )
        # savepoint 2, the product 2, the cases 1, is there an environment 1,
        # texts 1, steps, tags and attachments 3, environments 2 and again whether there is one 1,
        # the latest 3, log 2
        with django_assert_num_queries(18):
            assert copy_cases(old, new, by=None) == count
        assert CaseVersion.objects.filter(productversion=new, latest=True).count() == count


def test_versions_of_other_products_and_other_people_are_refused(
    versions: list[ProductVersion], creator: User
) -> None:
    gong = create_version(by=None, product=create_product(by=None, name="Gong"), version="1")
    with pytest.raises(ActionError, match="another product"):
        copy_cases(gong, versions[0], by=None)
    with pytest.raises(PermissionDenied):
        copy_cases(versions[0], versions[1], by=creator)


def test_a_version_is_made_from_another(
    caseversion: CaseVersion,
    versions: list[ProductVersion],
    environments: list[Environment],
    manager: User,
) -> None:
    made = create_version(
        by=manager, product=versions[0].product, version="3.0", copy_from=versions[0]
    )
    assert set(made.environments.all()) == set(environments)
    copy = CaseVersion.objects.get(productversion=made)
    assert (copy.case, copy.latest) == (caseversion.case, True)
    assert set(copy.environments.all()) == set(environments)
    delete_version(made, by=manager)
    assert not CaseVersion.objects.exclude(latest=True).exists()
    narrow = create_version(
        by=manager,
        product=versions[0].product,
        version="4.0",
        copy_from=versions[0],
        environments=environments[:1],
    )
    assert list(narrow.environments.all()) == environments[:1]


def test_a_case_goes_into_later_versions_at_once(versions: list[ProductVersion]) -> None:
    product = versions[0].product
    third = create_version(by=None, product=product, version="3.0")
    case = create_case(
        by=None,
        productversion=versions[1],
        name="Ring",
        steps=[StepText("Press.")],
        and_later=True,
    )
    rows = CaseVersion.objects.filter(case=case.case_id).order_by("productversion__order")
    assert [row.productversion for row in rows] == [versions[1], third]
    assert [row.latest for row in rows] == [False, True]
    assert [row.steps.count() for row in rows] == [1, 1]
    assert rows.filter(created_on__gt=F("modified_on")).count() == 0
