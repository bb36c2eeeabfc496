"""Fixtures of injected faults, on disposable hosts alone."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import testinfra
from testinfra.host import Host

from tests.helpers.load import Load, Report
from tests.helpers.power import Power
from tests.helpers.source import MIGRATIONS, Source, copy_source
from tests.helpers.website import Site
from tests.testinfra.negative.conftest import Converge, converge  # noqa: F401
from tests.testinfra.rolling.conftest import (
    MakeSource,
    make_load,
)
from tests.testinfra.rolling.conftest import members as members  # a fixture of ours too

Named = Callable[[str], Host]
# When a host gets the release: each one in its batch.
ACTIVATE = "activate : Make the deployment live"


@pytest.fixture
def power(testbed: Path) -> Iterator[Power]:
    """The switch of every host; what a test that failed has left off is on for the next."""
    switch = Power(testbed, "rolling")
    yield switch
    if switch.is_off:
        switch.on()


@pytest.fixture(scope="session")
def named(inventory: Path) -> Named:
    """A host of the inventory by its name."""
    return lambda name: testinfra.get_host(f"ansible://{name}", ansible_inventory=str(inventory))


@pytest.fixture(scope="session")
def make_source(
    tmp_path_factory: pytest.TempPathFactory, members: dict[str, list[str]], named: Named
) -> MakeSource:
    """Copy the application's source, with the migrations that earlier tests have applied.

    Without them the database would be ahead, and the release refused.
    """
    planted: list[Source] = []
    database = named(members["db"][0])

    def make() -> Source:
        source = copy_source(tmp_path_factory.mktemp("source"))
        shown = database.run("mariadb moztrap -BNe %s", "SELECT name FROM django_migrations")
        assert shown.rc == 0, shown.stderr
        applied = set(shown.stdout.split())
        for earlier in planted:
            for file in (earlier.root / MIGRATIONS).glob("[0-9]*.py"):
                if file.stem in applied:
                    shutil.copyfile(file, source.root / MIGRATIONS / file.name)
        planted.append(source)
        return source

    return make


@pytest.fixture
def load(site: Site) -> Iterator[Load]:
    """People who use the site; `noticed` tells what they saw."""
    clients = make_load(site)
    clients.start()
    yield clients
    clients.stop()


def noticed(load: Load) -> Report:
    """What people noticed."""
    return load.stop()
