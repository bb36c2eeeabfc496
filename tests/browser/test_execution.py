"""A tester at work: from the keyboard, and without scripts."""

from playwright.sync_api import Page, expect

from tests.browser.conftest import Demo, NewPage
from tests.browser.test_looks import log_in

# As patient as the pages of the other tests.
expect.set_options(timeout=15_000)


def open_cases(page: Page, demo: Demo) -> None:
    """Go to a part of the sample that nobody has tested, and leave it so."""
    log_in(page, demo)
    page.goto("/testing/")
    page.get_by_role("link", name="Release check of 3.0").click()
    page.get_by_role("link", name="Safari 17 / macOS 14").click()
    expect(page.locator(".cell").first).to_be_visible()


def test_cases_are_run_from_the_keyboard(new_page: NewPage, demo: Demo) -> None:
    page = new_page()
    open_cases(page, demo)
    first, second, third = (page.locator(".cell").nth(number) for number in range(3))
    progress = page.locator("#progress")
    for cell in (first, second, third):
        expect(cell).to_have_attribute("data-status", "pending")

    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    page.keyboard.press("Escape")

    page.keyboard.press("j")
    page.keyboard.press("p")
    expect(first).to_have_attribute("data-status", "passed")
    expect(progress).to_contain_text("1 passed")

    page.keyboard.press("n")
    page.keyboard.press("2")
    comment = second.get_by_label("What happened")
    expect(comment).to_be_focused()
    expect(second.locator("input[name=step]:checked")).to_have_value("2")
    page.keyboard.type("It hums.")
    page.keyboard.press("Control+Enter")
    expect(second).to_have_attribute("data-status", "failed")

    page.keyboard.press("j")
    page.keyboard.press("b")
    expect(third.get_by_label("What happened")).to_be_focused()
    page.keyboard.type("No sound here.")
    page.keyboard.press("Control+Enter")
    expect(third).to_have_attribute("data-status", "blocked")
    expect(progress).to_contain_text("1 blocked")

    for cell in (first, second, third):
        cell.get_by_role("button", name="Restart").click()
        expect(cell).to_have_attribute("data-status", "pending")
    expect(progress).not_to_contain_text("passed")


def test_cases_are_run_without_scripts(new_page: NewPage, demo: Demo) -> None:
    page = new_page(java_script_enabled=False)
    open_cases(page, demo)
    cell = page.locator(".cell").nth(3)
    cell.get_by_role("link").first.click()
    expect(cell.get_by_text("Do", exact=True).first).to_be_visible()
    cell.get_by_label("What happened").fill("No sound here.")
    cell.get_by_role("button", name="Blocked").click()
    expect(cell).to_have_attribute("data-status", "blocked")
    assert page.url.partition("#")[2] == cell.get_attribute("id")
    cell.get_by_role("button", name="Restart").click()
    expect(cell).to_have_attribute("data-status", "pending")
