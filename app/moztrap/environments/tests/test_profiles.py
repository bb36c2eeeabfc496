"""Profiles: named sets of environments."""

import pytest

from moztrap.core.actions import ConflictError, create_record, delete_record
from moztrap.environments.actions import create_category, create_element, create_environment
from moztrap.environments.models import Environment, Profile

pytestmark = pytest.mark.django_db


@pytest.fixture
def environments() -> list[Environment]:
    browser = create_category(by=None, name="Browser")
    elements = [
        create_element(by=None, category=browser, name=name) for name in ("Epiphany", "W3m")
    ]
    return [create_environment(by=None, elements=[element]) for element in elements]


def test_a_live_profile_s_name_is_unique(environments: list[Environment]) -> None:
    profile = create_record(Profile, by=None, name="Browsers", environments=environments)
    with pytest.raises(ConflictError, match="profile of this name already"):
        create_record(Profile, by=None, name="Browsers")
    delete_record(profile, by=None)
    create_record(Profile, by=None, name="Browsers")
    assert Environment.objects.count() == 2


def test_an_environment_may_be_in_several(environments: list[Environment]) -> None:
    create_record(Profile, by=None, name="All", environments=environments)
    create_record(Profile, by=None, name="Text", environments=environments[1:])
    delete_record(environments[0], by=None)
    counts = Profile.objects.for_list().values_list("name", "environment_count")
    assert sorted(counts) == [("All", 1), ("Text", 1)]
