"""Somebody without an account, where a site lets everybody read, and where it does not."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import NewPage
from tests.browser.people import log_in
from tests.browser.sites import Demo, Site
from tests.browser.walk import walk

expect.set_options(timeout=15_000)

RUN = "Release check of 3.0"
# Pages that exist for people without an account.
ENTRANCE = re.compile(r"^/accounts/(login|signup|password/reset)/")
WRITING = re.compile(
    r"/(new|edit|delete|bulk|enter|import|add|fill|merge|copy|clone|assign|cases/bulk|activate"
    r"|refresh|deactivate|prune|revoke)/|^/(testing|work|deleted|users|filters)/"
)
# Forms that only read, and those by which people come in.
FORMS = """() => [...document.querySelectorAll("main form")]
  .filter((form) => form.method === "post").map((form) => form.action)"""
LINKS = "() => [...document.querySelectorAll('a[href]')].map((a) => new URL(a.href).pathname)"
WORDS = re.compile(r"^(new|edit|delete|add|change|import|enter|copy|clone|merge|fill|run tests)\b")


def offers_of(page: Page) -> list[str]:
    """Return what a page offers that would change something."""
    found = [f"form to {action}" for action in page.evaluate(FORMS)]
    found += [f"link to {path}" for path in page.evaluate(LINKS) if WRITING.search(path)]
    for each in page.locator("main").locator("a, button").all():
        words = each.inner_text().strip().lower()
        # A name of a case may begin with any word; buttons and the head of a page may not.
        if WORDS.match(words) and each.evaluate("(e) => !e.closest('tbody, .prose')"):
            found.append(f"“{words}”")
    return found


def read_everything(page: Page) -> None:
    """Go from a product to what was found in a run, as a link from a friend would lead."""
    page.goto("/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Runs")
    for place in ("Products", "Cases", "Suites", "Tags", "Environments", "Runs"):
        page.get_by_role("banner").get_by_role("link", name=place, exact=True).click()
        expect(page.locator("main tbody tr").first).to_be_visible()
    page.locator("main tbody").get_by_role("link", name=RUN, exact=True).click()
    expect(page.locator(".heat__band")).to_have_count(6)
    page.get_by_role("navigation", name="Lists").get_by_role("link", name="Results").click()
    expect(page.locator("main tbody tr").first).to_be_visible()
    for kind in ("CSV", "JSON"):
        with page.expect_download() as download:
            page.get_by_role("link", name=kind, exact=True).click()
        assert "passed" in download.value.path().read_text()
    expect(page.locator("main")).not_to_contain_text("ana.sample")


def test_everybody_reads_a_site_that_lets_them(open_site_page: NewPage, open_site: Site) -> None:
    page = open_site_page()
    read_everything(page)

    # A link that somebody shares shows the same to everybody.
    page.goto("/cases/?tag=smoke&status=active&sort=name")
    expect(page.get_by_role("link", name="Log in with the right password")).to_be_visible()
    expect(page.get_by_label("Tag", exact=True)).to_have_value("smoke")

    # And no page that can be reached offers anything to change.
    found = walk(page, open_site.url, start=("/",))
    offers: dict[str, list[str]] = {}
    for kind, address in found.items():
        if ENTRANCE.search(kind):
            continue
        page.goto(address)
        assert "/accounts/" not in page.url, f"{kind} leads to a login"
        if wrong := offers_of(page):
            offers[kind] = wrong
    assert offers == {}
    for kind in ("/products/N/", "/cases/N/N/", "/runs/N/tests/", "/runs/N/cases/N/", "/tags/N/"):
        assert kind in found, sorted(found)


def test_who_wants_to_write_is_asked_who_they_are(open_site_page: NewPage, open_site: Site) -> None:
    author = open_site_page()
    log_in(author, open_site)
    everything = walk(author, open_site.url)
    author.goto("/cases/")
    assert offers_of(author) != []
    page = open_site_page()
    asked = {kind: address for kind, address in everything.items() if WRITING.search(kind)}
    assert {"/cases/new/", "/runs/N/edit/", "/suites/N/add/", "/testing/N/N/"} <= set(asked)
    for address in asked.values():
        page.goto(address)
        expect_login(page, address)


def expect_login(page: Page, address: str) -> None:
    """Say that a page asks for a login, and leads back afterwards."""
    parts = urlsplit(page.url)
    assert parts.path == "/accounts/login/", f"{address} shows {page.url}"
    assert parse_qs(parts.query)["next"] == [address.removesuffix("?")]


@pytest.mark.parametrize(
    "address",
    [
        "/products/",
        "/cases/?tag=smoke",
        "/runs/",
        "/runs/1/",
        "/runs/1/results/",
        "/runs/1/results.csv",
        "/cases/export/csv/",
        "/testing/",
        "/cases/new/",
    ],
)
def test_a_closed_site_shows_nothing(new_page: NewPage, demo: Demo, address: str) -> None:
    page = new_page()
    page.goto(address)
    expect_login(page, address)
