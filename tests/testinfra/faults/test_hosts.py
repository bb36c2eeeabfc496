"""Build hosts and balancers that end in the middle of a release, and an archive that is away."""

import threading
from pathlib import Path

from tests.helpers.load import Load
from tests.helpers.power import Power
from tests.helpers.watched import run_watched
from tests.testinfra.faults.conftest import ACTIVATE, Named, noticed
from tests.testinfra.negative.conftest import Converge
from tests.testinfra.rolling.conftest import RELEASE, STATUS, MakeSource, whole

GROUPS = ("balancer",)
UNITS = ("haproxy.service",)
# The last of its folder wins.
AWAY = "/etc/apt/apt.conf.d/zz-away"
NOBODY = "".join(f'Acquire::{scheme}::Proxy "http://127.0.0.1:9";' for scheme in ("http", "https"))


def test_the_build_host_may_vanish_once_it_has_built(
    converge: Converge,
    make_source: MakeSource,
    members: dict[str, list[str]],
    power: Power,
    load: Load,
) -> None:
    changed = make_source()
    changed.restyle("built-before")
    built = converge(*changed.arguments, playbook="playbooks/assets.yml")
    assert built.status == 0, built.explain()
    builder = members["build"][0]
    power.off(builder)
    run = converge(*changed.arguments, "--limit", f"!{builder}", playbook=RELEASE)
    assert run.status == 0, run.explain()
    power.on()
    whole(converge(playbook=STATUS), members)
    assert noticed(load).failures == []


def test_a_balancer_that_is_reloaded_all_the_while(
    inventory: Path,
    converge: Converge,
    make_source: MakeSource,
    members: dict[str, list[str]],
    named: Named,
    load: Load,
) -> None:
    changed = make_source()
    changed.restyle("reloaded")

    def reload(_: object) -> None:
        assert named(members["balancer"][0]).run("systemctl reload haproxy").rc == 0

    run = run_watched(
        inventory, RELEASE, *changed.arguments, task=ACTIVATE, occurrence=1, act=reload
    )
    assert run.status == 0, run.explain()
    whole(converge(playbook=STATUS), members)
    assert noticed(load).failures == []


def test_an_archive_that_is_away_for_a_moment_ends_no_run(
    inventory: Path, members: dict[str, list[str]], named: Named
) -> None:
    """Debian's, while a package is missing that `site.yml` installs."""
    host = named(members["web"][0])
    removed = host.run("apt-get remove --yes unattended-upgrades && apt-get clean")
    assert removed.rc == 0, removed.stderr
    planted = host.run(f"echo '{NOBODY} Acquire::Retries \"0\";' > {AWAY}")
    assert planted.rc == 0, planted.stderr
    comes_back = threading.Timer(5, host.run, [f"rm {AWAY}"])
    run = run_watched(
        inventory,
        "site.yml",
        task="base : Install what every host needs",
        act=lambda _: comes_back.start(),
    )
    comes_back.join()
    assert run.status == 0, run.explain()
    assert f"FAILED - RETRYING: [{members['web'][0]}]: Install what every host needs" in run.output
    assert host.package("unattended-upgrades").is_installed
