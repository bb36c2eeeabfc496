"""The main pages on a phone and on a desk, by day and by night: readable by everybody."""

from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import OUTPUT, Demo, NewPage

CHECKS = Path(__file__).with_name("accessibility.js").read_text()
SIZES = {"phone": {"width": 390, "height": 844}, "desktop": {"width": 1360, "height": 900}}
PUBLIC = {"login": "/accounts/login/", "signup": "/accounts/signup/", "missing": "/no-such-page/"}
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


def log_in(page: Page, demo: Demo) -> None:
    """Log the administrator in."""
    name, password = demo.administrator
    page.goto("/accounts/login/")
    page.get_by_label("Username or e-mail").fill(name)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("main").get_by_role("button", name="Log in").click()
    page.wait_for_url(lambda url: "/accounts/login/" not in url)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_main_pages(new_page: NewPage, demo: Demo, size: str, scheme: str) -> None:
    page = new_page(viewport=SIZES[size], color_scheme=scheme)
    faults: dict[str, list[str]] = {}

    def look(name: str, path: str) -> None:
        page.goto(path)
        page.screenshot(path=OUTPUT / f"{name}-{size}-{scheme}.png", full_page=True)
        found: list[str] = page.evaluate(CHECKS)
        width = page.evaluate("document.documentElement.scrollWidth")
        if width > SIZES[size]["width"]:
            found.append(f"scrolls sideways: {width} px wide")
        if found:
            faults[name] = found

    for name in ("login", "signup"):
        look(name, PUBLIC[name])
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
