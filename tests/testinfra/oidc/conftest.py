"""Fixtures of federated login: one disposable host, a provider beside the site, and a browser."""

import copy
import json
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from testinfra.host import Host

from tests.helpers.application import ask
from tests.helpers.chromium import chromium
from tests.helpers.playbook import Run
from tests.testinfra.conftest import Sql, Value
from tests.testinfra.negative.conftest import Converge, converge  # noqa: F401

PORT = 3443
FOLDER = "/root/provider"
UNIT = "oidc-elsewhere"
SOURCE = Path(__file__).with_name("provider")
# With what a header would have to encode.
SECRET = "what:only/the+site%knows"
PEOPLE: dict[str, dict[str, Any]] = {
    "ada": {
        "email": "ada@people.moztrap.internal",
        "email_verified": True,
        "preferred_username": "ada",
        "groups": ["qa-leads"],
    },
    "bob": {
        "email": "bob@people.moztrap.internal",
        "email_verified": False,
        "preferred_username": "bob",
        "groups": [],
    },
}
PATIENCE = 30


@dataclass
class Provider:
    """A provider that is not the site's: it may be away, and say what is not true."""

    host: Host
    address: str
    # Changed by tests, so each provider has its own.
    people: dict[str, dict[str, Any]] = field(default_factory=lambda: copy.deepcopy(PEOPLE))

    @property
    def issuer(self) -> str:
        """Its name."""
        return f"https://{self.address}:{PORT}"

    def client(self, site: str) -> dict[str, Any]:
        """What it knows of the site with this name."""
        return {
            "client_id": "moztrap",
            "client_secret": SECRET,
            "redirect_uris": [f"https://{site}/accounts/oidc/callback/"],
            "post_logout_redirect_uris": [f"https://{site}/accounts/login/"],
        }

    def start(self, **lies: Any) -> None:
        """Answer; `lies` are changes to its configuration."""
        self.stop()
        truth = {
            "issuer": self.issuer,
            "host": "0.0.0.0",  # noqa: S104  # a disposable host
            "port": PORT,
            "certificate": "/etc/moztrap/tls/host.pem",
            "key": "/etc/moztrap/tls/host.key",
            "people": self.people,
            "client": self.client(self.address),
        }
        content = json.dumps(truth | lies)
        written = self.host.run(f"printf '%%s' %s > {FOLDER}/configuration.json", content)
        assert written.rc == 0, written.stderr
        done = self.host.run(
            f"systemd-run --quiet --unit={UNIT} --collect --working-directory={FOLDER}"
            f" node server.mjs {FOLDER}/configuration.json"
        )
        assert done.rc == 0, done.stderr
        self._wait()

    def stop(self) -> None:
        """Be away."""
        self.host.run(f"systemctl stop {UNIT}")

    def _wait(self) -> None:
        # From the host itself: its firewall opens the port with the first run.
        knock = f"bash -c '< /dev/tcp/{self.address}/{PORT}'"
        deadline = time.monotonic() + PATIENCE
        while self.host.run(knock).rc != 0:
            log = self.host.run(f"journalctl --no-pager -n 20 -u {UNIT}").stdout
            assert time.monotonic() < deadline, log
            time.sleep(0.5)


@pytest.fixture(scope="session")
def packages(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The provider with the libraries of its lock, as an archive."""
    assert shutil.which("npm"), "npm is not installed. type: apt-get install npm"
    folder = tmp_path_factory.mktemp("provider")
    for file in SOURCE.iterdir():
        if file.is_file():
            shutil.copy(file, folder)
    npm = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    done = subprocess.run(npm, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    archive = ["tar", "--create", "--gzip", "--file=-", f"--directory={folder}", "."]
    return subprocess.run(archive, capture_output=True, check=True).stdout


@pytest.fixture(scope="module")
def provider(host: Host, value: Value, testbed: Path, packages: bytes) -> Iterator[Provider]:
    """That provider, on the site's own host, with the site's certificate and a port of its own."""
    installed = host.run("apt-get install --yes --quiet --no-install-recommends nodejs")
    assert installed.rc == 0, installed.stderr
    name = host.backend.get_hostname()
    unpack = f"mkdir -p {FOLDER} && tar --extract --gzip --file=- --directory={FOLDER}"
    ssh = ["ssh", "-F", str(testbed / "ssh_config"), name, unpack]
    subprocess.run(ssh, input=packages, check=True)
    provider = Provider(host, str(value("moztrap_server_name")))
    yield provider
    provider.stop()
    host.run(f"rm -rf {FOLDER}")


def choices(provider: Provider, inventory: Path) -> dict[str, Any]:
    """What an operator writes who has that provider, which the inventory's authority certified."""
    return {
        "base_extra_ca_files": [str(inventory / ".state" / "tls" / "ca.pem")],
        # The browser goes to the provider, too.
        "firewall_inbound": [
            {"service": "https", "ports": [80, 443], "sources": "any"},
            {"service": "provider", "ports": [PORT], "sources": "any"},
        ],
        "moztrap_login": "oidc",
        "moztrap_oidc_issuer": provider.issuer,
        "moztrap_oidc_client_id": "moztrap",
        "moztrap_oidc_client_secret": SECRET,
        "moztrap_oidc_provider_name": "Elsewhere",
        "moztrap_oidc_scopes": ["openid", "profile", "email", "groups"],
        "moztrap_oidc_role_claim": "groups",
        "moztrap_oidc_roles": {"qa-leads": "Test Manager", "qa": "Tester"},
    }


@pytest.fixture(scope="module")
def choose(
    converge: Converge,  # noqa: F811
    inventory: Path,
    provider: Provider,
) -> Callable[..., Run]:
    """Run a playbook for a site that asks the provider, with other choices beside that."""

    def run(*arguments: str, **other: Any) -> Run:
        everything = choices(provider, inventory) | other
        return converge("-e", json.dumps(everything), *arguments)

    return run


@pytest.fixture(scope="module")
def browser(testbed: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Chromium, which trusts the site's CA and no other private one."""
    home = tmp_path_factory.mktemp("home")
    with (
        sync_playwright() as driver,
        chromium(driver, home, authorities=(testbed / "ca.pem",)) as opened,
    ):
        yield opened


@pytest.fixture
def new_page(browser: Browser, provider: Provider) -> Iterator[Callable[..., Page]]:
    """Open pages in contexts of their own."""
    contexts: list[BrowserContext] = []

    def open_page(**options: Any) -> Page:
        context = browser.new_context(base_url=f"https://{provider.address}", **options)
        context.set_default_timeout(30_000)
        contexts.append(context)
        return context.new_page()

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture
def problem(host: Host, value: Value) -> Callable[[], str]:
    """What `/readyz` says of login to those who may see it."""
    script = (
        "from moztrap.accounts.oidc import health; health.recall = lambda name: None; "
        "print(health.provider_problem())"
    )
    return lambda: ask(host, value, script)


@pytest.fixture
def forget(host: Host, value: Value) -> Callable[[], str]:
    """Have the site ask the provider anew who it is."""
    return lambda: ask(host, value, "from django.core.cache import cache; cache.clear()")


@pytest.fixture
def roles_of(sql: Sql, value: Value) -> Callable[[str], set[str]]:
    """The roles that somebody holds."""
    database = value("mysql_database")
    return lambda name: {
        row[0]
        for row in sql(
            f"SELECT g.name FROM {database}.auth_group g"
            f" JOIN {database}.accounts_user_groups h ON h.group_id = g.id"
            f" JOIN {database}.accounts_user u ON u.id = h.user_id WHERE u.username = '{name}'"
        )
    }


@pytest.fixture(autouse=True)
def forgotten_attempts(sql: Sql, value: Value) -> None:
    """Limits are not the subject here."""
    sql(f"DELETE FROM {value('mysql_database')}.accounts_throttlecount")
