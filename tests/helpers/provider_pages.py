"""What a person does at a provider of OpenID Connect, in a browser.

The pages are those that `oidc-provider` has for development: see tests/testinfra/oidc/provider.
"""

from playwright.sync_api import Page, expect

BUTTON = "Sign in with Elsewhere"


def go_there(page: Page) -> None:
    """From the site's login page to the provider's."""
    page.goto("/accounts/login/")
    page.get_by_role("main").get_by_role("button", name=BUTTON).click()


def log_in_there(page: Page, name: str) -> None:
    """Say who it is, agree, and come back to the site."""
    page.locator("input[name=login]").fill(name)
    page.locator("input[name=password]").fill("whatever")
    page.get_by_role("button", name="Sign-in").click()
    page.get_by_role("button", name="Continue").click()


def sign_in(page: Page, name: str) -> None:
    """There and back."""
    go_there(page)
    log_in_there(page, name)


def log_out(page: Page) -> None:
    """Log out at the site, and say yes when the provider asks."""
    page.get_by_role("banner").locator("summary").click()
    page.get_by_role("banner").get_by_role("button", name="Log out").click()
    page.get_by_role("button", name="Yes, sign me out").click()


def expect_refusal(page: Page, heading: str) -> None:
    """A page of the site says so, and leads back to the login."""
    expect(page.get_by_role("heading", level=1)).to_have_text(heading)
    page.get_by_role("main").get_by_role("link", name="Back to the login").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Log in")
