"""Releases that must not happen: what is live stays live."""

from pathlib import Path

import pytest

from tests.helpers.playbook import Run
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
HARMLESS_SQL = 'RunSQL("SELECT 1", migrations.RunSQL.noop)'
pytestmark = pytest.mark.usefixtures("visitors")


def test_a_release_that_is_never_ready_goes_back_and_says_why(
    site: Site, converge: Converge, make_source: MakeSource, members: dict[str, list[str]]
) -> None:
    before = deployment_of(site)
    broken = make_source()
    broken.never_ready()
    run = converge(*broken.arguments, "-e", "activate_timeout=20", playbook=RELEASE)
    assert run.status != 0
    assert "did not become ready" in run.output
    assert "planted trouble" in run.output, "the reason is not told"
    assert f"Went back to {before}" in run.output
    assert "journal of" in run.output
    assert deployment_of(site) == before
    whole(converge(playbook=STATUS), members, before)


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
    before = deployment_of(site)
    migration, arguments = unsafe
    refusal(converge(*arguments, playbook=RELEASE), migration)
    assert deployment_of(site) == before


def test_acknowledged_it_is_applied_after_a_snapshot_and_bars_the_way_back(
    inventory: Path, site: Site, converge: Converge, unsafe: tuple[str, list[str]]
) -> None:
    migration, arguments = unsafe
    before = deployment_of(site)
    insist = ["-e", f"migrate_acknowledged={migration}"]
    run = converge(*arguments, *insist, playbook=RELEASE)
    assert run.status == 0, run.explain()
    after = deployment_of(site)
    assert after != before
    snapshots = [path.name for path in (inventory / ".state" / "backups").iterdir()]
    release = after.rpartition("-")[0]
    assert any(name.endswith(f"before-{release}") for name in snapshots), snapshots
    refusal(converge(playbook=ROLLBACK), migration)
    assert deployment_of(site) == after
    back = converge(*insist, playbook=ROLLBACK)
    assert back.status == 0, back.explain()
    assert deployment_of(site) == before
