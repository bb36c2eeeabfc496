"""Migrations that fail, are killed or lose their server, and artefacts that were altered."""

import threading
from pathlib import Path

import pytest

from tests.helpers.load import LOGIN, Load
from tests.helpers.watched import run_watched
from tests.helpers.website import Site
from tests.testinfra.faults.conftest import Named, noticed
from tests.testinfra.negative.conftest import Converge
from tests.testinfra.rolling.conftest import RELEASE, MakeSource

GROUPS = ("balancer",)
UNITS = ("haproxy.service",)
SLOW = 'RunSQL("SELECT SLEEP(25)", migrations.RunSQL.noop)'
SOUND = 'RunSQL("CREATE TABLE fault_one (id INT)", migrations.RunSQL.noop)'
BROKEN = 'RunSQL("SELECT word FROM nowhere", migrations.RunSQL.noop)'
MENDED = 'RunSQL("SELECT 1", migrations.RunSQL.noop)'
MODEL = (
    'CreateModel("Fault", [("id", __import__("django").db.models.BigAutoField(primary_key=True))])'
)


def live(site: Site) -> str:
    """The deployment that people see."""
    return site.get(LOGIN).header("X-MozTrap-Deployment") or ""


def acknowledged(*migrations: str) -> list[str]:
    """What accepts migrations that nobody can judge."""
    return ["-e", f"migrate_acknowledged={','.join(migrations)}"]


def test_a_database_that_is_restarted_during_the_migration(
    inventory: Path,
    site: Site,
    converge: Converge,
    make_source: MakeSource,
    members: dict[str, list[str]],
    named: Named,
    load: Load,
) -> None:
    """People are told to try again, nobody is told anything wrong, and the next run finishes."""
    before = live(site)
    source = make_source()
    migration = source.migrate("fault_slow", SLOW)
    database = named(members["db"][0])
    restarted: list[int] = []

    def restart_amid_the_statement() -> None:
        running = "SELECT 1 FROM information_schema.processlist WHERE info LIKE '%SLEEP(25)%'"
        shown = database.run(
            "for i in $(seq 600); do mariadb -BNe %s | grep -q . && exit; sleep 0.2; done; false",
            running + " AND info NOT LIKE '%processlist%'",
        )
        assert shown.rc == 0, "the migration was never seen to run"
        restarted.append(database.run("systemctl restart mariadb").rc)

    restart = threading.Thread(target=restart_amid_the_statement)
    cut = run_watched(
        inventory,
        RELEASE,
        *source.arguments,
        *acknowledged(migration),
        task="migrate : Migrate the database",
        act=lambda _: restart.start(),
    )
    restart.join()
    assert restarted == [0]
    assert cut.status != 0, cut.explain()
    assert "The migration failed" in cut.output
    assert live(site) == before
    run = converge(*source.arguments, *acknowledged(migration), playbook=RELEASE)
    assert run.status == 0, run.explain()
    report = noticed(load)
    assert all("status 503" in failure for failure in report.failures), report.failures


def test_a_migration_that_fails_half_way(
    site: Site, converge: Converge, make_source: MakeSource, load: Load
) -> None:
    before = live(site)
    source = make_source()
    first = source.migrate("fault_sound", SOUND)
    second = source.migrate("fault_broken", BROKEN)
    accept = acknowledged(first, second)
    run = converge(*source.arguments, *accept, playbook=RELEASE)
    assert run.status != 0
    assert "The migration failed" in run.output
    assert "nowhere" in run.output
    assert "continues where this one stopped" in run.output
    assert live(site) == before
    mended = source.root / "moztrap/core/migrations" / f"{second.partition('.')[2]}.py"
    mended.write_text(mended.read_text().replace(BROKEN, MENDED))
    again = converge(*source.arguments, *accept, playbook=RELEASE)
    assert again.status == 0, again.explain()
    assert live(site) != before
    assert noticed(load).failures == []


def test_a_migration_that_was_killed_between_statement_and_record(
    site: Site,
    converge: Converge,
    make_source: MakeSource,
    members: dict[str, list[str]],
    named: Named,
    load: Load,
) -> None:
    before = live(site)
    source = make_source()
    migration = source.migrate("fault_model", MODEL)
    database = named(members["db"][0])
    made = database.run("mariadb moztrap -e %s", "CREATE TABLE core_fault (id BIGINT)")
    assert made.rc == 0, made.stderr
    run = converge(*source.arguments, playbook=RELEASE)
    assert run.status != 0
    assert f"{migration} was interrupted" in run.output
    assert "DROP TABLE `core_fault`" in run.output
    assert live(site) == before
    assert database.run("mariadb moztrap -e %s", "DROP TABLE core_fault").rc == 0
    again = converge(*source.arguments, playbook=RELEASE)
    assert again.status == 0, again.explain()
    assert noticed(load).failures == []


@pytest.mark.parametrize("harm", ["a byte changed", "the end cut off"])
def test_an_artefact_that_is_not_what_was_signed(
    inventory: Path,
    site: Site,
    converge: Converge,
    make_source: MakeSource,
    load: Load,
    harm: str,
) -> None:
    before = live(site)
    source = make_source()
    source.restyle("altered-" + harm.partition(" ")[0])
    store = inventory / ".state" / "artefacts"
    known = {path.name for path in store.iterdir()}
    built = converge(*source.arguments, playbook="playbooks/assets.yml")
    assert built.status == 0, built.explain()
    (release,) = {path.name for path in store.iterdir()} - known
    archive = store / release / "artefact.tar.gz"
    content = bytearray(archive.read_bytes())
    if harm == "a byte changed":
        content[len(content) // 2] ^= 1
        archive.write_bytes(content)
    else:
        archive.write_bytes(content[: len(content) // 2])
    run = converge(*source.arguments, playbook=RELEASE)
    assert run.status != 0
    assert f"The artefact of release {release} is refused" in run.output
    assert "Nothing was unpacked" in run.output
    assert live(site) == before
    assert noticed(load).failures == []
