"""Several values of one filter: any or all of them, in the address, on chips, in pins and saved."""

from collections.abc import Callable
from typing import Any

import pytest
from django.http import QueryDict
from django.test import Client

from moztrap.accounts.models import User
from moztrap.catalog.actions import create_product, create_version
from moztrap.catalog.models import ProductVersion
from moztrap.core.listing import ListingPage
from moztrap.core.preferences import pin_filter
from moztrap.library.actions import add_cases, create_case, create_suite, create_tag
from moztrap.library.filters import CASES
from moztrap.library.models import CaseVersion

pytestmark = pytest.mark.django_db
Browse = Callable[[User | None], Client]


@pytest.fixture(autouse=True)
def version() -> ProductVersion:
    """Three cases: “loud”, “loud and soft”, and “soft”, each in the suite of each of its tags."""
    product = create_product(by=None, name="Bell")
    version = create_version(by=None, product=product, version="1")
    tags = {name: create_tag(by=None, name=name) for name in ("loud", "soft")}
    for name in ("loud", "loud soft", "soft"):
        words = name.split()
        create_case(by=None, productversion=version, name=name, tags=[tags[word] for word in words])
    for word, tag in tags.items():
        suite = create_suite(by=None, product=product, name=f"Suite {word}")
        add_cases(suite, by=None, caseversions=CaseVersion.objects.filter(tags=tag))
    return version


def page(query: str) -> ListingPage:
    return CASES.page(QueryDict(query + "&sort=name"), CaseVersion.objects.for_list())


def names(query: str) -> list[str]:
    return [row.name for row in page(query).rows]


@pytest.mark.parametrize("key", ["tag", "suite"])
def test_several_values_mean_all_unless_any_is_asked_for(key: str) -> None:
    query = f"{key}=loud&{key}=soft"
    assert names(query) == ["loud soft"]
    assert names(f"{query}&{key}-match=all") == ["loud soft"]
    assert names(f"{query}&{key}-match=any") == ["loud", "loud soft", "soft"]
    assert names(f"{query}&{key}-match=nonsense") == ["loud soft"]


def test_any_of_several_texts() -> None:
    assert names("name=loud&name=soft") == ["loud soft"]
    # The words of one value belong together, whatever joins the values.
    assert names("name=loud soft&name=nothing&name-match=any") == ["loud soft"]


def test_different_filters_narrow_each_other_whatever_joins_their_values() -> None:
    assert names("tag=loud&tag=soft&tag-match=any&name=soft") == ["loud soft", "soft"]


def test_chips_say_what_joins_them_and_lead_to_the_other() -> None:
    (group,) = page("tag=loud&tag=soft").groups
    assert (group.join, group.shown) == ("and", "Tag: loud and soft")
    assert group.join_url == "?tag=loud&tag=soft&sort=name&tag-match=any"
    (group,) = page("tag=loud&tag=soft&tag-match=any").groups
    assert (group.join, group.shown) == ("or", "Tag: loud or soft")
    assert group.chips[0].url == "?tag=soft&tag-match=any&sort=name"
    # What every address means anyway is left out of it.
    assert page("tag=loud&tag-match=all").groups[0].chips[0].url == "?sort=name"
    assert page("tag-match=any").sizes[0].url == "?sort=name&size=10"


def test_the_last_chip_takes_what_joined_it_along() -> None:
    assert page("tag=loud&tag-match=any").groups[0].chips[0].url == "?sort=name"


def test_a_row_with_one_value_alone_has_no_switch() -> None:
    (group,) = page("status=active&status=draft&status-match=all").groups
    assert (group.join, group.join_url) == ("or", "")
    assert len(names("status=active&status=draft&status-match=all")) == 3


def test_the_page_offers_the_switch(browse: Browse, tester: User) -> None:
    client = browse(tester)
    text = client.get("/cases/", {"tag": ["loud", "soft"], "tag-match": "any"}).content.decode()
    assert '<option value="any" selected>any of these</option>' in text
    assert 'name="tag" value="soft"' in text
    assert 'title="Ask for all of these">or</a>' in text
    assert "status-match" not in text


def test_a_pin_keeps_what_joins_its_values(browse: Browse, tester: User) -> None:
    client = browse(tester)
    address = "/cases/?tag=loud&tag=soft&tag-match=any"
    assert "Pin the filter Tag: loud or soft" in client.get(address).content.decode()
    data = {"key": "tag", "value": ["loud", "soft"], "match": "any", "place": "/cases/"}
    client.post("/filters/pin/", data)
    assert client.get("/cases/").headers["Location"] == address
    assert "Unpin the filter Tag: loud or soft" in client.get(address).content.decode()
    # Other values of the same filter are not what is pinned.
    assert "Pin the filter Tag: loud" in client.get("/cases/?tag=loud").content.decode()


def test_a_pin_that_was_kept_as_one_value_still_holds(browse: Browse, tester: User) -> None:
    User.objects.filter(pk=tester.pk).update(preferences={"pins": {"tag": "loud"}})
    tester.refresh_from_db()
    assert browse(tester).get("/cases/").headers["Location"] == "/cases/?tag=loud"


def test_a_pinned_name_is_for_its_own_list(browse: Browse, tester: User) -> None:
    client = browse(tester)
    data = {"key": "name", "value": "loud", "place": "/cases/", "local": "1"}
    client.post("/filters/pin/", data)
    assert client.get("/cases/").headers["Location"] == "/cases/?name=loud"
    assert client.get("/suites/").status_code == 200
    client.post("/filters/pin/", data | {"unpin": "1"})
    assert client.get("/cases/").status_code == 200


def test_a_pin_is_left_out_where_it_can_mean_nothing(browse: Browse, tester: User) -> None:
    pin_filter(tester, "priority", "urgent")
    assert browse(tester).get("/cases/").status_code == 200


def test_saved_filters_keep_it(browse: Browse, tester: User) -> None:
    client = browse(tester)
    query = "tag=loud&tag=soft&tag-match=any"
    client.post("/filters/save/", {"place": "/cases/", "query": query, "name": "Sounds"})
    shown = query.replace("&", "&amp;")
    assert f'<a href="?{shown}">Sounds</a>' in client.get("/cases/").content.decode()


def test_filters_that_are_too_long_are_not_saved(browse: Browse, tester: User) -> None:
    data = {"place": "/cases/", "query": "name=" + "x" * 3000, "name": "Long"}
    answer = browse(tester).post("/filters/save/", data, follow=True)
    assert "too long to be saved" in answer.content.decode()


def test_whoever_has_several_roles_is_listed_once(
    browse: Browse, admin: User, make_person: Any
) -> None:
    from django.contrib.auth.models import Group

    both = make_person("both", "Tester")
    both.groups.add(Group.objects.get(name="Test Creator"))
    make_person("one", "Tester")
    roles = list(
        Group.objects.filter(name__in=["Tester", "Test Creator"]).values_list("pk", flat=True)
    )
    client = browse(admin)
    shown = client.get("/users/", {"role": roles}).context["listing"]
    assert sorted(row.username for row in shown.rows) == ["both", "one"]
    asked: dict[str, Any] = {"role": roles, "role-match": "all"}
    shown = client.get("/users/", asked).context["listing"]
    assert [row.username for row in shown.rows] == ["both"]


def test_programs_say_it_the_same_way(browse: Browse, settings: Any) -> None:
    settings.ALLOW_ANONYMOUS_ACCESS = True
    client = browse(None)

    def found(query: str) -> list[str]:
        rows = client.get(f"/api/v1/caseversions/?{query}").json()["results"]
        return sorted(row["name"] for row in rows)

    assert found("tag=loud&tag=soft") == ["loud soft"]
    assert found("tag=loud&tag=soft&tag-match=any") == ["loud", "loud soft", "soft"]
    described = client.get("/api/v1/openapi.json").json()["paths"]["/api/v1/caseversions/"]["get"]
    (switch,) = [each for each in described["parameters"] if each["name"] == "tag-match"]
    assert switch["schema"]["enum"] == ["any", "all"]
    assert switch["schema"]["default"] == "all"
