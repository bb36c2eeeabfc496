"""People who use the site: those who register, and those who are logged in."""

import secrets
import time

from playwright.sync_api import Page, expect

from testbed import mail
from tests.browser.sites import Demo, Person, Site
from tests.helpers.mailbox import link_in

WAIT_SECONDS = 20


def log_in_as(page: Page, person: Person) -> None:
    """Log somebody in, from wherever they were asked to."""
    if "/accounts/login/" not in page.url:
        page.goto("/accounts/login/")
    page.get_by_label("Username or e-mail").fill(person.name)
    page.get_by_label("Password", exact=True).fill(person.password)
    page.get_by_role("main").get_by_role("button", name="Log in").click()
    page.wait_for_url(lambda url: "/accounts/login/" not in url)


def log_in(page: Page, site: Site) -> None:
    """Log the administrator in."""
    log_in_as(page, site.administrator)


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


def register(page: Page, demo: Demo) -> Person:
    """Register somebody new by the pages and the mail, and log them in."""
    person = Person(f"robin-{secrets.token_hex(4)}", secrets.token_urlsafe(18))
    address = f"{person.name}@example.org"
    page.goto("/")
    page.get_by_role("link", name="Register").first.click()
    page.get_by_label("Username").fill(person.name)
    page.get_by_label("E-mail").fill(address)
    page.get_by_label("Password", exact=True).fill(person.password)
    page.get_by_label("Password, once more").fill(person.password)
    page.get_by_role("main").get_by_role("button", name="Register").click()

    page.goto(confirmation_link(demo, address))
    page.get_by_role("main").get_by_role("button", name="Yes, confirm it").click()
    log_in_as(page, person)
    expect(page.get_by_role("banner")).to_contain_text(person.name)
    return person
