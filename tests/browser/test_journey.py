"""One person's first day: register, confirm, log in, find a case; and the manager who edits it."""

from playwright.sync_api import Page, expect

from tests.browser.conftest import NewPage
from tests.browser.people import log_in, register
from tests.browser.sites import Demo


def find_case(page: Page, words: str) -> None:
    """Open a case by way of the list's filter."""
    page.goto("/cases/")
    page.get_by_label("Name", exact=True).fill(words)
    page.keyboard.press("Enter")
    page.wait_for_url("**name=**")
    page.locator("main tbody").get_by_role("link", name=words, exact=True).first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(words)


def test_from_registration_to_an_edited_case(new_page: NewPage, demo: Demo) -> None:
    page = new_page()
    person = register(page, demo)

    page.goto("/cases/")
    title = page.locator("main tbody th a").first.inner_text().strip()
    find_case(page, title)
    expect(page.get_by_role("link", name="Edit")).to_have_count(0)

    manager = new_page()
    log_in(manager, demo)
    find_case(manager, title)
    manager.get_by_role("link", name="Edit").first.click()
    changed = f"Seen by {person.name}."
    manager.get_by_label("Description").fill(changed)
    manager.get_by_role("main").get_by_role("button", name="Save").click()
    expect(manager.get_by_role("main")).to_contain_text(changed)

    page.reload()
    expect(page.get_by_role("main")).to_contain_text(changed)
