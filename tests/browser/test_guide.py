"""The user guide, walked as it is written: what it says happens, and its pictures show it.

    python -m pytest tests/browser/test_guide.py --pictures=docs/images

takes the pictures again. The tests build on each other, in this order.
"""

from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from tests.browser.album import Album
from tests.browser.conftest import NewPage

expect.set_options(timeout=15_000)

MANY = """Test that a letter can be unsent
For ten seconds after sending.
When I send a message and press Undo
Then it is a draft again
And when I wait for longer
Then Undo is gone

Test that two windows show the same inbox
When I delete a message in one window
Then it leaves the other within a minute
"""
FILE = """name,priority,tags,suites,instruction,expected
Print a message,3,"print, smoke",Paper,Press Print.,A preview without the side bar opens.
,,,,Print it.,One page.
Log in with the right password,1,smoke,,Log in.,The inbox is shown.
"""
CASE = "Attach a file that is too large"
RUN = "Release check of 3.0"


def main_button(page: Page, name: str) -> None:
    """Press a button of the page itself, not of its header."""
    page.get_by_role("main").get_by_role("button", name=name, exact=True).click()


def scroll_to(page: Page, what: Locator) -> None:
    """Have something at the top of what is visible."""
    what.evaluate("(each) => scrollTo(0, each.getBoundingClientRect().top + scrollY - 16)")


def choose_version(page: Page, version: str) -> None:
    """Say which version of the sample's product is meant."""
    page.get_by_label("Product version").select_option(label=f"Postbox {version}")


def open_case(page: Page, name: str) -> None:
    """Find a case by its name."""
    page.goto("/cases/")
    if page.get_by_label("Name", exact=True).is_hidden():
        page.get_by_text("Filters", exact=True).click()
    page.get_by_label("Name", exact=True).fill(name)
    page.keyboard.press("Enter")
    page.locator("main tbody").get_by_role("link", name=name, exact=True).click()
    expect(page.get_by_role("heading", name="Steps")).to_be_visible()


def open_run(page: Page, name: str, tab: str = "Overview") -> None:
    """Open one of the pages about a run."""
    page.goto("/runs/?sort=name")
    page.locator("main tbody").get_by_role("link", name=name, exact=True).click()
    page.get_by_role("navigation", name="Lists").get_by_role("link", name=tab, exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(name.partition(" - ")[0])


def test_cases_are_found_read_and_changed(guide_page: NewPage, album: Album) -> None:
    page = guide_page()
    page.goto("/cases/")
    expect(page.locator("main tbody tr")).to_have_count(20)
    album.take(page, "cases-desktop")

    phone = guide_page("phone", "dark")
    open_case(phone, "Read and answer with the keyboard alone")
    expect(phone.locator("main")).to_contain_text("Put the mouse away")
    album.take(phone, "case-phone-dark")
    phone.goto("/cases/?tag=smoke&status=active&sort=name")
    expect(phone.get_by_role("link", name="Read a message")).to_be_visible()
    album.take(phone, "cases-phone-dark")

    open_case(page, CASE)
    page.get_by_role("link", name="Edit", exact=True).click()
    album.take(page, "case-edit-desktop")
    first = page.get_by_role("group", name="Step 1")
    first.get_by_label("Expected result").fill("It is refused **at once**, before it is sent.")
    main_button(page, "Save")
    expect(page.locator("main")).to_contain_text("refused at once")

    page.get_by_role("link", name="Compare versions").click()
    expect(page.locator("main ins").first).to_be_visible()
    album.take(page, "compare-desktop")


def test_many_cases_are_entered_at_once(guide_page: NewPage, album: Album) -> None:
    page = guide_page()
    page.goto("/cases/enter/")
    choose_version(page, "3.1b1")
    page.get_by_label("Cases", exact=True).fill(MANY)
    main_button(page, "Check")
    report = page.get_by_role("status", name="Dry run")
    expect(report).to_contain_text("2 cases with 3 steps would be created")
    album.take(page, "enter-desktop")
    main_button(page, "Save all")
    expect(page.locator("main")).to_contain_text("2 cases")


def test_a_file_is_imported_after_a_dry_run(
    guide_page: NewPage, album: Album, tmp_path: Path
) -> None:
    file = tmp_path / "paper.csv"
    file.write_text(FILE)
    page = guide_page()
    page.goto("/cases/import/")
    choose_version(page, "3.1b1")
    page.get_by_label("File", exact=True).set_input_files(file)
    main_button(page, "Check")
    report = page.get_by_role("status", name="Dry run")
    expect(report).to_contain_text("1 case with 2 steps would be created")
    expect(report).to_contain_text("New suites: Paper")
    album.take(page, "import-desktop")
    main_button(page, "Import all")
    page.goto("/cases/?name=Print+a+message")
    expect(page.locator("main tbody tr")).to_have_count(1)


def test_a_suite_is_filled_from_a_filtered_list(guide_page: NewPage, album: Album) -> None:
    page = guide_page()
    page.goto("/suites/")
    page.locator("main tbody").get_by_role("link", name="Smoke", exact=True).click()
    page.get_by_role("link", name="Add cases").click()
    page.get_by_label("Tag", exact=True).fill("attachments")
    page.keyboard.press("Enter")
    page.wait_for_url("**tag=attachments**")
    box = page.get_by_role("checkbox", name=CASE)
    box.check()
    album.take(page, "suite-add-desktop")
    main_button(page, "Add chosen cases")
    expect(box).to_have_count(0)
    page.get_by_role("link", name="Back to the suite").click()
    expect(page.locator("main tbody tr").last).to_contain_text(CASE)


def test_a_run_is_planned_and_opened(guide_page: NewPage, album: Album) -> None:
    page = guide_page()
    page.goto("/runs/new/")
    page.get_by_label("Postbox 3.1b1", exact=True).check()
    main_button(page, "Continue")
    page.get_by_label("Name", exact=True).fill("First look at 3.1")
    page.get_by_label("Description").fill("Quick: **one hour** for each environment.")
    page.get_by_label("Smoke", exact=True).fill("1")
    for name in ("Firefox 128 / Android 14", "Safari 17 / iOS 17"):
        page.get_by_label(name, exact=True).uncheck()
    scroll_to(page, page.locator("label", has_text="Name").first)
    album.take(page, "plan-desktop")
    main_button(page, "Save")
    expect(page.locator("main")).to_contain_text("draft")
    main_button(page, "Activate")
    expect(page.locator("main")).to_contain_text("active")
    # What was added to the suite is run too, last.
    open_run(page, "First look at 3.1", "Cases")
    expect(page.locator("main tbody tr").last).to_contain_text(CASE)


def test_a_tester_records_on_a_desk_and_on_a_phone(guide_page: NewPage, album: Album) -> None:
    page = guide_page()
    page.goto("/testing/")
    page.get_by_role("link", name=RUN).click()
    page.get_by_role("link", name="Safari 17 / macOS 14").click()
    cells = page.locator(".cell")
    for number in range(3):
        cells.nth(number).get_by_role("button", name="Pass").click()
        expect(cells.nth(number)).to_have_attribute("data-status", "passed")
    fourth = cells.nth(3)
    fourth.locator(".cell__link").click()
    fourth.get_by_text("fails here").first.click()
    fourth.get_by_label("What happened").fill("It stays in the outbox until I reload the page.")
    fourth.scroll_into_view_if_needed()
    album.take(page, "execute-desktop")
    fourth.get_by_role("button", name="Fail").click()
    expect(fourth).to_have_attribute("data-status", "failed")

    phone = guide_page("phone")
    phone.goto(page.url)
    album.take(phone, "execute-phone")
    fifth = phone.locator(".cell").nth(4)
    fifth.locator(".cell__link").click()
    expect(fifth.get_by_label("What happened")).to_be_visible()
    fifth.scroll_into_view_if_needed()
    album.take(phone, "execute-open-phone")


def test_results_are_read_in_all_their_forms(guide_page: NewPage, album: Album) -> None:
    page = guide_page()
    page.goto("/runs/")
    album.take(page, "runs-desktop")
    open_run(page, RUN)
    expect(page.locator(".heat__band")).to_have_count(6)
    album.take(page, "run-desktop")
    phone = guide_page("phone", "dark")
    open_run(phone, RUN)
    scroll_to(phone, phone.get_by_role("heading", name="Environments and cases"))
    album.take(phone, "run-phone-dark")
    open_run(page, RUN, "Results")
    expect(page.locator("main tbody tr").first).to_contain_text("It stays in the outbox")
    album.take(page, "results-desktop")
    page.goto("/runs/?kind=series")
    page.locator("main tbody").get_by_role("link", name="Nightly round of 3.0").first.click()
    page.get_by_role("link", name="Builds compared").click()
    expect(page.get_by_role("row", name="3.0-102").first).to_be_visible()
    album.take(page, "builds-desktop")


def test_work_is_given_out_and_reviewed(guide_page: NewPage, album: Album) -> None:
    page = guide_page()
    open_run(page, RUN, "Assign")
    page.get_by_label("Give to").select_option(label="robin")
    page.get_by_label("Firefox 128 / Windows 11").check()
    main_button(page, "Assign")
    expect(page.get_by_role("row", name="robin")).to_contain_text("23")
    album.take(page, "assign-desktop")
    page.goto("/work/")
    expect(page.locator("main")).to_contain_text(RUN)
    album.take(page, "work-desktop")

    page.goto("/runs/review/")
    page.locator(".queue__item").first.get_by_role("checkbox").check()
    album.take(page, "review-desktop")
    main_button(page, "Accept")
    expect(page.locator("main")).to_contain_text("Accepted 1 result.")


def test_a_token_is_made_for_programs(guide_page: NewPage, album: Album) -> None:
    page = guide_page()
    page.goto("/accounts/tokens/")
    page.get_by_label("Name", exact=True).fill("nightly tests")
    album.take(page, "tokens-desktop")
    main_button(page, "Make it")
    expect(page.locator("main")).to_contain_text("nightly tests")
