"""What teams did in the original, done here from the pages, on nothing but the sample."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import APIRequestContext, Page, Playwright, expect

from tests.browser.album import SIZES
from tests.browser.conftest import NewPage
from tests.browser.people import log_in, log_in_as
from tests.browser.sites import COLLEAGUE, Site

expect.set_options(timeout=15_000)

FIREFOX = "Firefox 128 / Windows 11"
SAFARI = "Safari 17 / macOS 14"


@pytest.fixture
def page(open_site_page: NewPage, open_site: Site) -> Page:
    """Somebody at work."""
    opened = open_site_page()
    log_in(opened, open_site)
    return opened


@pytest.fixture
def colleague(open_site_page: NewPage) -> Page:
    """Somebody else at work."""
    opened = open_site_page()
    log_in_as(opened, COLLEAGUE)
    return opened


def press(page: Page, name: str) -> None:
    """Press a button of the page itself."""
    page.get_by_role("main").get_by_role("button", name=name, exact=True).click()


def follow(page: Page, name: str) -> None:
    """Follow a link of the page itself."""
    page.get_by_role("main").get_by_role("link", name=name, exact=True).first.click()


def find_cases(page: Page, query: str) -> None:
    """Open the list of cases with filters in the address, as a colleague's link has them."""
    page.goto(f"/cases/?{query}")
    expect(page.locator("main tbody tr").first).to_be_visible()


def choose_environment(page: Page, run: str, environment: str) -> None:
    """Go to the cases of a run as a tester does."""
    page.goto("/testing/")
    follow(page, run)
    follow(page, environment)
    expect(page.locator(".cell").first).to_be_visible()


def start_build(page: Page, build: str) -> str:
    """Name a build of the nightly series; return the address of its run."""
    page.goto("/testing/")
    follow(page, "Nightly round of 3.0")
    page.get_by_label("Build", exact=True).fill(build)
    press(page, "Test this build")
    expect(page.get_by_role("heading", level=1)).to_contain_text(build)
    return page.url


def test_two_testers_name_a_build_and_see_each_other(page: Page, colleague: Page) -> None:
    assert start_build(page, "3.0-103") == start_build(colleague, "3.0-103")
    for each in (page, colleague):
        follow(each, FIREFOX)
    mine, theirs = (each.locator(".cell").nth(1) for each in (page, colleague))
    mine.locator(".cell__link").click()
    mine.get_by_label("fails here").nth(1).check()
    mine.get_by_label("What happened").fill("The page stays white.")
    mine.get_by_label("Bug", exact=False).last.fill("https://bugs.postbox.example/1300")
    mine.get_by_role("button", name="Fail").click()
    expect(mine).to_have_attribute("data-status", "failed")

    # What one has found stands in the other's list, and the bug is offered for the next time.
    colleague.reload()
    expect(theirs).to_have_attribute("data-status", "failed")
    expect(theirs).to_contain_text("by robin")
    theirs.locator(".cell__link").click()
    theirs.get_by_label("Known bug").select_option(label="https://bugs.postbox.example/1300")
    theirs.get_by_label("What happened").fill("Here too.")
    everything = theirs.get_by_role("link", name="All results of this case").get_attribute("href")
    theirs.get_by_role("button", name="Fail").click()
    expect(theirs).not_to_contain_text("by robin")
    colleague.goto(str(everything))
    expect(colleague.get_by_role("main")).to_contain_text("Here too.")
    expect(colleague.get_by_role("main")).to_contain_text("The page stays white.")

    page.goto("/runs/?kind=series")
    follow(page, "Nightly round of 3.0")
    follow(page, "Builds compared")
    expect(page.get_by_role("row").filter(has_text="3.0-103").first).to_contain_text("1 failed")


def test_a_version_is_filled_from_another(page: Page) -> None:
    page.goto("/products/versions/")
    follow(page, "3.0")
    follow(page, "Fill…")
    page.get_by_label("3.1b1 (1 missing here)").check()
    press(page, "Copy cases")
    expect(page.get_by_role("main")).to_contain_text("1 case")
    follow(page, "Fill…")
    expect(page.get_by_label("3.1b1 (0 missing here)")).to_be_visible()


def test_a_case_is_narrowed_and_edited_while_it_is_run(page: Page, colleague: Page) -> None:
    name = "Mark messages as unread"
    choose_environment(colleague, "Release check of 3.0", SAFARI)
    cell = colleague.locator(".cell", has_text=name)
    cell.locator(".cell__link").click()
    expect(cell).to_contain_text("Do")

    choose_environment(page, "Release check of 3.0", SAFARI)
    page.locator(".cell", has_text=name).locator(".cell__link").click()
    follow(page, "Edit the case")
    page.get_by_role("group", name="Step 1").get_by_label("Instruction").fill("Press U twice.")
    page.locator("summary", has_text="Environments").click()
    page.get_by_label(SAFARI, exact=True).uncheck()
    press(page, "Save")
    expect(page.get_by_role("main")).to_contain_text("Press U twice.")
    expect(page.get_by_role("complementary")).not_to_contain_text(SAFARI)

    # The corrected step is corrected for testers at once; what is run changes with a refresh.
    colleague.reload()
    cell.locator(".cell__link").click()
    expect(cell).to_contain_text("Press U twice.")
    page.goto("/runs/")
    follow(page, "Release check of 3.0")
    press(page, "Refresh")
    colleague.reload()
    expect(colleague.locator(".cell").first).to_be_visible()
    expect(cell).to_have_count(0)


def test_many_are_tagged_deleted_and_brought_back(page: Page) -> None:
    find_cases(page, "tag=fees")
    names = page.locator("main tbody th > a").all_inner_texts()
    page.get_by_role("link", name="Change all 4 that match…").click()
    page.get_by_label("Add tags").fill("desk, accessibility")
    page.get_by_label("Priority").select_option(label="1, highest")
    press(page, "Preview")
    expect(page.get_by_role("status", name="Preview")).to_contain_text("new tags for 4 cases")
    press(page, "Change 4")
    find_cases(page, "tag=accessibility&tag=fees&priority=1")
    assert page.locator("main tbody th > a").all_inner_texts() == names

    for box in page.locator("main tbody").get_by_role("checkbox").all()[:2]:
        box.check()
    press(page, "Change chosen…")
    press(page, "Delete…")
    press(page, "Delete 2")
    find_cases(page, "tag=accessibility&tag=fees")
    expect(page.locator("main tbody tr")).to_have_count(2)
    page.goto("/deleted/")
    expect(page.locator("main tbody tr").first).to_contain_text("robin")
    page.get_by_role("button", name="Bring back").first.click()
    find_cases(page, "tag=accessibility&tag=fees")
    expect(page.locator("main tbody tr")).to_have_count(4)


def test_a_pin_follows_to_other_lists_and_into_forms(page: Page) -> None:
    page.goto("/cases/")
    page.get_by_label("Tag", exact=True).fill("search")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Pin the filter Tag: search").click()
    expect(page.get_by_role("button", name="Unpin the filter Tag: search")).to_be_visible()
    page.get_by_role("banner").get_by_role("link", name="Cases", exact=True).click()
    expect(page.get_by_label("Tag", exact=True)).to_have_value("search")
    follow(page, "New case")
    expect(page.get_by_label("Tags", exact=False).first).to_have_value("search")
    page.get_by_role("button", name="Unpin what fills in Tags").click()
    expect(page.get_by_label("Tags", exact=False).first).to_have_value("")


def test_a_case_is_skipped_and_tested_after_all(page: Page, colleague: Page) -> None:
    choose_environment(page, "Release check of 3.0", "Firefox 128 / Android 14")
    cell = page.locator(".cell").nth(2)
    cell.locator(".cell__link").click()
    cell.get_by_role("button", name="Skip in all environments").click()
    expect(cell).to_have_attribute("data-status", "skipped")
    choose_environment(colleague, "Release check of 3.0", FIREFOX)
    expect(colleague.locator(".cell").nth(2)).to_have_attribute("data-status", "skipped")
    if cell.get_by_role("button", name="Test it after all").count() == 0:
        cell.locator(".cell__link").click()
    cell.get_by_role("button", name="Test it after all").click()
    expect(cell).to_have_attribute("data-status", "pending")


def test_what_is_exported_is_imported_elsewhere(page: Page, tmp_path: Path) -> None:
    files = {}
    for kind in ("CSV", "JSON"):
        find_cases(page, "tag=fees")
        page.locator("summary", has_text="More").first.click()
        with page.expect_download() as download:
            page.get_by_role("link", name=f"Export these as {kind}").click()
        files[kind] = tmp_path / f"cases.{kind.lower()}"
        download.value.save_as(files[kind])
    for version, file in zip(("Postbox 2.9", "Postbox 3.0"), files.values(), strict=True):
        page.goto("/cases/import/")
        page.get_by_label("Product version").select_option(label=version)
        page.get_by_label("And in all later versions").uncheck()
        page.get_by_label("File", exact=True).set_input_files(file)
        press(page, "Import all")
        expect(page.get_by_role("main")).to_contain_text("Created 4 cases.")


@pytest.fixture
def api(playwright: Playwright, page: Page, open_site: Site) -> Iterator[APIRequestContext]:
    """A program with a token that somebody has made on the pages."""
    page.goto("/accounts/tokens/")
    page.get_by_label("Name", exact=True).fill("a program")
    page.get_by_label("everything that you may do").check()
    press(page, "Make it")
    secret = page.get_by_role("status").locator("code").inner_text()
    context = playwright.request.new_context(
        base_url=f"{open_site.url}/api/v1/",
        extra_http_headers={"Authorization": f"Bearer {secret}"},
    )
    yield context
    context.dispose()


def test_a_program_sends_what_it_found(page: Page, api: APIRequestContext) -> None:
    [run] = api.get("runs/?name=Release+check").json()["results"]
    cells = api.get(f"runs/{run['id']}/cells/?status=pending&limit=100").json()["results"]
    results = [
        {"case": cell["case"], "environment": cell["environment"], "status": "passed"}
        for cell in cells[:10]
    ]
    before = api.get(f"runs/{run['id']}/").json()["progress"]["passed"]
    answer = api.post(
        f"runs/{run['id']}/results/",
        data=json.dumps({"results": results}),
        headers={"Content-Type": "application/json"},
    )
    assert answer.status == 201, answer.text()
    assert api.get(f"runs/{run['id']}/").json()["progress"]["passed"] == before + 10
    page.goto(f"/runs/{run['id']}/results/?tester=robin&status=passed")
    expect(page.locator("main tbody tr").first).to_contain_text("robin")
    # What is wrong is named, and nothing of it is written.
    wrong = [results[0] | {"status": "failed"}]
    answer = api.post(
        f"runs/{run['id']}/results/",
        data=json.dumps({"results": wrong}),
        headers={"Content-Type": "application/json"},
    )
    assert answer.status == 400
    assert "comment" in answer.text()


def test_a_phone_shows_the_list_before_its_filters(
    open_site_page: NewPage, open_site: Site
) -> None:
    phone = open_site_page(viewport=SIZES["phone"], has_touch=True, is_mobile=True)
    log_in(phone, open_site)
    phone.goto("/cases/")
    name = phone.get_by_role("searchbox", name="Name")
    expect(name).to_be_hidden()
    expect(phone.locator("main tbody tr").first).to_be_in_viewport()
    phone.get_by_text("Filters", exact=True).tap()
    name.fill("keyboard")
    name.press("Enter")
    expect(phone.locator("main tbody tr")).to_have_count(1)
    expect(phone.get_by_role("link", name="Remove the filter Name: keyboard")).to_be_visible()
    # Turned on its side, it is wide enough to show all.
    phone.set_viewport_size({"width": 844, "height": 390})
    expect(name).to_be_visible()


def test_a_phone_shows_which_page_of_a_run_is_open(
    open_site_page: NewPage, open_site: Site
) -> None:
    phone = open_site_page(viewport=SIZES["phone"], has_touch=True, is_mobile=True)
    log_in(phone, open_site)
    phone.goto("/runs/?name=Release+check")
    follow(phone, "Release check of 3.0")
    phone.get_by_role("navigation", name="Lists").get_by_role("link", name="Assign").click()
    tab = phone.get_by_role("navigation", name="Lists").get_by_role("link", name="Assign")
    expect(tab).to_have_attribute("aria-current", "page")
    expect(tab).to_be_in_viewport(ratio=0.9)
    # The Tab key begins at the top of the page all the same.
    phone.keyboard.press("Tab")
    expect(phone.get_by_role("link", name="Skip to content")).to_be_focused()


def test_filters_are_there_without_scripts(open_site_page: NewPage) -> None:
    page = open_site_page(viewport=SIZES["phone"], java_script_enabled=False)
    page.goto("/cases/")
    page.get_by_label("Name", exact=True).fill("keyboard")
    page.get_by_role("button", name="Filter", exact=True).click()
    expect(page.locator("main tbody tr")).to_have_count(1)
