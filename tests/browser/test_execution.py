"""A tester at work: from the keyboard, and without scripts."""

from playwright.sync_api import Page, expect

from tests.browser.conftest import NewPage
from tests.browser.people import log_in
from tests.browser.sites import Demo

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


def test_what_others_find_appears_while_a_page_is_open(new_page: NewPage, demo: Demo) -> None:
    watching = new_page()
    watching.clock.install()
    open_cases(watching, demo)
    acting = new_page()
    open_cases(acting, demo)
    seen, open_one = (watching.locator(".cell").nth(number) for number in (4, 5))
    open_one.get_by_role("link").first.click()
    comment = open_one.get_by_label("What happened")
    comment.fill("I am still typing")

    for number in (4, 5):
        acting.locator(".cell").nth(number).get_by_role("button", name="Pass").first.click()
        expect(acting.locator(".cell").nth(number)).to_have_attribute("data-status", "passed")
    expect(seen).to_have_attribute("data-status", "pending")
    watching.clock.fast_forward(11_000)
    for cell in (seen, open_one):
        expect(cell).to_have_attribute("data-status", "passed")
    expect(watching.locator("#progress")).to_contain_text("2 passed")
    expect(watching.locator("#announce")).to_contain_text("2 cases have new results")
    # What somebody is writing stays, with the cursor in it.
    expect(comment).to_have_value("I am still typing")
    expect(comment).to_be_focused()

    for number in (4, 5):
        acting.locator(".cell").nth(number).get_by_role("button", name="Restart").click()
        expect(acting.locator(".cell").nth(number)).to_have_attribute("data-status", "pending")


def test_a_page_asks_briefly_and_a_hidden_one_not_at_all(new_page: NewPage, demo: Demo) -> None:
    page = new_page()
    page.clock.install()
    open_cases(page, demo)
    answers: list[int] = []
    page.on(
        "response",
        lambda answer: answers.append(answer.status) if "/progress/" in answer.url else None,
    )
    for _ in range(3):
        with page.expect_response("**/progress/**"):
            page.clock.fast_forward(11_000)
    assert answers == [200, 304, 304]
    page.evaluate(
        """() => {
            Object.defineProperty(document, "hidden", { value: true, configurable: true });
            document.dispatchEvent(new Event("visibilitychange"));
        }"""
    )
    page.clock.fast_forward(60_000)
    page.evaluate("fetch('/healthz')")
    assert len(answers) == 3
    with page.expect_response("**/progress/**"):
        page.evaluate(
            """() => {
                Object.defineProperty(document, "hidden", { value: false, configurable: true });
                document.dispatchEvent(new Event("visibilitychange"));
            }"""
        )
