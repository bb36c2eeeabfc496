"""A site that went back is held there, until somebody asks for a release."""

import pytest

from tests.helpers.website import Site
from tests.testinfra.negative.conftest import Converge
from tests.testinfra.rolling.conftest import (
    RELEASE,
    ROLLBACK,
    STATUS,
    MakeSource,
    deployment_of,
    whole,
)

GROUPS = ("balancer",)
UNITS = ("haproxy.service",)
HELD = "held      at"
pytestmark = pytest.mark.usefixtures("visitors")


@pytest.fixture(scope="module")
def left(site: Site, converge: Converge, make_source: MakeSource) -> str:
    """The deployment that the site went back from."""
    changed = make_source()
    changed.restyle("left-again")
    released = converge(*changed.arguments, playbook=RELEASE)
    assert released.status == 0, released.explain()
    later = deployment_of(site)
    back = converge(playbook=ROLLBACK)
    assert back.status == 0, back.explain()
    assert deployment_of(site) != later
    return later


def test_a_converge_leaves_it_there_and_says_so(
    left: str, site: Site, converge: Converge, members: dict[str, list[str]]
) -> None:
    before = deployment_of(site)
    assert HELD in converge(playbook=STATUS).output
    run = converge()
    assert run.status == 0, run.explain()
    assert "The site is held at release" in run.output
    assert deployment_of(site) == before
    whole(converge(playbook=STATUS), members, before)


def test_a_release_by_its_id_needs_no_build_and_lifts_the_hold(
    left: str, site: Site, converge: Converge, members: dict[str, list[str]]
) -> None:
    run = converge("-e", f"release_id={left.rpartition('-')[0]}", playbook=RELEASE)
    assert run.status == 0, run.explain()
    assert "Wait for the build" not in run.output
    assert deployment_of(site) == left
    status = converge(playbook=STATUS)
    assert HELD not in status.output
    whole(status, members, left)
