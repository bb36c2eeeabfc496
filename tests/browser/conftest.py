"""Fixtures of the browser tests: Debian's Chromium, and the sites that it visits.

`demo` is a disposable host: the folder in MOZTRAP_TESTBED, `.testbed/single` unless it is set.
`guide` and `open_site` need no host: they serve the sample themselves.
`--pictures=docs/images` has the journey through `guide` take the pictures of the user guide.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Playwright,
    sync_playwright,
)

from tests.browser.album import SIZES, Album
from tests.browser.people import log_in
from tests.browser.sites import Demo, Site, read_demo, serve
from tests.helpers.chromium import chromium
from tests.helpers.playbook import REPOSITORY

OUTPUT = Path(__file__).with_name("output")
# The one page that may be missing: a link that leads nowhere fails its test.
MISSING = "/no-such-page/"
# Pages of errors name no icon, so that Chromium asks for this one.
_USUAL_ICON = "/favicon.ico"
NewPage = Callable[..., Page]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Say where pictures go."""
    parser.addoption(
        "--pictures",
        type=Path,
        metavar="FOLDER",
        help="take the pictures of the user guide into this folder, usually docs/images",
    )


@pytest.fixture(scope="session")
def demo() -> Demo:
    """The host under test."""
    return read_demo(Path(os.environ.get("MOZTRAP_TESTBED", REPOSITORY / ".testbed" / "single")))


@pytest.fixture(scope="session")
def guide(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site with the sample alone, as the user guide shows it."""
    with serve(tmp_path_factory.mktemp("guide")) as site:
        yield site


@pytest.fixture(scope="session")
def open_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site that lets everybody read."""
    with serve(tmp_path_factory.mktemp("open"), ALLOW_ANONYMOUS_ACCESS=True) as site:
        yield site


@pytest.fixture(scope="session")
def album(pytestconfig: pytest.Config) -> Album:
    """Where the pictures of the user guide go, if they are asked for."""
    return Album(pytestconfig.getoption("--pictures"))


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """The driver."""
    with sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="session")
def browser(
    playwright: Playwright, demo: Demo, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Browser]:
    """Chromium with a home of its own, which trusts the demo's CA and no other private one."""
    home = tmp_path_factory.mktemp("home")
    with chromium(playwright, home, authorities=(demo.folder / "ca.pem",)) as opened:
        yield opened


@pytest.fixture(scope="session")
def own_browser(
    playwright: Playwright, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Browser]:
    """Chromium for sites that need no host."""
    with chromium(playwright, tmp_path_factory.mktemp("home")) as opened:
        yield opened


@contextmanager
def _pages(browser: Browser, url: str, test: str) -> Iterator[NewPage]:
    """Open pages in contexts of their own; scripts' errors and refused resources fail the test."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def open_page(**options: object) -> Page:
        context = browser.new_context(base_url=url, **options)  # type: ignore[arg-type]
        context.set_default_timeout(15_000)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(f"{page.url}: {error}"))

        def hear(message: ConsoleMessage) -> None:
            # Chromium calls the answer to it an error, which it shall be.
            may_be_missing = {f"{url}{path}" for path in (MISSING, _USUAL_ICON)}
            is_missing = message.location["url"] in may_be_missing and "404" in message.text
            if message.type == "error" and not is_missing:
                complaints.append(f"{page.url}: {message.text}")

        page.on("console", hear)
        return page

    yield open_page
    for number, context in enumerate(contexts):
        for page in context.pages:
            OUTPUT.mkdir(exist_ok=True)
            page.screenshot(path=OUTPUT / f"{test}-{number}-last.png")
        context.close()
    assert complaints == []


@pytest.fixture
def new_page(browser: Browser, demo: Demo, request: pytest.FixtureRequest) -> Iterator[NewPage]:
    """Open pages of the demo."""
    with _pages(browser, demo.url, request.node.name) as open_page:
        yield open_page


@pytest.fixture
def open_site_page(
    own_browser: Browser, open_site: Site, request: pytest.FixtureRequest
) -> Iterator[NewPage]:
    """Open pages of the site that lets everybody read."""
    with _pages(own_browser, open_site.url, request.node.name) as open_page:
        yield open_page


@pytest.fixture
def guide_page(
    own_browser: Browser, guide: Site, request: pytest.FixtureRequest
) -> Iterator[NewPage]:
    """Open pages of the guide's site as its administrator: `guide_page("phone", "dark")`."""
    with _pages(own_browser, guide.url, request.node.name) as open_page:

        def open_as_administrator(size: str = "desktop", scheme: str = "light") -> Page:
            is_phone = size == "phone"
            page = open_page(
                viewport=SIZES[size],
                color_scheme=scheme,
                has_touch=is_phone,
                is_mobile=is_phone,
            )
            log_in(page, guide)
            return page

        yield open_as_administrator
