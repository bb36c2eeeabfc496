"""A run that was cut off leaves a site that the next one finishes."""

from pathlib import Path

import pytest

from tests.helpers.load import LOGIN
from tests.helpers.watched import kill, run_watched
from tests.helpers.website import Site
from tests.testinfra.negative.conftest import Converge
from tests.testinfra.rolling.conftest import RELEASE, STATUS, MakeSource, deployment_of, whole

GROUPS = ("balancer",)
UNITS = ("haproxy.service",)
pytestmark = pytest.mark.usefixtures("visitors")


def test_a_killed_controller_leaves_a_site_that_the_next_run_finishes(
    inventory: Path,
    site: Site,
    converge: Converge,
    make_source: MakeSource,
    members: dict[str, list[str]],
) -> None:
    """Here with a host that is drained; scenario `killed` has every other stage."""
    changed = make_source()
    changed.restyle("killed")
    task = "activate : Send no new request to the host"
    cut = run_watched(inventory, RELEASE, *changed.arguments, task=task, act=kill)
    assert cut.status != 0
    assert site.get(LOGIN).status == 200
    run = converge(*changed.arguments, playbook=RELEASE)
    assert run.status == 0, run.explain()
    assert "did not give its lock back" in run.output
    whole(converge(playbook=STATUS), members, deployment_of(site))
