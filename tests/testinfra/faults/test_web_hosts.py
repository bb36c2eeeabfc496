"""Web hosts that end in the middle of a release."""

from pathlib import Path

from tests.helpers.load import LOGIN, Load
from tests.helpers.power import Power
from tests.helpers.source import Source
from tests.helpers.watched import run_watched
from tests.helpers.website import Site
from tests.testinfra.faults.conftest import ACTIVATE, noticed
from tests.testinfra.negative.conftest import Converge
from tests.testinfra.rolling.conftest import RELEASE, STATUS, MakeSource, whole

GROUPS = ("balancer",)
UNITS = ("haproxy.service",)
# More than all clients have in flight at once is more than a killed host may cost.
IN_FLIGHT = 6


def live(site: Site) -> str:
    """The release that people see."""
    return (site.get(LOGIN).header("X-MozTrap-Deployment") or "").rpartition("-")[0]


def finish(
    converge: Converge,
    changed: Source,
    members: dict[str, list[str]],
    load: Load,
    *,
    playbook: str = RELEASE,
) -> None:
    """The next run does what is left, and nobody has noticed more than the lost host."""
    run = converge(*changed.arguments, playbook=playbook)
    assert run.status == 0, run.explain()
    whole(converge(playbook=STATUS), members)
    report = noticed(load)
    assert report.failed <= IN_FLIGHT, report.failures


def test_a_web_host_that_is_down_before_its_batch(
    site: Site,
    converge: Converge,
    make_source: MakeSource,
    members: dict[str, list[str]],
    power: Power,
    load: Load,
) -> None:
    before = live(site)
    lost = members["web"][1]
    changed = make_source()
    changed.restyle("down-before")
    power.off(lost)
    refused = converge(*changed.arguments, playbook=RELEASE)
    assert refused.status != 0
    assert f"host {lost}: cannot be reached" in refused.output
    assert "--limit" in refused.output, "what a person may decide is not told"
    assert live(site) == before
    without = converge(*changed.arguments, "--limit", f"!{lost}", playbook=RELEASE)
    assert without.status == 0, without.explain()
    assert live(site) != before
    power.on()
    finish(converge, changed, members, load, playbook="site.yml")


def test_a_web_host_that_dies_in_its_batch(
    inventory: Path,
    site: Site,
    converge: Converge,
    make_source: MakeSource,
    members: dict[str, list[str]],
    power: Power,
    load: Load,
) -> None:
    lost = members["web"][1]
    changed = make_source()
    changed.restyle("down-within")
    cut = run_watched(
        inventory,
        RELEASE,
        *changed.arguments,
        task=ACTIVATE,
        occurrence=2,
        act=lambda _: power.off(lost),
    )
    assert cut.status != 0, cut.explain()
    assert site.get(LOGIN).status == 200
    power.on()
    finish(converge, changed, members, load)


def test_a_web_host_that_dies_after_its_batch(
    inventory: Path,
    site: Site,
    converge: Converge,
    make_source: MakeSource,
    members: dict[str, list[str]],
    power: Power,
    load: Load,
) -> None:
    """The first has the new release when it dies; the run ends, the next one finishes."""
    lost = members["web"][0]
    changed = make_source()
    changed.restyle("down-after")
    run_watched(
        inventory,
        RELEASE,
        *changed.arguments,
        task="activate : See what keeps the deployment",
        occurrence=2,
        act=lambda _: power.off(lost),
    )
    assert site.get(LOGIN).status == 200
    power.on()
    finish(converge, changed, members, load)
