"""An author at work: steps in their order, and suites that are found while typing."""

import secrets

from playwright.sync_api import Page, expect

from tests.browser.conftest import NewPage
from tests.browser.people import log_in
from tests.browser.sites import Demo

expect.set_options(timeout=15_000)


def new_case(page: Page, demo: Demo) -> str:
    """Open the form of a new case of the sample; return the name that is typed there."""
    log_in(page, demo)
    page.goto("/cases/new/")
    name = f"Order {secrets.token_hex(4)}"
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_label("Product version").select_option(label="Postbox 3.0")
    return name


def instructions(page: Page) -> list[str]:
    """Return what the steps say, in the order of the page."""
    return [
        each.input_value() for each in page.get_by_label("Instruction").all() if each.is_visible()
    ]


def saved_steps(page: Page, name: str) -> list[str]:
    """Save, and return what the page of the case says is to be done."""
    page.get_by_role("main").get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    return page.locator(".step > div:first-of-type .prose").all_inner_texts()


def test_steps_are_moved_from_the_keyboard(new_page: NewPage, demo: Demo) -> None:
    page = new_page()
    name = new_case(page, demo)
    page.get_by_role("button", name="Add steps").click()
    third = page.get_by_role("group", name="Step 3")
    expect(third.get_by_label("Instruction")).to_be_focused()
    for number, text in enumerate(("One", "Two", "Three"), start=1):
        page.get_by_role("group", name=f"Step {number}").get_by_label("Instruction").fill(text)

    third.get_by_role("button", name="Move step 3 up").click()
    news = page.locator("[data-step-news]")
    expect(news).to_have_text("Step 3 is now step 2 of 3.")
    assert instructions(page) == ["One", "Three", "Two"]
    # The keyboard stays with what was moved.
    expect(page.get_by_role("button", name="Move step 2 up")).to_be_focused()

    page.get_by_role("group", name="Step 3").get_by_label("Instruction").focus()
    page.keyboard.press("Alt+ArrowUp")
    page.keyboard.press("Alt+ArrowUp")
    expect(news).to_have_text("Step 2 is now step 1 of 3.")
    expect(page.get_by_role("group", name="Step 1").get_by_label("Instruction")).to_be_focused()
    assert instructions(page) == ["Two", "One", "Three"]
    expect(page.get_by_role("button", name="Move step 1 up")).to_be_disabled()

    page.get_by_role("group", name="Step 3").get_by_label("Position").fill("1")
    page.keyboard.press("Tab")
    assert instructions(page) == ["Three", "Two", "One"]
    assert saved_steps(page, name) == ["Three", "Two", "One"]


def test_steps_are_dragged(new_page: NewPage, demo: Demo) -> None:
    page = new_page()
    name = new_case(page, demo)
    for number, text in enumerate(("One", "Two"), start=1):
        page.get_by_role("group", name=f"Step {number}").get_by_label("Instruction").fill(text)
    first, second = (page.get_by_role("group", name=f"Step {number}") for number in (1, 2))
    second.locator(".grip").drag_to(first, target_position={"x": 60, "y": 4})
    assert instructions(page) == ["Two", "One"]
    assert saved_steps(page, name) == ["Two", "One"]


def test_steps_are_numbered_without_scripts(new_page: NewPage, demo: Demo) -> None:
    page = new_page(java_script_enabled=False)
    name = new_case(page, demo)
    for number, (text, place) in enumerate((("One", "2"), ("Two", "1")), start=1):
        step = page.get_by_role("group", name=f"Step {number}")
        step.get_by_label("Instruction").fill(text)
        step.get_by_label("Position").fill(place)
    expect(page.get_by_role("button", name="Move step 1 down")).to_have_count(0)
    page.get_by_role("button", name="Add steps").click()
    expect(page.get_by_role("group", name="Step 5")).to_be_visible()
    # The Enter key saves, whatever buttons stand beside the fields.
    page.get_by_label("Name", exact=True).press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    assert page.locator(".step > div:first-of-type .prose").all_inner_texts() == ["Two", "One"]


def test_suites_are_found_while_typing(new_page: NewPage, demo: Demo) -> None:
    page = new_page()
    name = new_case(page, demo)
    page.locator("summary", has_text="Suites").click()
    suites = page.get_by_role("group", name="Suites")
    suites.get_by_role("searchbox").fill("smo")
    expect(suites.get_by_role("checkbox")).to_have_count(1)
    suites.get_by_label("Smoke", exact=True).check()
    suites.get_by_role("searchbox").fill("rest")
    expect(suites.get_by_role("checkbox")).to_have_count(2)
    # The Enter key searches here, and sends nothing.
    suites.get_by_role("searchbox").press("Enter")
    expect(suites.get_by_label("Smoke", exact=True)).to_be_checked()
    page.get_by_role("group", name="Step 1").get_by_label("Instruction").fill("Go.")
    assert saved_steps(page, name) == ["Go."]
    expect(page.get_by_role("complementary")).to_contain_text("Smoke")
