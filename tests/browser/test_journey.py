"""One person's first day: register, confirm, log in, find a case; and the manager who edits it."""

import secrets
import time

from playwright.sync_api import Page, expect

from testbed import mail
from tests.browser.conftest import Demo, NewPage
from tests.browser.test_looks import log_in
from tests.helpers.mailbox import link_in

WAIT_SECONDS = 20


def confirmation_link(demo: Demo, address: str) -> str:
    """Wait for the mail and return the link in it."""
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        content = mail.fetch(demo.folder.name)
        for message in reversed(mail.parse(content) if content else []):
            if address in str(message["To"]):
                return link_in(message, "/accounts/confirm-email/")
        time.sleep(0.3)
    raise AssertionError(f"no mail to {address} in {WAIT_SECONDS} s; look at: make demo-mail")


def find_case(page: Page, words: str) -> None:
    """Open a case by way of the list's filter."""
    page.goto("/cases/")
    page.get_by_label("Name", exact=True).fill(words)
    page.keyboard.press("Enter")
    page.wait_for_url("**name=**")
    page.locator("main tbody").get_by_role("link", name=words, exact=True).first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(words)


def test_from_registration_to_an_edited_case(new_page: NewPage, demo: Demo) -> None:
    name = f"robin-{secrets.token_hex(4)}"
    address = f"{name}@example.org"
    password = secrets.token_urlsafe(18)

    page = new_page()
    page.goto("/")
    page.get_by_role("link", name="Register").first.click()
    page.get_by_label("Username").fill(name)
    page.get_by_label("E-mail").fill(address)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_label("Password, once more").fill(password)
    page.get_by_role("main").get_by_role("button", name="Register").click()

    page.goto(confirmation_link(demo, address))
    page.get_by_role("main").get_by_role("button", name="Yes, confirm it").click()
    page.goto("/accounts/login/")
    page.get_by_label("Username or e-mail").fill(name)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("main").get_by_role("button", name="Log in").click()
    expect(page.get_by_role("banner")).to_contain_text(name)

    page.goto("/cases/")
    title = page.locator("main tbody th a").first.inner_text().strip()
    find_case(page, title)
    expect(page.get_by_role("link", name="Edit")).to_have_count(0)

    manager = new_page()
    log_in(manager, demo)
    find_case(manager, title)
    manager.get_by_role("link", name="Edit").first.click()
    changed = f"Seen by {name}."
    manager.get_by_label("Description").fill(changed)
    manager.get_by_role("main").get_by_role("button", name="Save").click()
    expect(manager.get_by_role("main")).to_contain_text(changed)

    page.reload()
    expect(page.get_by_role("main")).to_contain_text(changed)
