"""Login through a certified provider, in a browser: there, back, and what must not open."""

import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from testinfra.host import Host

from tests.browser.people import log_in_as
from tests.browser.sites import Person
from tests.helpers import provider_pages as pages
from tests.helpers.application import ask
from tests.helpers.commands import done
from tests.helpers.load import Load, load_of, unnoticed
from tests.helpers.playbook import Run
from tests.helpers.visitor import Visitor, forms_of
from tests.helpers.website import Site
from tests.testinfra.conftest import Value
from tests.testinfra.oidc.conftest import PATIENCE, SECRET, Provider

GROUPS = ("web",)
ONE_HOST = True
UNITS = ("moztrap-gunicorn@*.service", "oidc-elsewhere.service")
NewPage = Callable[..., Page]
Choose = Callable[..., Run]


@pytest.fixture(scope="module")
def veteran(site: Site, value: Value) -> Visitor:
    """The administrator, logged in with the password before anything was switched."""
    person = Visitor(site)
    page = person.log_in(value("moztrap_admin_username"), value("moztrap_admin_password"))
    assert page.status == 200, page.describe()
    return person


def test_an_incomplete_choice_stops_the_run_before_anything_is_touched(choose: Choose) -> None:
    run = choose(
        "--tags", "preflight", moztrap_oidc_issuer="", moztrap_oidc_client_id="",
        moztrap_oidc_client_secret="", moztrap_oidc_roles={"qa": "Boss"},
    )  # fmt: skip
    assert run.status != 0
    assert "No host was touched" in run.output
    for words in (
        "moztrap_oidc_issuer: is empty",
        "moztrap_oidc_client_id: is empty",
        "moztrap_oidc_client_secret: is empty",
        "no role: Boss",
    ):
        assert words in run.output, run.explain()


def test_a_wrong_site_url_stops_it_too(choose: Choose) -> None:
    run = choose("--tags", "preflight", moztrap_site_url="https://other.your.org")
    assert run.status != 0
    assert "names other.your.org, but moztrap_server_name is" in run.output, run.explain()


@pytest.fixture
def load(site: Site) -> Load:
    """Clients with kept and with fresh connections."""
    return load_of(site)


def test_the_site_is_switched_and_nobody_is_logged_out(
    choose: Choose, provider: Provider, veteran: Visitor, load: Load
) -> None:
    provider.start()
    with unnoticed(load):
        run = choose()
    assert run.status == 0, run.explain()
    assert SECRET not in run.output
    page = veteran.get("/accounts/profile/")
    assert page.status == 200, page.describe()
    again = choose()
    assert again.status == 0, again.explain()
    assert again.changed == 0, again.changed_tasks


def test_another_issuer_stops_a_run_before_anything_is_touched(
    choose: Choose, provider: Provider
) -> None:
    run = choose("--tags", "preflight", moztrap_oidc_issuer=f"{provider.issuer}/")
    assert run.status != 0
    assert f"names the issuer '{provider.issuer}'" in run.output, run.explain()


def test_the_first_login_makes_somebody_with_their_roles(
    new_page: NewPage, roles_of: Callable[[str], set[str]], problem: Callable[[], str]
) -> None:
    page = new_page()
    pages.sign_in(page, "ada")
    expect(page.get_by_role("banner")).to_contain_text("ada")
    assert roles_of("ada") == {"Test Manager"}
    assert problem() == ""


def test_it_works_without_scripts(new_page: NewPage) -> None:
    page = new_page(java_script_enabled=False)
    pages.sign_in(page, "ada")
    expect(page.get_by_role("banner")).to_contain_text("ada")


def test_a_logout_is_one_at_the_provider_too(new_page: NewPage, provider: Provider) -> None:
    page = new_page()
    pages.sign_in(page, "ada")
    pages.log_out(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Log in")
    assert page.url.startswith(f"https://{provider.address}/accounts/login/")
    pages.go_there(page)
    # It asks who it is, again.
    expect(page.locator("input[name=login]")).to_be_visible()


def test_a_role_goes_with_its_claim(
    new_page: NewPage, provider: Provider, roles_of: Callable[[str], set[str]]
) -> None:
    provider.people["ada"]["groups"] = ["qa"]
    provider.start()
    page = new_page()
    pages.sign_in(page, "ada")
    expect(page.get_by_role("banner")).to_contain_text("ada")
    assert roles_of("ada") == {"Tester"}


def test_an_address_that_is_not_confirmed_opens_nothing(new_page: NewPage) -> None:
    page = new_page()
    pages.sign_in(page, "bob")
    pages.expect_refusal(page, "Your e-mail address is not confirmed")


def test_an_expired_token_opens_nothing(new_page: NewPage, provider: Provider) -> None:
    provider.start(id_token_seconds=-600)
    page = new_page()
    pages.sign_in(page, "ada")
    pages.expect_refusal(page, "The provider's answer has expired")


def test_a_wrong_issuer_opens_nothing(
    new_page: NewPage, provider: Provider, forget: Callable[[], str], problem: Callable[[], str]
) -> None:
    provider.start(issuer=f"{provider.issuer}/")
    # What the site still knows leads there; the answer gives the provider away.
    page = new_page()
    pages.sign_in(page, "ada")
    pages.expect_refusal(page, "The provider is not the one that was expected")
    # And what it then learns leads nowhere.
    forget()
    pages.go_there(page)
    pages.expect_refusal(page, "The provider is not the one that was expected")
    assert "to the letter" in problem()


def test_a_wrong_secret_opens_nothing(
    new_page: NewPage, provider: Provider, forget: Callable[[], str]
) -> None:
    provider.start()
    forget()
    known = provider.client(provider.address)
    provider.start(client=known | {"client_secret": "another-one-entirely"})
    page = new_page()
    pages.sign_in(page, "ada")
    pages.expect_refusal(page, "The provider refused this site")


def test_a_provider_that_is_away_degrades_and_superusers_get_in(
    new_page: NewPage,
    provider: Provider,
    forget: Callable[[], str],
    problem: Callable[[], str],
    site: Site,
    value: Value,
) -> None:
    provider.stop()
    forget()
    page = new_page()
    pages.go_there(page)
    pages.expect_refusal(page, "The provider does not answer")
    assert problem()
    answer = site.get("/readyz")
    assert answer.status == 200, answer.describe()
    name, password = value("[moztrap_admin_username, moztrap_admin_password]")
    log_in_as(page, Person(name, password))
    expect(page.get_by_role("banner")).to_contain_text(name)
    provider.start()


@pytest.fixture(scope="module")
def colleague(host: Host, value: Value) -> Person:
    """Somebody with a password who is no superuser."""
    person = Person("cleo", "words nobody else would say")
    script = (
        "from moztrap.accounts.models import User; "
        f"made = User.objects.create_user({person.name!r}, 'cleo@people.moztrap.internal', "
        f"{person.password!r}); "
        "made.emailaddress_set.create(email=made.email, verified=True, primary=True)"
    )
    ask(host, value, script)
    return person


def enters(site: Site, person: Person) -> bool:
    """Whether a password opens the site, also where no page asks for one."""
    visitor = Visitor(site)
    page = visitor.get("/accounts/login/")
    token = forms_of(page)[0].fields["csrfmiddlewaretoken"]
    answers = {"csrfmiddlewaretoken": token, "login": person.name, "password": person.password}
    visitor.send("POST", "/accounts/login/", answers, referer=page.url)
    return visitor.send("GET", "/accounts/profile/").status == 200


# The default comes last, for the tests that follow.
@pytest.mark.parametrize(
    ("who", "administrator_enters", "colleague_enters"),
    [("nobody", False, False), ("everybody", True, True), ("superusers", True, False)],
)
def test_a_password_opens_the_site_to_those_who_were_chosen(
    choose: Choose,
    site: Site,
    value: Value,
    colleague: Person,
    who: str,
    administrator_enters: bool,
    colleague_enters: bool,
) -> None:
    run = choose(moztrap_oidc_password_login=who)
    assert run.status == 0, run.explain()
    page = Visitor(site).get("/accounts/login/")
    assert pages.BUTTON in page.text
    assert ('name="password"' in page.text) is administrator_enters
    administrator = Person(*value("[moztrap_admin_username, moztrap_admin_password]"))
    assert enters(site, administrator) is administrator_enters
    assert enters(site, colleague) is colleague_enters


def test_a_wrong_site_url_begins_no_login_and_the_next_run_repairs_it(
    host: Host, new_page: NewPage, choose: Choose, value: Value
) -> None:
    local = f"{value('moztrap_home')}/current/moztrap/settings/local.py"
    wrong = "s#^SITE_URL = .*#SITE_URL = 'https://other.your.org'#"
    assert host.run(f"sed -i %s {local}", wrong).rc == 0
    # Of whichever server there is, and of gunicorn's two instances the one that runs.
    done(host, "systemctl restart 'moztrap-application@*.service' 'moztrap-gunicorn@*.service'")
    page = new_page()
    pages.go_there(page)
    pages.expect_refusal(page, "This is not the address of this site")
    run = choose()
    assert run.status == 0, run.explain()
    assert run.changed > 0
    deadline = time.monotonic() + PATIENCE
    while "other.your.org" in host.file(local).content_string:
        assert time.monotonic() < deadline, "the settings were not repaired"
        time.sleep(0.5)
    pages.sign_in(page, "ada")
    expect(page.get_by_role("banner")).to_contain_text("ada")


def test_the_site_goes_back_to_passwords_and_keeps_its_people(
    new_page: NewPage, choose: Choose, veteran: Visitor, load: Load, host: Host, value: Value
) -> None:
    page = new_page()
    pages.sign_in(page, "ada")
    expect(page.get_by_role("banner")).to_contain_text("ada")
    authorities = "find /usr/local/share/ca-certificates -name 'moztrap-*.crt'"
    assert len(done(host, authorities).split()) == 1
    with unnoticed(load):
        run = choose(moztrap_login="password", base_extra_ca_files=[])
    assert run.status == 0, run.explain()
    assert done(host, authorities) == ""
    assert done(host, "find /etc/ssl/certs -xtype l") == "", "what led to it is still there"
    page.goto("/accounts/profile/")
    expect(page.get_by_role("banner")).to_contain_text("ada")
    assert veteran.get("/accounts/profile/").status == 200
    stranger = new_page()
    stranger.goto("/accounts/login/")
    expect(stranger.get_by_label("Password", exact=True)).to_be_visible()
    expect(stranger.get_by_role("button", name=pages.BUTTON)).to_have_count(0)
    local = f"{value('moztrap_home')}/current/moztrap/settings/local.py"
    assert "OIDC" not in host.file(local).content_string
    again = choose(moztrap_login="password", base_extra_ca_files=[])
    assert again.changed == 0, again.changed_tasks
