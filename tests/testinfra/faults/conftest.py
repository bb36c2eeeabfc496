"""Fixtures of injected faults, on disposable hosts alone."""

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import testinfra
from testinfra.host import Host

from testbed import lifecycle, topology
from testbed.podman import Podman
from tests.helpers.load import Load, Report
from tests.helpers.source import MIGRATIONS, Source, copy_source
from tests.helpers.website import Site
from tests.testinfra.negative.conftest import Converge, converge  # noqa: F401
from tests.testinfra.rolling.conftest import (
    MakeSource,
    make_load,
)
from tests.testinfra.rolling.conftest import members as members  # a fixture of ours too

Named = Callable[[str], Host]


class Power:
    """Hosts that can be switched off without a word, and on again."""

    def __init__(self, state: Path) -> None:
        self._name = state.name
        described = json.loads((state / "topology.json").read_text())
        self._hosts = list(described["hosts"])
        self.is_off = False

    def off(self, host: str) -> None:
        """Cut the power."""
        assert host in self._hosts
        Podman()("kill", lifecycle.container_of(self._name, host))
        self.is_off = True

    def on(self) -> None:
        """Bring every host of the topology back, with all that was on it."""
        file = Path("rolling") if self._name != "rolling" else None
        lifecycle.up(topology.load(self._name, file))
        self.is_off = False


@pytest.fixture
def power(testbed: Path) -> Iterator[Power]:
    """The switch of every host; what a test that failed has left off is on for the next."""
    switch = Power(testbed)
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
    clients = make_load(site, pause=0.05)
    clients.start()
    yield clients
    clients.stop()


def noticed(load: Load) -> Report:
    """What people noticed."""
    return load.stop()
