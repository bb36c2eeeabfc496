"""Fixtures of the browser tests: Debian's Chromium at a disposable host.

Which host: the folder in MOZTRAP_TESTBED, `.testbed/single` unless it is set.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright

from tests.helpers.playbook import REPOSITORY

OUTPUT = Path(__file__).with_name("output")
CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
NewPage = Callable[..., Page]


@dataclass(frozen=True)
class Demo:
    """A disposable host with the site on it."""

    folder: Path

    @property
    def url(self) -> str:
        """Where the site is, without a slash at the end."""
        return (self.folder / "url").read_text().strip().rstrip("/")

    @property
    def administrator(self) -> tuple[str, str]:
        """Name and password."""
        content = json.loads((self.folder / "credentials.json").read_text())
        return content["username"], content["password"]


@pytest.fixture(scope="session")
def demo() -> Demo:
    """The host under test."""
    folder = Path(os.environ.get("MOZTRAP_TESTBED", REPOSITORY / ".testbed" / "single"))
    missing = [
        name for name in ("url", "ca.pem", "credentials.json") if not (folder / name).exists()
    ]
    assert not missing, f"{folder} has no {', '.join(missing)}. type: make demo"
    return Demo(folder)


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
    for program in (CHROMIUM, "certutil"):
        assert shutil.which(program), (
            f"{program} is not installed. type: apt-get install chromium libnss3-tools"
        )
    home = tmp_path_factory.mktemp("home")
    for place in (".pki/nssdb", ".local/share/pki/nssdb"):
        database = home / place
        database.mkdir(parents=True)
        trust(database, demo.folder / "ca.pem")
    OUTPUT.mkdir(exist_ok=True)
    opened = playwright.chromium.launch(
        executable_path=CHROMIUM,
        args=ARGUMENTS,
        env={**os.environ, "HOME": str(home), "XDG_CONFIG_HOME": str(home / "config")},
    )
    yield opened
    opened.close()


def trust(database: Path, authority: Path) -> None:
    """Put a CA into a certificate database that Chromium reads."""
    for arguments in (
        ["-N", "--empty-password"],
        ["-A", "-t", "C,,", "-n", "moztrap", "-i", str(authority)],
    ):
        subprocess.run(
            ["certutil", "-d", f"sql:{database}", *arguments], check=True, capture_output=True
        )


@pytest.fixture
def new_page(browser: Browser, demo: Demo, request: pytest.FixtureRequest) -> Iterator[NewPage]:
    """Open pages in contexts of their own; scripts' errors and refused resources fail the test."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def open_page(**options: object) -> Page:
        context = browser.new_context(base_url=demo.url, **options)  # type: ignore[arg-type]
        context.set_default_timeout(15_000)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(f"{page.url}: {error}"))
        page.on(
            "console",
            lambda message: (
                complaints.append(f"{page.url}: {message.text}")
                if message.type == "error"
                else None
            ),
        )
        return page

    yield open_page
    for number, context in enumerate(contexts):
        for page in context.pages:
            page.screenshot(path=OUTPUT / f"{request.node.name}-{number}-last.png")
        context.close()
    assert complaints == []
