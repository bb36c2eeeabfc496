"""Releases that must not happen, and those that are cut off: what is live stays live."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.load import LOGIN, Load
from tests.helpers.playbook import Run
from tests.helpers.watched import kill, run_watched
from tests.helpers.website import Site
from tests.testinfra.negative.conftest import Converge
from tests.testinfra.rolling.conftest import (
    RELEASE,
    ROLLBACK,
    STATUS,
    MakeSource,
    make_load,
    whole,
)

GROUPS = ("balancer",)
UNITS = ("haproxy.service",)
HARMLESS_SQL = 'RunSQL("SELECT 1", migrations.RunSQL.noop)'


@pytest.fixture(autouse=True)
def load(site: Site) -> Iterator[Load]:
    """People use the site all the while, and notice nothing."""
    clients = make_load(site)
    clients.start()
    yield clients
    report = clients.stop()
    assert report.failures == [], f"{report.failed} of {report.requests} requests failed"


def live(site: Site) -> str:
    """The deployment that people see."""
    return site.get(LOGIN).header("X-MozTrap-Deployment") or ""


def test_a_release_that_is_never_ready_goes_back_and_says_why(
    site: Site, converge: Converge, make_source: MakeSource, members: dict[str, list[str]]
) -> None:
    before = live(site)
    broken = make_source()
    broken.never_ready()
    run = converge(*broken.arguments, "-e", "activate_timeout=20", playbook=RELEASE)
    assert run.status != 0
    assert "did not become ready" in run.output
    assert "planted trouble" in run.output, "the reason is not told"
    assert f"Went back to {before}" in run.output
    assert "journal of" in run.output
    assert live(site) == before
    whole(converge(playbook=STATUS), members, before)


def test_of_two_releases_at_once_the_second_is_told_who_runs(
    inventory: Path, converge: Converge
) -> None:
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
    whole(converge(playbook=STATUS), members, live(site))


@pytest.fixture(scope="module")
def unsafe(make_source: MakeSource) -> tuple[str, list[str]]:
    """A release with a migration that nobody can judge, and that migration's name."""
    source = make_source()
    return source.migrate("planted", HARMLESS_SQL), source.arguments


def refusal(run: Run, migration: str) -> None:
    """The run was refused because of the migration, and says how to insist."""
    assert run.status != 0, run.explain()
    assert migration in run.output
    assert f"migrate_acknowledged={migration}" in run.output


def test_a_migration_that_the_live_release_may_not_survive_is_refused(
    site: Site, converge: Converge, unsafe: tuple[str, list[str]]
) -> None:
    before = live(site)
    migration, arguments = unsafe
    refusal(converge(*arguments, playbook=RELEASE), migration)
    assert live(site) == before


def test_acknowledged_it_is_applied_after_a_snapshot_and_bars_the_way_back(
    inventory: Path, site: Site, converge: Converge, unsafe: tuple[str, list[str]]
) -> None:
    migration, arguments = unsafe
    before = live(site)
    insist = ["-e", f"migrate_acknowledged={migration}"]
    run = converge(*arguments, *insist, playbook=RELEASE)
    assert run.status == 0, run.explain()
    after = live(site)
    assert after != before
    snapshots = [path.name for path in (inventory / ".state" / "backups").iterdir()]
    release = after.rpartition("-")[0]
    assert any(name.endswith(f"before-{release}") for name in snapshots), snapshots
    refusal(converge(playbook=ROLLBACK), migration)
    assert live(site) == after
    back = converge(*insist, playbook=ROLLBACK)
    assert back.status == 0, back.explain()
    assert live(site) == before
