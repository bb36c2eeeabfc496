"""Mail, database, certificate and people with somebody else, all chosen in one run."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from testinfra.host import Host

from tests.helpers import provider_pages
from tests.helpers.application import ask
from tests.helpers.playbook import Run
from tests.helpers.website import Site
from tests.testinfra.acme import conftest as acme
from tests.testinfra.acme.conftest import NAME, Pebble
from tests.testinfra.conftest import Value
from tests.testinfra.external import conftest as external
from tests.testinfra.external.conftest import DatabaseServer
from tests.testinfra.mail.conftest import MailServer, directly, through, until
from tests.testinfra.oidc import conftest as oidc
from tests.testinfra.oidc.conftest import Provider

GROUPS = ("web",)
ONE_HOST = True
UNITS = (
    "moztrap-application@main.service",
    "apache2.service",
    "certbot.service",
    "pebble-elsewhere.service",
    "oidc-elsewhere.service",
    "mail-elsewhere.service",
)
Choose = Callable[..., Run]


def send_mail(host: Host, value: Value, recipient: str) -> None:
    """Have the application send one, with its live settings."""
    script = f"from django.core.mail import send_mail; send_mail('s', 'b', None, ['{recipient}'])"
    ask(host, value, script)


def test_mail_goes_through_a_relay_with_a_password(
    choose: Choose, mail_server: MailServer, host: Host, value: Value
) -> None:
    run = choose("--tags", "base,smtp", **through(mail_server, "first"))
    assert run.status == 0, run.explain()
    send_mail(host, value, "relayed@example.org")
    until(lambda: mail_server.arrived("relayed@example.org"), "the mail")


def test_packages_and_cache_are_in_folders_of_the_sites_own(
    choose: Choose, host: Host, value: Value, entrance: Site
) -> None:
    run = choose(moztrap_cache_backend="file", moztrap_python_env="vendor")
    assert run.status == 0, run.explain()
    assert entrance.get("/accounts/login/").status == 200
    library = ask(host, value, "import django; print(django.__file__)")
    assert "/vendor/lib/python/django/" in library
    ask(host, value, "from django.core.cache import cache; cache.set('kept', 1)")
    assert host.run("find %s -type f", value("moztrap_cache_directory")).stdout


@pytest.fixture(scope="module")
def runs(
    choose: Choose,
    pebble: Pebble,
    authorities: Path,
    address: str,
    provider: Provider,
    database_server: DatabaseServer,
    database_authority: Path,
    statements: str,
    mail_server: MailServer,
    inventory: Path,
) -> tuple[Run, Run]:
    """The run that changes everything, and one more."""
    pebble.learn(address)
    provider.start(client=provider.client(NAME))
    database_server.prepare(statements)
    everything = (
        acme.choices(authorities)
        | external.choices(database_authority)
        | oidc.choices(provider, inventory)
        | directly(mail_server, "first")
        # Which is in that database, too.
        | {"moztrap_cache_backend": "database"}
    )
    return choose(**everything), choose(**everything)


def test_one_run_is_enough_and_the_next_changes_nothing(runs: tuple[Run, Run]) -> None:
    run, again = runs
    assert run.status == 0, run.explain()
    assert again.status == 0, again.explain()
    assert again.changed == 0, again.changed_tasks
    assert oidc.SECRET not in run.output


def test_the_certificate_is_that_of_the_acme_server(
    runs: tuple[Run, Run], visit: Callable[[str], Site]
) -> None:
    answer = visit("root.pem").get("/healthz")
    assert answer.status == 200, answer.describe()


def test_people_log_in_there_and_are_in_the_database_there(
    runs: tuple[Run, Run], browser: Browser, database_server: DatabaseServer
) -> None:
    page = browser.new_page(base_url=f"https://{NAME}")
    page.set_default_timeout(30_000)
    provider_pages.sign_in(page, "ada")
    expect(page.get_by_role("banner")).to_contain_text("ada")
    found = database_server.ask("SELECT email FROM moztrap.accounts_user WHERE username = 'ada'")
    assert found == [[oidc.PEOPLE["ada"]["email"]]]


def test_mail_goes_straight_to_the_server(
    runs: tuple[Run, Run], mail_server: MailServer, host: Host, value: Value
) -> None:
    send_mail(host, value, "direct@example.org")
    assert mail_server.arrived("direct@example.org")


def test_nothing_that_others_do_runs_here(runs: tuple[Run, Run], host: Host) -> None:
    assert not host.package("postfix").is_installed
    database = host.service("mariadb")
    assert not database.is_running
    assert not database.is_enabled
