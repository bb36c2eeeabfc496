"""Profiles: sets of environments made of all combinations, pruned and given on."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from moztrap.accounts.models import User
from moztrap.catalog.actions import create_product, create_version, update_version
from moztrap.catalog.models import ProductVersion
from moztrap.core.actions import ActionError, ConflictError, create_record, delete_record
from moztrap.environments.actions import (
    create_category,
    create_element,
    create_environment,
    create_profile,
    delete_environment,
    extend_profile,
    prune_profile,
)
from moztrap.environments.actions.delete import InUseError
from moztrap.environments.models import Element, Environment, Profile
from moztrap.library.actions import create_case
from moztrap.library.models import CaseVersion

pytestmark = pytest.mark.django_db
Browse = Callable[[User | None], Client]


@pytest.fixture
def elements() -> dict[str, Element]:
    """Two systems and three browsers."""
    groups = {"System": ("Debian", "Windows"), "Browser": ("Dillo", "Falkon", "W3m")}
    return {
        name: create_element(by=None, category=category, name=name)
        for category, names in (
            (create_category(by=None, name=group), names) for group, names in groups.items()
        )
        for name in names
    }


def names_in(profile: Profile) -> list[str]:
    return sorted(str(each) for each in profile.environments.all())


def test_a_live_profile_s_name_is_unique(elements: dict[str, Element]) -> None:
    profile = create_record(Profile, by=None, name="Browsers")
    with pytest.raises(ConflictError, match="profile of this name already"):
        create_record(Profile, by=None, name="Browsers")
    delete_record(profile, by=None)
    create_record(Profile, by=None, name="Browsers")


def test_all_combinations_are_made(elements: dict[str, Element]) -> None:
    chosen = [elements[name] for name in ("Debian", "Windows", "Dillo", "W3m")]
    profile = create_profile(by=None, name="Desktop", elements=chosen)
    assert names_in(profile) == [
        "Dillo / Debian",
        "Dillo / Windows",
        "W3m / Debian",
        "W3m / Windows",
    ]


def test_what_is_there_is_taken_again(elements: dict[str, Element]) -> None:
    pair = [elements["Debian"], elements["Dillo"]]
    there = create_environment(by=None, elements=pair)
    create_environment(by=None, elements=pair, name="Lab 3")
    create_environment(by=None, elements=[*pair, elements["W3m"]])
    profile = create_profile(by=None, name="Desktop", elements=pair)
    assert list(profile.environments.all()) == [there]
    before = Environment.objects.count()
    create_profile(by=None, name="Again", elements=pair)
    assert Environment.objects.count() == before


def test_profiles_are_extended_and_pruned(elements: dict[str, Element]) -> None:
    profile = create_profile(by=None, name="Desktop", elements=[elements["Debian"]])
    everything = list(elements.values())
    assert extend_profile(profile, by=None, elements=everything) == 6
    assert extend_profile(profile, by=None, elements=everything) == 0
    assert extend_profile(profile, by=None, elements=everything, combine=False) == 1
    keep = profile.environments.exclude(elements=elements["W3m"]).values_list("pk", flat=True)
    gone = set(profile.environments.values_list("pk", flat=True)) - set(keep)
    assert prune_profile(profile, by=None, environments=gone) == 3
    assert "W3m" not in "".join(names_in(profile))
    assert Environment.objects.filter(pk__in=gone).count() == 3


def test_too_many_combinations_are_refused(elements: dict[str, Element]) -> None:
    many = []
    for group in range(3):
        category = create_category(by=None, name=f"Group {group}")
        many += [create_element(by=None, category=category, name=str(n)) for n in range(8)]
    with pytest.raises(ActionError, match="make 512 combinations; at most 500"):
        create_profile(by=None, name="All", elements=many)
    assert not Profile.objects.exists()


def test_an_environment_of_a_profile_is_in_use(elements: dict[str, Element]) -> None:
    profile = create_profile(by=None, name="Desktop", elements=[elements["Debian"]])
    with pytest.raises(InUseError, match=r"1 profile"):
        delete_environment(profile.environments.get(), by=None)


def test_people_need_the_permission(creator: User, elements: dict[str, Element]) -> None:
    with pytest.raises(PermissionDenied):
        create_profile(by=creator, name="Desktop")


def test_generating_costs_the_same_for_any_number(
    elements: dict[str, Element], django_assert_num_queries: Any
) -> None:
    for name, chosen in (("One", ["Debian", "Dillo"]), ("Six", list(elements))):
        # savepoints 4, the profile 1, log 1, those there are 1, environments 1, their elements 1,
        # log 1, those in the profile 1, links 1, who 1, log 1
        with django_assert_num_queries(14):
            create_profile(by=None, name=name, elements=[elements[each] for each in chosen])
        # Each deals with environments that are not there yet.
        Environment.objects.update(name="taken")


def test_pages(browse: Browse, manager: User, elements: dict[str, Element]) -> None:
    client = browse(manager)
    url = reverse("environments:profile_create")
    ids = [element.pk for element in elements.values()]
    assert client.post(url, {"name": "", "elements": ids}).status_code == 422
    client.post(url, {"name": "Desktop", "elements": ids})
    profile = Profile.objects.get()
    page = reverse("environments:profile", args=[profile.pk])
    assert client.get(page, {"element": "w3"}).context["listing"].total == 2
    lists = client.get(reverse("environments:profile_list"), {"element": "debian"})
    assert [row.environment_count for row in lists.context["listing"].rows] == [6]
    chosen = profile.environments.filter(elements=elements["W3m"])
    prune = reverse("environments:profile_prune", args=[profile.pk])
    client.post(prune, {"environment": [each.pk for each in chosen]})
    assert profile.environments.count() == 4
    extend = reverse("environments:profile_extend", args=[profile.pk])
    assert client.post(extend, {}).status_code == 422
    client.post(extend, {"elements": ids, "combine": ""})
    assert profile.environments.count() == 5
    edit = reverse("environments:profile_edit", args=[profile.pk])
    client.post(edit, {"name": "Desk", "cc_version": "0"})
    stale = client.post(edit, {"name": "Mine", "cc_version": "0"})
    assert stale.status_code == 422
    assert "Someone else saved" in stale.content.decode()
    client.post(reverse("environments:profile_delete", args=[profile.pk]))
    assert not Profile.objects.exists()
    assert Environment.objects.count() == 7


def test_the_cost_of_pages_does_not_grow(
    browse: Browse, manager: User, elements: dict[str, Element], django_assert_num_queries: Any
) -> None:
    client = browse(manager)
    profile = create_profile(by=None, name="Desktop", elements=list(elements.values()))
    for number in range(6):
        create_profile(by=None, name=f"Profile {number}", elements=list(elements.values()))
    # person 1, permissions 2 (own, and of roles), count 1, ids 1, rows 1
    client.get(reverse("environments:profile_list"))
    with django_assert_num_queries(6):
        client.get(reverse("environments:profile_list"))
    # person 1, permissions 2, the profile 1, count 1, ids 1, rows 1, elements 1
    with django_assert_num_queries(8):
        client.get(reverse("environments:profile", args=[profile.pk]))


# --- What follows from the environments of a version -----------------------------------------


@pytest.fixture
def version(elements: dict[str, Element]) -> ProductVersion:
    """A version that runs on Debian and Windows."""
    systems = [
        create_environment(by=None, elements=[elements[name]]) for name in ("Debian", "Windows")
    ]
    product = create_product(by=None, name="Bell")
    return create_version(by=None, product=product, version="1", environments=systems)


def give(version: ProductVersion, *environments: Environment) -> None:
    version.refresh_from_db()
    update_version(
        version,
        by=None,
        cc_version=version.cc_version,
        name=version.version,
        codename="",
        environments=environments,
    )


def found(name: str) -> tuple[bool, list[str]]:
    case = CaseVersion.everything.get(name=name)
    return case.envs_narrowed, sorted(str(each) for each in case.environments.all())


def test_removals_cascade_and_additions_reach_what_is_not_narrowed(
    version: ProductVersion, elements: dict[str, Element]
) -> None:
    debian, windows = version.environments.order_by("pk")
    w3m = create_environment(by=None, elements=[elements["W3m"]])
    create_case(by=None, productversion=version, name="follows")
    create_case(by=None, productversion=version, name="narrowed", environments=[debian])
    create_case(by=None, productversion=version, name="only there", environments=[windows])
    gone = create_case(by=None, productversion=version, name="deleted")
    delete_record(gone, by=None)
    give(version, debian, w3m)
    assert found("follows") == (False, ["Debian", "W3m"])
    assert found("narrowed") == (True, ["Debian"])
    assert found("deleted") == (False, ["Debian", "W3m"])
    # Without any it would run everywhere, which nobody has asked for.
    assert found("only there") == (False, ["Debian", "W3m"])


def test_choosing_all_does_not_narrow(version: ProductVersion) -> None:
    both = list(version.environments.all())
    create_case(by=None, productversion=version, name="all", environments=both)
    assert found("all")[0] is False


def test_following_costs_the_same_for_any_number(
    version: ProductVersion, elements: dict[str, Element]
) -> None:
    debian, windows = version.environments.order_by("pk")
    w3m = create_environment(by=None, elements=[elements["W3m"]])
    create_case(by=None, productversion=version, name="one")
    version = ProductVersion.objects.select_related("product").get(pk=version.pk)
    counts = []
    for chosen in ((debian, w3m), (debian, windows)):
        with CaptureQueriesContext(connection) as captured:
            give(version, *chosen)
        counts.append(len(captured))
        for number in range(10):
            create_case(by=None, productversion=version, name=f"more {number}")
    assert counts[0] == counts[1]


def test_a_version_takes_the_environments_of_a_profile(
    browse: Browse, manager: User, version: ProductVersion, elements: dict[str, Element]
) -> None:
    profile = create_profile(by=None, name="Text", elements=[elements["W3m"]])
    create_case(by=None, productversion=version, name="follows")
    debian = version.environments.order_by("pk")[0]
    url = reverse("catalog:version_edit", args=[version.pk])
    data = {
        "version": "1",
        "environments": [debian.pk],
        "profile": profile.pk,
        "cc_version": version.cc_version,
    }
    client = browse(manager)
    assert client.post(url, data).status_code == 302
    assert found("follows") == (False, ["Debian", "W3m"])
    stale = client.post(url, data | {"environments": []})
    assert stale.status_code == 422
    assert "Someone else saved" in stale.content.decode()


def test_a_case_is_not_narrowed_to_nothing(
    browse: Browse, manager: User, version: ProductVersion
) -> None:
    case = create_case(by=None, productversion=version, name="follows")
    url = reverse("library:case_edit", args=[case.case_id, version.pk])
    data = {"name": "follows", "status": "active", "cc_version": "0", "steps-TOTAL_FORMS": "0"}
    answer = browse(manager).post(url, data | {"steps-INITIAL_FORMS": "0"})
    assert answer.status_code == 422
    assert "Choose at least one" in answer.content.decode()
