"""Fixtures of the tests that change their host: for disposable hosts alone."""

from collections.abc import Callable
from pathlib import Path

import pytest
import testinfra
from testinfra.host import Host

from tests.helpers.playbook import Run, run_playbook

Converge = Callable[..., Run]


@pytest.fixture(scope="session")
def outsider(testbed: Path) -> Host:
    """A host on the same network that has no business with ours."""
    host = testinfra.get_host("ssh://outsider", ssh_config=str(testbed / "ssh_config"))
    reached = host.run("true")
    assert reached.rc == 0, f"no host `outsider` in {testbed}/ssh_config: {reached.stderr}"
    return host


@pytest.fixture(scope="session")
def converge(inventory: Path, testbed: Path) -> Converge:
    """Run a playbook against the hosts under test, which must be disposable."""
    assert testbed.parent.name == ".testbed", f"{testbed} does not hold disposable hosts"

    def run(*arguments: str, playbook: str = "site.yml") -> Run:
        # Developers test before they commit.
        return run_playbook(inventory, "-e", "release_dirty=true", *arguments, playbook=playbook)

    return run
