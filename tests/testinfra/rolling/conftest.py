"""Fixtures of releases over several hosts, which must be disposable."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.helpers import inventory as inventories
from tests.helpers.load import Load, Page, Target
from tests.helpers.playbook import Run
from tests.helpers.source import Source, copy_source
from tests.helpers.website import Site
from tests.testinfra.negative.conftest import Converge, converge  # noqa: F401

LOGIN = "/accounts/login/"
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


def make_load(site: Site, *, pause: float = 0.0) -> Load:
    """Clients for pages that need no account and for the stylesheets that they name."""
    sheets = site.get(LOGIN).text.split('href="/static/')[1:]
    assets = ["/static/" + sheet.partition('"')[0] for sheet in sheets]
    pages = [Page("/healthz", b"deployment"), Page(LOGIN, b"csrfmiddlewaretoken")]
    pages += [Page(asset) for asset in assets]
    target = Target(site.address, site.server_name, site.ca_file)
    return Load(target, pages, kept=4, fresh=2, pause=pause)


def shown(run: Run, name: str) -> str:
    """The line of a table that begins with a name."""
    return next((line for line in run.output.splitlines() if line.startswith(f"{name} ")), "")
