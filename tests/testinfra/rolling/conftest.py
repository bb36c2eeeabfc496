"""Fixtures of releases over several hosts, which must be disposable."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.helpers import inventory as inventories
from tests.helpers.load import LOGIN, Load, Page, load_of
from tests.helpers.playbook import Run
from tests.helpers.source import Source, copy_source
from tests.helpers.website import Site
from tests.testinfra.negative.conftest import Converge, converge  # noqa: F401

RELEASE = "playbooks/release.yml"
ROLLBACK = "playbooks/rollback.yml"
STATUS = "playbooks/status.yml"
MakeSource = Callable[[], Source]


@pytest.fixture(scope="session")
def make_source(tmp_path_factory: pytest.TempPathFactory) -> MakeSource:
    """Copy the application's source, to be changed."""
    return lambda: copy_source(tmp_path_factory.mktemp("source"))


@pytest.fixture(scope="session")
def members(inventory: Path) -> dict[str, list[str]]:
    """The hosts of each group."""
    return inventories.groups(inventory)


def make_load(site: Site) -> Load:
    """Clients for pages that need no account and for the stylesheets that they name."""
    sheets = site.get(LOGIN).text.split('href="/static/')[1:]
    assets = ["/static/" + sheet.partition('"')[0] for sheet in sheets]
    # The playbooks, the hosts and the clients share one machine.
    return load_of(site, *(Page(asset) for asset in assets), pause=0.1, timeout=15)


@pytest.fixture
def visitors(site: Site) -> Iterator[None]:
    """People use the site all the while, and notice nothing."""
    clients = make_load(site)
    clients.start()
    yield
    report = clients.stop()
    assert report.failures == [], f"{report.failed} of {report.requests} requests failed"


def deployment_of(site: Site) -> str:
    """The deployment that people see."""
    return site.get(LOGIN).header("X-MozTrap-Deployment") or ""


def shown(run: Run, host: str) -> list[str]:
    """What the table of hosts says of one: a line for each thing that it serves."""
    lines = run.output.splitlines()
    first = next(number for number, line in enumerate(lines) if line.startswith(f"{host} "))
    further = next(
        number for number, line in enumerate(lines[first + 1 :], first + 1) if line[:1] != " "
    )
    return [line.strip() for line in lines[first:further]]


def says(run: Run, host: str, *words: str) -> bool:
    """One line of the host's ends with the last word and holds the others."""
    return any(
        line.endswith(words[-1]) and all(word in line for word in words)
        for line in shown(run, host)
    )


def whole(status: Run, members: dict[str, list[str]], serves: str = "") -> None:
    """Every host serves the same, is proven and takes requests; nobody holds the lock."""
    for group, state in (("web", "ready"), ("static", "proven"), ("balancer", "all up")):
        for host in members[group]:
            assert says(status, host, state), shown(status, host)
    live = status.output.partition("  live      ")[2].split()[0]
    for host in members["web"]:
        assert says(status, host, serves or live, "ready"), shown(status, host)
    assert "Nobody holds the lock" in status.output
