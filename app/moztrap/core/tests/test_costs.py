"""How many queries each page asks, whatever there is of everything: an address without a
number here fails, and so does one whose number grows with its rows.

The numbers are those of somebody with every role: 3 of them are the person and their
permissions. What an address that only takes POST writes is counted where its action is tested.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from moztrap.accounts.models import User
from moztrap.core.policies import ADMIN
from moztrap.core.testing import MakePerson
from moztrap.core.tests.test_access import ADDRESSES, OPEN
from moztrap.core.tests.world import World

pytestmark = pytest.mark.django_db
Browse = Callable[[User | None], Client]


@dataclass(frozen=True)
class Page:
    """How many queries a page asks, and of what in the world it is."""

    cost: int
    about: Callable[[World], list[object]] = lambda w: []
    query: Callable[[World], dict[str, object]] = lambda w: {}


# The name of the address, and what else tells two pages of one address apart.
PAGES: dict[str, Page] = {
    "account_change_password": Page(3),
    "account_confirm_email": Page(0, lambda w: ["x"]),
    "account_email_verification_sent": Page(0),
    "account_inactive": Page(0),
    "account_login": Page(0),
    "account_logout": Page(0),
    "account_reauthenticate": Page(3),
    "account_reset_password": Page(0),
    "account_reset_password_done": Page(0),
    "account_reset_password_from_key": Page(0, lambda w: ["x", "set-password"]),
    "account_reset_password_from_key_done": Page(0),
    "account_signup": Page(0),
    "accounts:profile": Page(5),
    "accounts:user_edit": Page(6, lambda w: [w.other.pk]),
    "accounts:user_list": Page(8),
    "catalog:product": Page(5, lambda w: [w.product.pk]),
    "catalog:product_create": Page(3),
    "catalog:product_delete": Page(4, lambda w: [w.product.pk]),
    "catalog:product_edit": Page(4, lambda w: [w.product.pk]),
    "catalog:product_list": Page(6),
    "catalog:product_options": Page(2),
    "catalog:version": Page(7, lambda w: [w.version.pk]),
    "catalog:version_create": Page(8, lambda w: [w.product.pk]),
    "catalog:version_delete": Page(4, lambda w: [w.version.pk]),
    "catalog:version_edit": Page(8, lambda w: [w.version.pk]),
    "catalog:version_fill": Page(5, lambda w: [w.version.pk]),
    "catalog:version_list": Page(7),
    "catalog:version_options": Page(2, query=lambda w: {"product": w.product.pk}),
    "environments:category_create": Page(3),
    "environments:category_delete": Page(4, lambda w: [w.categories[0].pk]),
    "environments:category_edit": Page(4, lambda w: [w.categories[0].pk]),
    "environments:category_list": Page(7),
    "environments:element_create": Page(4),
    "environments:element_delete": Page(4, lambda w: [w.categories[0].elements.all()[0].pk]),
    "environments:element_edit": Page(5, lambda w: [w.categories[0].elements.all()[0].pk]),
    "environments:element_list": Page(7),
    "environments:environment_create": Page(4),
    "environments:environment_delete": Page(5, lambda w: [w.environments[0].pk]),
    "environments:environment_edit": Page(8, lambda w: [w.environments[0].pk]),
    "environments:environment_list": Page(7),
    "environments:profile": Page(8, lambda w: [w.profile.pk]),
    "environments:profile_create": Page(4),
    "environments:profile_delete": Page(4, lambda w: [w.profile.pk]),
    "environments:profile_edit": Page(4, lambda w: [w.profile.pk]),
    "environments:profile_extend": Page(5, lambda w: [w.profile.pk]),
    "environments:profile_list": Page(6),
    "execution:assign": Page(10, lambda w: [w.run.pk]),
    "execution:case": Page(14, lambda w: [w.run.pk, w.cell.environment_id, w.cell.pk]),
    "execution:choose": Page(7, lambda w: [w.run.pk]),
    "execution:choose of a series": Page(6, lambda w: [w.series.pk]),
    "execution:execute": Page(
        20, lambda w: [w.run.pk, w.cell.environment_id], query=lambda w: {"open": w.cell.pk}
    ),
    "execution:open_runs": Page(9),
    "execution:progress": Page(
        9, lambda w: [w.run.pk, w.cell.environment_id], query=lambda w: {"seen": f"{w.cell.pk}-x"}
    ),
    "execution:record": Page(3, lambda w: [w.run.pk, w.cell.environment_id, w.cell.pk]),
    "execution:run": Page(11, lambda w: [w.run.pk]),
    "execution:run of a series": Page(10, lambda w: [w.series.pk]),
    "execution:run_create": Page(9, query=lambda w: {"version": w.version.pk}),
    "execution:run_create of any version": Page(5),
    "execution:run_delete": Page(4, lambda w: [w.run.pk]),
    "execution:run_edit": Page(12, lambda w: [w.run.pk]),
    "execution:run_list": Page(10),
    "execution:series_options": Page(2),
    "execution:work": Page(15),
    "healthz": Page(0),
    "home": Page(3),
    "library:attachment": Page(4, lambda w: [w.attachment.pk]),
    "library:case": Page(12, lambda w: [w.rows[0].case_id]),
    "library:case_bulk": Page(8),
    "library:case_compare": Page(10, lambda w: [w.rows[0].case_id]),
    "library:case_create": Page(7, query=lambda w: {"version": w.version.pk}),
    "library:case_delete": Page(5, lambda w: [w.rows[0].case_id, w.version.pk]),
    "library:case_edit": Page(16, lambda w: [w.rows[0].case_id, w.version.pk]),
    "library:case_enter": Page(5, query=lambda w: {"version": w.version.pk}),
    "library:case_export_csv": Page(10),
    "library:case_export_json": Page(10),
    "library:case_import": Page(4, query=lambda w: {"version": w.version.pk}),
    "library:case_in_version": Page(13, lambda w: [w.rows[0].case_id, w.version.pk]),
    "library:case_list": Page(9),
    "library:deleted_batch": Page(18, query=lambda w: {"moment": w.deleted.isoformat()}),
    "library:deleted_list": Page(21),
    "library:suite": Page(8, lambda w: [w.suites[0].pk]),
    "library:suite_add": Page(6, lambda w: [w.suites[0].pk]),
    "library:suite_create": Page(5),
    "library:suite_delete": Page(4, lambda w: [w.suites[0].pk]),
    "library:suite_edit": Page(5, lambda w: [w.suites[0].pk]),
    "library:suite_list": Page(7),
    "library:suite_options": Page(2, query=lambda w: {"product": w.product.pk}),
    "library:tag": Page(4, lambda w: [w.tags[0].pk]),
    "library:tag_create": Page(4),
    "library:tag_delete": Page(4, lambda w: [w.tags[0].pk]),
    "library:tag_edit": Page(5, lambda w: [w.tags[0].pk]),
    "library:tag_list": Page(7),
    "library:tag_merge": Page(4, lambda w: [w.tags[0].pk]),
    "readyz": Page(3),
    "reports:case_history": Page(11, lambda w: [w.rows[0].case_id]),
    "reports:compare": Page(10, lambda w: [w.series.pk]),
    "reports:results_csv": Page(8, lambda w: [w.run.pk]),
    "reports:results_json": Page(9, lambda w: [w.run.pk]),
    "reports:review": Page(8),
    "reports:run_case": Page(13, lambda w: [w.run.pk, w.cell.runcaseversion_id]),
    "reports:run_cases": Page(12, lambda w: [w.run.pk]),
    "reports:run_results": Page(12, lambda w: [w.run.pk]),
    "reports:run_environments": Page(9, lambda w: [w.run.pk]),
    "reports:run_suites": Page(9, lambda w: [w.run.pk]),
    "reports:run_testers": Page(9, lambda w: [w.run.pk]),
    "reports:run_tests": Page(13, lambda w: [w.run.pk]),
    "tokens:token_list": Page(4),
}
# They take nothing but POST.
# It needs a provider: `accounts/tests/test_oidc_people.py`.
MEASURED_ELSEWHERE = {"provider_callback"}
WRITES: dict[str, Callable[[World], list[object]]] = {
    "environments:profile_prune": lambda w: [w.profile.pk],
    "execution:build": lambda w: [w.series.pk],
    "execution:run_activate": lambda w: [w.run.pk],
    "execution:run_clone": lambda w: [w.run.pk],
    "execution:run_deactivate": lambda w: [w.run.pk],
    "execution:run_refresh": lambda w: [w.run.pk],
    "execution:skip": lambda w: [w.run.pk, w.cell.environment_id, w.cell.pk],
    "filter_pin": lambda w: [],
    "provider_login": lambda w: [],
    "filter_save": lambda w: [],
    "library:case_extend": lambda w: [w.rows[0].case_id, w.version.pk],
    "library:suite_change": lambda w: [w.suites[0].pk],
    "library:suite_clone": lambda w: [w.suites[0].pk],
    "reports:send_back": lambda w: [w.cell.results.all()[0].pk],
    "tokens:token_revoke": lambda w: [w.reader.tokens.all()[0].pk],
}


@pytest.fixture
def world(make_person: MakePerson) -> World:
    """A small site; the reader may see everything."""
    made = World(
        tester=make_person("tester", ADMIN),
        other=make_person("other", ADMIN),
        reader=make_person("reader", ADMIN),
    )
    made.begin()
    made.grow(3)
    return made


def read(client: Client, url: str, query: dict[str, Any]) -> int:
    """Read a page to its end, and return what it answered."""
    headers = {"X-Fragment": "1"} if "/testing/" in url else {}
    answer: Any = client.get(url, query, headers=headers)
    if answer.streaming:
        for _ in answer.streaming_content:
            pass
    return int(answer.status_code)


def measure(browse: Browse, world: World) -> dict[str, int]:
    """Return how many queries each page asks."""
    found: dict[str, int] = {}
    for key, page in PAGES.items():
        name = key.split()[0]
        # Signing up and the like is for people who are not logged in yet.
        client = browse(None if name in OPEN else world.reader)
        url, query = reverse(name, args=page.about(world)), page.query(world)
        # What is kept in the cache is kept from now on.
        assert read(client, url, query) in (200, 302), key
        with CaptureQueriesContext(connection) as queries:
            read(client, url, query)
        found[key] = len(queries)
    return found


def test_every_page_has_a_pinned_cost() -> None:
    pages = {name for name in ADDRESSES if not name.startswith("api:")}
    assert pages == {key.split()[0] for key in PAGES} | set(WRITES) | MEASURED_ELSEWHERE


def test_no_cost_grows(browse: Browse, world: World) -> None:
    small = measure(browse, world)
    world.grow(9)
    large = measure(browse, world)
    assert {key: (few, large[key]) for key, few in small.items() if few != large[key]} == {}
    assert large == {key: page.cost for key, page in PAGES.items()}


def test_what_is_not_counted_writes(browse: Browse, world: World) -> None:
    client = browse(world.reader)
    for name, about in WRITES.items():
        assert client.get(reverse(name, args=about(world))).status_code == 405, name
