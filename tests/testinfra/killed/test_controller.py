"""A controller that is killed at any stage of a release: the next run finishes the work."""

import itertools
import os
from pathlib import Path

import pytest

from tests.helpers.load import Load
from tests.helpers.watched import kill, run_watched
from tests.testinfra.faults.conftest import load, noticed  # noqa: F401
from tests.testinfra.negative.conftest import Converge, converge  # noqa: F401
from tests.testinfra.rolling.conftest import (  # noqa: F401
    RELEASE,
    STATUS,
    MakeSource,
    make_source,
    members,
    whole,
)

GROUPS = ("balancer",)
UNITS = ("haproxy.service",)


# What is built, what hosts are given, and what they then serve; make test-all runs each part by
# itself (tests/parts.py).
STAGES = {
    1: (
        "lock : Take the site's lock",
        "artefact : Begin the build",
        "artefact : Wait for the build",
        "artefact : Fetch, sign and keep",
    ),
    2: (
        "assets : Add the release's assets",
        "artefact : Have the verified artefact unpacked",
        "settings : Prepare the deployment",
        "record : Note which release",
    ),
    3: (
        "activate : Send no new request to the host",
        "activate : Make the deployment live",
        "activate : Send requests to the host again",
        "record : Record what every host runs now",
        "lock : Give the site's lock back",
    ),
}


def stages() -> tuple[str, ...]:
    """Those of the part that is asked for, or all."""
    part = os.environ.get("KILLED_PART", "")
    return STAGES[int(part)] if part else tuple(itertools.chain(*STAGES.values()))


@pytest.mark.parametrize("task", stages())
def test_a_controller_killed_at_any_stage(
    inventory: Path,
    converge: Converge,  # noqa: F811
    make_source: MakeSource,  # noqa: F811
    members: dict[str, list[str]],  # noqa: F811
    load: Load,  # noqa: F811
    task: str,
) -> None:
    changed = make_source()
    changed.restyle(f"killed-{len(task)}")
    cut = run_watched(inventory, RELEASE, *changed.arguments, task=task, act=kill)
    assert cut.status != 0
    run = converge(*changed.arguments, playbook=RELEASE)
    assert run.status == 0, run.explain()
    whole(converge(playbook=STATUS), members)
    assert noticed(load).failures == []
