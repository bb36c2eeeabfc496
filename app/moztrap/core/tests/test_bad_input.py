"""What nobody types: every form answers with a message, every list with a page."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from moztrap.accounts.models import User
from moztrap.catalog.models import Product, ProductVersion
from moztrap.core.testing import HttpsClient
from moztrap.environments.models import Profile
from moztrap.execution.actions.seed_runs import seed_runs
from moztrap.execution.models import Run
from moztrap.library.actions.seed_sample import seed_sample
from moztrap.library.models import CaseVersion, Suite, Tag

Browse = Callable[[User | None], Client]
pytestmark = pytest.mark.django_db

ODD = ("9" * 26, "-1", "1.5", "²", "😀", "a\x00b", "x" * 3000, "<script>alert(1)</script>")
LISTS: dict[str, tuple[str, ...]] = {
    "/cases/": ("name", "product", "version", "status", "priority", "id", "tag", "element"),
    "/tags/": ("name", "product"),
    "/suites/": ("name", "product", "status", "case"),
    "/environments/profiles/": ("name", "element"),
    "/deleted/": ("page", "name", "kind", "who"),
    "/products/": ("name", "description"),
    "/products/versions/": ("product", "version"),
    "/environments/": ("name", "element"),
    "/users/": ("name", "role", "active"),
    "/runs/": ("name", "version", "status", "kind", "series", "suite", "case", "element"),
    "/runs/review/": ("run", "status", "tester"),
    "/testing/": ("name", "product", "version"),
}


@pytest.fixture
def addresses() -> list[str]:
    """Every page with a form, of a site that has something of everything."""
    seed_sample()
    run = seed_runs()[-1]
    product = Product.objects.all()[0]
    version = ProductVersion.objects.filter(product=product)[0]
    row = CaseVersion.objects.filter(productversion=version)[0]
    return [
        "/products/new/",
        f"/products/{product.pk}/edit/",
        f"/products/{product.pk}/versions/new/",
        f"/products/versions/{version.pk}/edit/",
        f"/products/versions/{version.pk}/fill/",
        "/suites/new/",
        "/cases/new/",
        f"/cases/{row.case_id}/{version.pk}/edit/",
        "/tags/new/",
        f"/tags/{Tag.objects.all()[0].pk}/edit/",
        f"/tags/{Tag.objects.all()[0].pk}/merge/",
        f"/suites/{Suite.objects.all()[0].pk}/edit/",
        "/cases/enter/",
        "/cases/import/",
        "/environments/profiles/new/",
        f"/environments/profiles/{Profile.objects.all()[0].pk}/add/",
        "/environments/new/",
        "/environments/elements/new/",
        "/environments/categories/new/",
        f"/runs/new/?version={version.pk}",
        f"/runs/{run.pk}/edit/",
        f"/runs/{run.pk}/assign/",
    ]


@pytest.mark.parametrize("address", LISTS)
def test_lists_answer_whatever_is_asked(browse: Browse, superuser: User, address: str) -> None:
    client = browse(superuser)
    for name in (*LISTS[address], "sort", "page", "size"):
        for value in ODD:
            answer = client.get(address, {name: value})
            assert answer.status_code == 200, (address, name, value)
            assert b"<script>alert" not in answer.content


def test_forms_answer_whatever_is_sent(
    browse: Browse, superuser: User, addresses: list[str]
) -> None:
    client = browse(superuser)
    for address in addresses:
        names = client.get(address).context["form"].fields
        for value in ODD:
            sent = dict.fromkeys(names, value) | {"cc_version": value}
            answer = client.post(address, sent)
            # A name may well be a number.
            assert answer.status_code in (302, 422), (address, value)
            assert b"<script>alert" not in answer.content


def test_a_post_of_nothing_is_an_incomplete_form(
    browse: Browse, superuser: User, addresses: list[str]
) -> None:
    client = browse(superuser)
    for address in addresses:
        assert client.post(address).status_code == 422, address
        assert client.post(address, {"add_steps": "1"}).status_code in (200, 422), address


@pytest.mark.parametrize(
    ("address", "query"),
    [("/cases/new/", "version"), ("/tags/new/", "product")],
)
def test_a_prefilled_form_ignores_nonsense(
    browse: Browse, superuser: User, address: str, query: str
) -> None:
    for value in ODD:
        assert browse(superuser).get(address, {query: value}).status_code == 200, value


def test_addresses_beyond_every_id_are_not_found(browse: Browse, superuser: User) -> None:
    for kind in ("cases", "products", "products/versions", "tags", "users"):
        assert browse(superuser).get(f"/{kind}/{'9' * 30}/").status_code == 404


def test_error_pages_have_a_policy_with_a_nonce(settings: Any) -> None:
    # The redirect to HTTPS asks for the host first of all.
    settings.SECURE_SSL_REDIRECT = True
    answers = [
        HttpsClient().get("/no-such-page/"),
        HttpsClient().get("/", HTTP_HOST="evil.test"),
        Client().get("/", HTTP_HOST="evil.test"),
    ]
    assert [answer.status_code for answer in answers] == [404, 400, 400]
    for answer in answers:
        assert "'nonce-" in answer["Content-Security-Policy"]


def test_the_pages_of_a_run_answer_whatever_is_asked(
    browse: Browse, superuser: User, addresses: list[str]
) -> None:
    run = Run.objects.order_by("-pk")[0]
    cell = run.cells.all()[0]
    where = f"/testing/{run.pk}/{cell.environment_key}/"
    pages = {
        where: ("name", "status", "tag", "suite", "priority", "id", "step", "assigned", "open"),
        f"/testing/{run.pk}/": ("category-1", "category-2"),
        f"/runs/{run.pk}/cases/": ("name", "status", "tag", "id", "element", "tester"),
        f"/runs/{run.pk}/results/": ("status", "environment", "review", "which", "bug"),
    }
    client = browse(superuser)
    for address, names in pages.items():
        for name in (*names, "sort", "page", "size"):
            for value in ODD:
                answer = client.get(address, {name: value})
                assert answer.status_code == 200, (address, name, value)
                assert b"<script>alert" not in answer.content
    for value in ODD:
        sent = dict.fromkeys(("step", "comment", "known_bug", "bug_url", "opened", "back"), value)
        for status in ("passed", "failed", value):
            answer = client.post(f"{where}{cell.pk}/record/", sent | {"status": status})
            assert answer.status_code == 422, (status, value)
            assert b"<script>alert" not in answer.content
        build = client.post(f"/testing/{run.pk}/build/", {"build": value})
        assert build.status_code == 302
        review = client.post("/runs/review/", {"result": value, "comment": value})
        assert review.status_code in (200, 302)
