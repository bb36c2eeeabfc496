"""A case is put into suites where it is written."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from moztrap.accounts.models import User
from moztrap.catalog.actions import create_product
from moztrap.catalog.models import ProductVersion
from moztrap.core.actions import ActionError
from moztrap.core.listing.picks import MOST_FOUND
from moztrap.library.actions import (
    add_cases,
    create_case,
    create_suite,
    delete_suite,
    place_case,
)
from moztrap.library.models import CaseVersion, Suite
from moztrap.library.tests.test_case_pages import page_of, posted

Browse = Callable[[User | None], Client]
NEW = "/cases/new/"


@pytest.fixture
def suites(versions: list[ProductVersion]) -> dict[str, Suite]:
    """Suites of the product, and one of another product."""
    found = {
        name: create_suite(by=None, product=versions[0].product, name=name)
        for name in ("Smoke", "Full", "Nightly smoke")
    }
    other = create_product(by=None, name="Gong")
    return found | {"Foreign": create_suite(by=None, product=other, name="Foreign")}


def of(caseversion: CaseVersion) -> list[str]:
    return sorted(caseversion.case.suites.values_list("name", flat=True))


def write(client: Client, version: ProductVersion, *chosen: Suite, **values: Any) -> Any:
    data = posted(productversion=version.pk, tags="", suites=[each.pk for each in chosen])
    return client.post(NEW, data | values)


def test_a_new_case_goes_to_the_end_of_its_suites(
    browse: Browse, creator: User, versions: list[ProductVersion], suites: dict[str, Suite]
) -> None:
    first = create_case(by=None, productversion=versions[0], name="First")
    rows = CaseVersion.objects.filter(pk=first.pk)
    add_cases(suites["Smoke"], by=None, caseversions=rows)
    answer = write(browse(creator), versions[0], suites["Smoke"], suites["Full"], and_later="on")
    assert answer.status_code == 302
    written = CaseVersion.objects.filter(name="Ring the bell")[0]
    assert of(written) == ["Full", "Smoke"]
    order = suites["Smoke"].suitecases.order_by("order").values_list("case", flat=True)
    assert list(order) == [first.case_id, written.case_id]


def test_what_was_ticked_and_unticked_counts_and_nothing_else(
    browse: Browse, manager: User, caseversion: CaseVersion, suites: dict[str, Suite]
) -> None:
    place_case(caseversion.case, by=None, into=[suites["Smoke"], suites["Full"]])
    client = browse(manager)
    url = page_of("case_edit", caseversion)
    before = f"{suites['Smoke'].pk},{suites['Full'].pk}"
    page = client.get(url).content.decode()
    for name in ("Smoke", "Full"):
        assert f'value="{suites[name].pk}" checked' in page
    # Somebody else puts it into a third suite while the form is open.
    place_case(caseversion.case, by=None, into=[suites["Nightly smoke"]])
    data = posted(cc_version="0", suites=[suites["Full"].pk]) | {"suites-before": before}
    assert client.post(url, data).status_code == 302
    assert of(caseversion) == ["Full", "Nightly smoke"]


def test_a_conflict_tells_of_suites_and_undoes_nothing(
    browse: Browse,
    manager: User,
    admin: User,
    caseversion: CaseVersion,
    suites: dict[str, Suite],
) -> None:
    smoke, full, nightly = (suites[name] for name in ("Smoke", "Full", "Nightly smoke"))
    place_case(caseversion.case, by=None, into=[smoke])
    url = page_of("case_edit", caseversion)
    before = {"suites-before": str(smoke.pk)}
    theirs = posted(cc_version="0", suites=[nightly.pk]) | before
    assert browse(admin).post(url, theirs).status_code == 302
    mine = posted(cc_version="0", suites=[smoke.pk, full.pk]) | before
    answer = browse(manager).post(url, mine)
    form = answer.context["form"]
    shown = {each.label: each.value for each in form.theirs}
    assert shown["Suites"] == "added: Nightly smoke\ntaken away: Smoke"
    page = answer.content.decode()
    for suite in (full, nightly):
        assert f'value="{suite.pk}" checked' in page
    assert f'value="{smoke.pk}" checked' not in page
    again = posted(cc_version="1", suites=[full.pk, nightly.pk])
    again |= {"suites-before": str(nightly.pk)}
    assert f'name="suites-before" value="{nightly.pk}"' in page
    assert browse(manager).post(url, again).status_code == 302
    assert of(caseversion) == ["Full", "Nightly smoke"]


def test_suites_of_another_product_are_refused(
    browse: Browse, creator: User, versions: list[ProductVersion], suites: dict[str, Suite]
) -> None:
    answer = write(browse(creator), versions[0], suites["Foreign"])
    assert answer.status_code == 422
    assert "belongs to another product" in answer.content.decode()
    assert not CaseVersion.objects.exists()


def test_a_suite_that_was_deleted_meanwhile_loses_nothing(
    browse: Browse, creator: User, versions: list[ProductVersion], suites: dict[str, Suite]
) -> None:
    delete_suite(suites["Smoke"], by=None)
    answer = write(browse(creator), versions[0], suites["Smoke"], name="Kept")
    assert answer.status_code == 422
    assert 'value="Kept"' in answer.content.decode()
    case = create_case(by=None, productversion=versions[0], name="Other").case
    with pytest.raises(ActionError, match="deleted one of these suites"):
        place_case(case, by=None, into=[suites["Smoke"]])


def test_who_may_not_fill_suites_has_no_such_field(
    browse: Browse, creator: User, versions: list[ProductVersion], suites: dict[str, Suite]
) -> None:
    from django.contrib.auth.models import Permission

    group = creator.groups.get()
    group.permissions.remove(Permission.objects.get(codename="manage_suite_cases"))
    client = browse(creator)
    assert "suites-find" not in client.get(NEW).content.decode()
    assert write(client, versions[0], suites["Smoke"]).status_code == 302
    assert of(CaseVersion.objects.get()) == []


# --- finding them ---------------------------------------------------------------------


def found_in(page: str, suites: dict[str, Suite]) -> set[str]:
    return {name for name, each in suites.items() if f'name="suites" value="{each.pk}"' in page}


def test_the_page_offers_a_few_and_finds_the_others_without_scripts(
    browse: Browse, creator: User, versions: list[ProductVersion], suites: dict[str, Suite]
) -> None:
    client = browse(creator)
    page = client.get(NEW).content.decode()
    assert found_in(page, suites) == set()
    page = client.get(NEW, {"version": versions[0].pk}).content.decode()
    assert found_in(page, suites) == {"Smoke", "Full", "Nightly smoke"}
    data = posted(
        (1, "Press.", ""),
        productversion=versions[0].pk,
        name="",
        find="suites",
        suites=[suites["Full"].pk],
    ) | {"suites-find": "night"}
    answer = client.post(NEW, data)
    page = answer.content.decode()
    assert answer.status_code == 200
    # The search keeps what is chosen and what was typed, and finds fault with nothing yet.
    assert found_in(page, suites) == {"Full", "Nightly smoke"}
    assert f'value="{suites["Full"].pk}" checked' in page
    assert "Press." in page
    assert "This field is required" not in page
    assert not CaseVersion.objects.exists()


def test_scripts_are_told_what_fits(
    browse: Browse, tester: User, versions: list[ProductVersion], suites: dict[str, Suite]
) -> None:
    client = browse(tester)
    url = reverse("library:suite_options")

    def told(**query: Any) -> list[str]:
        return [option["label"] for option in client.get(url, query).json()["found"]]

    assert told(productversion=versions[0].pk, find="smoke") == ["Nightly smoke", "Smoke"]
    assert told(productversion=versions[0].pk, find="smoke night") == ["Nightly smoke"]
    assert told(product=versions[0].product_id) == ["Full", "Nightly smoke", "Smoke"]
    assert told() == told(product="x") == told(productversion="9" * 30) == []


def test_neither_loads_all(
    browse: Browse, manager: User, caseversion: CaseVersion, suites: dict[str, Suite]
) -> None:
    url = page_of("case_edit", caseversion)
    client = browse(manager)
    client.get(url)

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            client.get(url)
        return len(queries)

    before = cost()
    product = caseversion.case.product
    for number in range(MOST_FOUND + 10):
        create_suite(by=None, product=product, name=f"Suite {number:03}")
    assert cost() == before
    page = client.get(url).content.decode()
    assert page.count('name="suites" value=') == MOST_FOUND
    assert "There are more" in page
    options = client.get(reverse("library:suite_options"), {"product": product.pk}).json()
    assert (len(options["found"]), options["has_more"]) == (MOST_FOUND, True)


def test_many_cases_go_into_a_suite_that_was_searched_for(
    browse: Browse, manager: User, versions: list[ProductVersion], suites: dict[str, Suite]
) -> None:
    client = browse(manager)
    data = {
        "productversion": versions[0].pk,
        "text": "Test that it rings\nWhen I press\nThen it rings",
        "status": "active",
        "suite-find": "night",
        "find": "suite",
    }
    page = client.post("/cases/enter/", data).content.decode()
    chosen = suites["Nightly smoke"]
    assert f'name="suite" value="{chosen.pk}"' in page
    assert f'name="suite" value="{suites["Full"].pk}"' not in page
    del data["find"]
    data |= {"suite": chosen.pk, "save": "1"}
    assert client.post("/cases/enter/", data).status_code == 302
    assert of(CaseVersion.objects.get()) == ["Nightly smoke"]
    # And changing many at once finds it the same way.
    bulk = "/cases/bulk/?product=" + str(versions[0].product_id)
    page = client.post(bulk, {"suite-find": "full", "find": "suite"}).content.decode()
    assert f'name="suite" value="{suites["Full"].pk}"' in page
    assert "Choose at least one change" not in page
