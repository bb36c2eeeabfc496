"""Fixtures of the tests that roll assets out over several disposable static servers.

pytest tests/rollout --ansible-inventory=.testbed/assets/inventory
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.fleet import FOLDER, Fleet


@pytest.fixture(scope="session")
def fleet(pytestconfig: pytest.Config) -> Fleet:
    """Four disposable static servers that site.yml has converged."""
    named = pytestconfig.getoption("ansible_inventory")
    if not named:
        raise pytest.UsageError(
            "which hosts? add --ansible-inventory=.testbed/assets/inventory after\n"
            "  python -m testbed up assets\n"
            "  ansible-playbook -i .testbed/assets/inventory site.yml"
        )
    inventory = Path(named).resolve()
    assert inventory.parent.parent.name == ".testbed", f"{inventory} is not of disposable hosts"
    found = Fleet(inventory)
    assert len(found.names) == 4, f"these tests need the topology `assets`, not {found.names}"
    return found


@pytest.fixture(autouse=True)
def _leftovers(fleet: Fleet) -> Iterator[None]:
    """Leave nothing of a test to the next one: its releases, and what it broke."""
    yield
    for name in fleet.names:
        fleet.sh(
            name,
            f"cd {FOLDER}; systemctl kill -s CONT apache2; rm -rf rollout .manifests/rollout-* "
            "proofs/rollout-* .incoming; systemctl is-active -q apache2 || systemctl start apache2",
        )
