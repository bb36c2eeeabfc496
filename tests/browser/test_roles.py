"""A team at work: who gives roles, who plans, who tests on a phone, who reviews, who only looks."""

import secrets

from playwright.sync_api import Page, expect

from tests.browser.conftest import NewPage
from tests.browser.people import log_in, log_in_as, register
from tests.browser.sites import Demo, Person

expect.set_options(timeout=15_000)
PHONE = {"width": 390, "height": 844}


def give_roles(page: Page, person: Person, *roles: str) -> None:
    """As the administrator: find somebody among the users, and choose what they may do."""
    page.goto("/users/")
    page.get_by_label("Username").fill(person.name)
    page.keyboard.press("Enter")
    page.locator("main tbody").get_by_role("link", name=person.name, exact=True).click()
    for role in roles:
        page.get_by_label(role, exact=True).check()
    page.get_by_role("main").get_by_role("button", name="Save").click()
    expect(page.get_by_role("main")).to_contain_text(f"Saved {person.name}.")


def plan_run(page: Page, name: str) -> None:
    """As a manager: a run of one suite in one environment, active."""
    page.goto("/runs/")
    page.get_by_role("link", name="New run").click()
    page.get_by_label("Postbox 3.0", exact=True).check()
    page.get_by_role("main").get_by_role("button").filter(has_text="Continue").click()
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_label("Smoke", exact=True).fill("1")
    page.get_by_role("main").get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    page.get_by_role("button", name="Activate").click()
    expect(page.get_by_role("main")).to_contain_text("active")


def test_a_run_from_its_plan_to_its_review(new_page: NewPage, demo: Demo) -> None:
    phone = new_page(viewport=PHONE, has_touch=True, is_mobile=True)
    tester = register(phone, demo)
    desk = new_page()
    manager = register(desk, demo)

    # Whoever has no role may read, and nothing else.
    desk.goto("/runs/")
    expect(desk.get_by_role("link", name="New run")).to_have_count(0)
    administrator = new_page()
    log_in(administrator, demo)
    give_roles(administrator, tester, "Tester")
    give_roles(administrator, manager, "Test Manager")

    name = f"Check {secrets.token_hex(4)}"
    plan_run(desk, name)

    # The tester finds it on the phone.
    phone.goto("/")
    phone.get_by_role("navigation", name="Main").get_by_role("link", name="Run tests").tap()
    phone.get_by_role("link", name=name).tap()
    phone.locator("main tbody th a").first.tap()
    first = phone.locator(".cell").first
    title = first.locator(".cell__link").inner_text().strip()
    first.locator(".cell__link").tap()
    first.get_by_label("What happened").fill("It hums.")
    first.get_by_role("button", name="Fail").tap()
    expect(first).to_have_attribute("data-status", "failed")

    # The manager sends it back, with a word about why.
    desk.goto("/runs/review/")
    item = desk.locator(".queue__item", has_text=name).filter(has_text=title)
    item.get_by_role("checkbox").check()
    desk.get_by_label("What you say about the chosen ones").fill("On a quiet line, please.")
    desk.get_by_role("button", name="Send back to be tested again").click()
    expect(desk.get_by_role("main")).not_to_contain_text(name)

    # It is the tester's again, who now accepts what is there.
    phone.goto("/work/")
    expect(phone.get_by_role("main")).to_contain_text(title)
    phone.get_by_role("link", name=title).first.tap()
    expect(phone.get_by_role("main")).to_contain_text("On a quiet line, please.")
    cell = phone.locator(".cell", has_text=title).first
    cell.get_by_role("button", name="Pass").last.tap()
    expect(cell).to_have_attribute("data-status", "passed")
    expect(phone.locator("#progress")).to_contain_text("1 passed")
    assert phone.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_who_is_not_logged_in_comes_back_to_where_they_were(new_page: NewPage, demo: Demo) -> None:
    page = new_page()
    page.goto("/runs/?build=3.0-101")
    expect(page.get_by_role("heading", level=1)).to_have_text("Log in")
    for place in ("Runs", "Cases", "Users"):
        expect(page.get_by_role("banner").get_by_role("link", name=place)).to_have_count(0)
    log_in_as(page, demo.administrator)
    assert page.url.endswith("/runs/?build=3.0-101")
