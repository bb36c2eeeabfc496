"""Names of people are for people who are logged in."""

from collections.abc import Callable

import pytest
from django.test import Client

from moztrap.accounts.models import User
from moztrap.catalog.actions import create_product, create_version
from moztrap.library.actions import create_case
from moztrap.library.models import CaseVersion

Browse = Callable[[User | None], Client]
pytestmark = pytest.mark.django_db


@pytest.fixture
def caseversion(manager: User, settings) -> CaseVersion:
    settings.ALLOW_ANONYMOUS_ACCESS = True
    manager.username = "grace-hopper"
    manager.save()
    version = create_version(by=manager, product=create_product(by=manager, name="P"), version="1")
    return create_case(by=manager, productversion=version, name="Open the inbox")


def test_the_page_of_a_case_names_them_to_people_alone(
    browse: Browse, caseversion: CaseVersion, tester: User
) -> None:
    address = f"/cases/{caseversion.case_id}/"
    assert b"grace-hopper" in browse(tester).get(address).content
    page = browse(None).get(address).content.decode()
    assert "grace-hopper" not in page
    assert "created" in page


def test_nobody_finds_out_a_name_by_filtering(
    browse: Browse, caseversion: CaseVersion, tester: User
) -> None:
    assert b"Created by" in browse(tester).get("/cases/").content
    assert b"Open the inbox" not in browse(tester).get("/cases/?creator=nobody").content
    for name in ("grace", "nobody"):
        page = browse(None).get(f"/cases/?creator={name}").content.decode()
        assert "Open the inbox" in page
        assert "Created by" not in page
