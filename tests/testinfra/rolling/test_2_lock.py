"""Who runs holds the lock, and whoever else comes is told so."""

import pytest

from tests.testinfra.negative.conftest import Converge
from tests.testinfra.rolling.conftest import RELEASE, STATUS

GROUPS = ("balancer",)
UNITS = ("haproxy.service",)
pytestmark = pytest.mark.usefixtures("visitors")


def test_of_two_releases_at_once_the_second_is_told_who_runs(converge: Converge) -> None:
    held = converge("-e", "lock_reason='inventory week'", playbook="playbooks/lock.yml")
    assert held.status == 0, held.explain()
    second = converge(playbook=RELEASE)
    assert second.status != 0
    assert "holds the lock since" in second.output
    assert "inventory week" in second.output
    assert "unlock.yml" in second.output
    assert second.changed == 0
    assert "inventory week" in converge(playbook=STATUS).output
    assert converge(playbook="playbooks/unlock.yml").status == 0
