"""All pages on a phone and on a desk, by day and by night: usable by everybody."""

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.browser.conftest import MISSING, OUTPUT, NewPage
from tests.browser.people import log_in
from tests.browser.sites import Demo
from tests.browser.walk import walk

CHECKS = Path(__file__).with_name("accessibility.js").read_text()
SIZES = {"phone": {"width": 390, "height": 844}, "desktop": {"width": 1360, "height": 900}}
# Each size and each scheme once for every page; for the main ones all four.
EVERY_PAGE = [("phone", "dark"), ("desktop", "light")]
MAIN_PAGES = [("phone", "light"), ("desktop", "dark")]
PUBLIC = {"login": "/accounts/login/", "signup": "/accounts/signup/", "missing": MISSING}
PAGES = {
    "cases": "/cases/",
    "products": "/products/",
    "environments": "/environments/",
    "tags": "/tags/",
    "profile": "/accounts/profile/",
    "tokens": "/accounts/tokens/",
    "work": "/work/",
    "open-runs": "/testing/",
    "runs": "/runs/",
    "review": "/runs/review/",
}
# From the list of runs to each page about one of them.
RUN_PAGES = (
    "Overview",
    "Cases",
    "Tests",
    "Environments",
    "Suites",
    "Testers",
    "Results",
    "Assign",
)


def faults_of(page: Page, width: int) -> list[str]:
    """Return what keeps people out of a page: by our own rules, by those of axe, by its width."""
    found: list[str] = page.evaluate(CHECKS)
    for violation in Axe().run(page).response["violations"]:
        for node in violation["nodes"]:
            found.append(f"{violation['id']}: {node['html'][:120]}")
    wide = page.evaluate("document.documentElement.scrollWidth")
    if wide > width:
        found.append(f"scrolls sideways: {wide} px wide")
    return found


@pytest.fixture(scope="session")
def addresses(browser: Browser, demo: Demo) -> dict[str, str]:
    """Return an address of each kind of page that somebody with every permission can reach."""
    context = browser.new_context(base_url=demo.url)
    page = context.new_page()
    log_in(page, demo)
    found = walk(page, demo.url)
    context.close()
    return found


@pytest.mark.parametrize(("size", "scheme"), EVERY_PAGE)
def test_every_page(
    new_page: NewPage, demo: Demo, addresses: dict[str, str], size: str, scheme: str
) -> None:
    page = new_page(viewport=SIZES[size], color_scheme=scheme)
    faults: dict[str, list[str]] = {}
    for kind, address in PUBLIC.items():
        page.goto(address)
        if found := faults_of(page, SIZES[size]["width"]):
            faults[kind] = found
    log_in(page, demo)
    for kind, address in addresses.items():
        page.goto(address)
        # What opens must be as good as what is open.
        page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
        if found := faults_of(page, SIZES[size]["width"]):
            faults[kind] = found
    assert faults == {}
    # Some of each room; a list that lost its links would make this test easy.
    for kind in (
        "/cases/N/N/edit/",
        "/suites/N/add/",
        "/tags/N/merge/",
        "/environments/profiles/N/",
        "/products/versions/N/fill/",
        "/runs/N/suites/",
        "/testing/N/N/",
        "/users/N/",
    ):
        assert kind in addresses, sorted(addresses)


# Each thing that can be used, once; of radio buttons the keyboard reaches one of each group.
REACHABLE = """() => {
  const seen = new Set();
  const kinds = ["a[href]", "button", "input:not([type=hidden])", "select", "textarea", "summary",
    "[tabindex='0']"];
  return [...document.querySelectorAll(kinds.join())].filter((each) => {
    if (each.disabled || each.tabIndex < 0) return false;
    if (!each.checkVisibility({ visibilityProperty: true })) return false;
    if (each.type !== "radio") return true;
    const first = !seen.has(each.name);
    seen.add(each.name);
    return first;
  }).length;
}"""
FOCUSED = """() => {
  const each = document.activeElement;
  const style = getComputedStyle(each);
  window.visited = window.visited || new Map();
  if (each === document.body || each === document.documentElement) return null;
  if (!window.visited.has(each)) window.visited.set(each, window.visited.size);
  const shown = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0;
  return [window.visited.get(each), shown, each.outerHTML.slice(0, 120)];
}"""


@pytest.mark.parametrize(
    "kind",
    [
        "/accounts/tokens/",
        "/cases/",
        "/cases/N/",
        "/cases/N/N/edit/",
        "/cases/new/",
        "/environments/profiles/N/",
        "/products/versions/N/fill/",
        "/runs/",
        "/runs/N/",
        "/runs/N/assign/",
        "/runs/N/results/",
        "/runs/new/",
        "/runs/review/",
        "/suites/N/",
        "/suites/N/add/",
        "/tags/",
        "/testing/N/",
        "/testing/N/N/open=",
        "/users/",
        "/work/",
    ],
)
def test_everything_is_reached_and_shown_by_keyboard(
    new_page: NewPage, demo: Demo, addresses: dict[str, str], kind: str
) -> None:
    page = new_page(viewport=SIZES["desktop"])
    log_in(page, demo)
    page.goto(addresses[kind])
    wanted = page.evaluate(REACHABLE)
    reached: set[int] = set()
    for _ in range(wanted + 5):
        page.keyboard.press("Tab")
        focused = page.evaluate(FOCUSED)
        if focused is None:
            # Round the end of the page.
            break
        number, shown, html = focused
        assert shown, f"no mark of the focus: {html}"
        reached.add(number)
    assert len(reached) >= wanted


@pytest.mark.parametrize(("size", "scheme"), MAIN_PAGES)
def test_main_pages(new_page: NewPage, demo: Demo, size: str, scheme: str) -> None:
    page = new_page(viewport=SIZES[size], color_scheme=scheme)
    faults: dict[str, list[str]] = {}

    def look(name: str, path: str) -> None:
        page.goto(path)
        page.screenshot(path=OUTPUT / f"{name}-{size}-{scheme}.png", full_page=True)
        if found := faults_of(page, SIZES[size]["width"]):
            faults[name] = found

    for name, path in PUBLIC.items():
        look(name, path)
    log_in(page, demo)
    for name, path in PAGES.items():
        look(name, path)
    page.goto("/cases/")
    page.locator("main tbody th a").first.click()
    look("case", page.url.removeprefix(demo.url))
    for name in RUN_PAGES:
        page.goto("/runs/?build=3.0-101")
        page.locator("main tbody th a").first.click()
        page.get_by_role("navigation", name="Lists").get_by_role("link", name=name).click()
        look(f"run-{name.lower()}", page.url.removeprefix(demo.url))
    page.goto("/testing/")
    page.get_by_role("link", name="Release check of 3.0").click()
    look("choose", page.url.removeprefix(demo.url))
    page.get_by_role("link", name="Safari 17 / macOS 14").click()
    look("execute", page.url.removeprefix(demo.url))
    page.locator(".cell__link").first.click()
    page.locator(".cell--open").wait_for()
    address = page.locator(".cell--open").get_attribute("data-url")
    look("execute-open", address or "")
    assert faults == {}
