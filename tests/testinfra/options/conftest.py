"""The sets of options that a host is switched to, and what happened at each switch."""

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from testinfra.host import Host

from tests.helpers import chosen
from tests.helpers.commands import done
from tests.helpers.load import Report, load_of
from tests.helpers.playbook import REPOSITORY, Run, ansible_environment, run_playbook
from tests.helpers.visitor import Visitor
from tests.helpers.website import Response, Site
from tests.testinfra.backup.conftest import contents
from tests.testinfra.conftest import Sql, Value

SETS = Path(__file__).with_name("sets.yml")
UPLOAD = "/srv/moztrap/media/kept.txt"
CACHE_TABLE = "moztrap_cache"


@dataclass(frozen=True)
class Options:
    """One set."""

    name: str
    part: int
    variables: dict[str, Any]
    also: tuple[str, ...]


@dataclass(frozen=True)
class Data:
    """What people have put into a site: their rows, and a file."""

    tables: dict[str, tuple[str, str]]
    upload: str


@dataclass
class Switch:
    """What happened when a host was switched to a set."""

    options: Options
    dry: Run
    run: Run
    again: Run
    report: Report
    page_of_before: Response
    data_before: Data
    data_after: Data


def sets() -> list[Options]:
    """Those of the part that is asked for, or all."""
    part = int(os.environ.get("OPTIONS_PART", "0"))
    found = [
        Options(**(entry | {"also": tuple(entry["also"])}))
        for entry in yaml.safe_load(SETS.read_text())
    ]
    wanted = [each for each in found if part in (0, each.part)]
    assert wanted, f"{SETS} has no set in part {part}"
    return wanted


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One switch after the other, with all tests of each."""
    if "switch" in metafunc.fixturenames:
        found = sets()
        metafunc.parametrize(
            "switch", found, ids=[each.name for each in found], indirect=True, scope="module"
        )


@pytest.fixture(scope="module")
def person(site: Site, value: Value) -> Visitor:
    """Somebody who has logged in before the first switch, and stays."""
    visitor = Visitor(site)
    page = visitor.log_in(value("moztrap_admin_username"), value("moztrap_admin_password"))
    assert page.status == 200, page.describe()
    return visitor


@pytest.fixture(scope="module")
def look(host: Host, sql: Sql, value: Value) -> Callable[[], Data]:
    """Look at the data of a site, which is filled with the sample library first."""
    done(host, "cd /srv/moztrap/current && runuser -u moztrap -- bin/manage seed_sample")
    done(host, f"echo kept > {UPLOAD} && chown moztrap: {UPLOAD}")
    name = value("mysql_database")

    def at_it() -> Data:
        tables = contents(sql, name)
        # A choice, and not data.
        tables.pop(CACHE_TABLE, None)
        return Data(tables, done(host, f"cat {UPLOAD}"))

    return at_it


@pytest.fixture(scope="module")
def switch(
    request: pytest.FixtureRequest,
    inventory: Path,
    testbed: Path,
    site: Site,
    person: Visitor,
    look: Callable[[], Data],
) -> Switch:
    """Switch to a set while clients with kept and with fresh connections ask all the time."""
    assert testbed.parent.name == ".testbed", f"{testbed} does not hold disposable hosts"
    options: Options = request.param
    chosen.choose(inventory, options.variables)
    arguments = ("-e", "release_dirty=true", "--diff")
    dry = run_playbook(inventory, *arguments, "--check")
    load = load_of(site)
    data_before = look()
    load.start()
    try:
        run = run_playbook(inventory, *arguments)
    finally:
        report = load.stop()
    data_after = look()
    page = person.get("/")
    again = run_playbook(inventory, *arguments)
    return Switch(options, dry, run, again, report, page, data_before, data_after)


def run_tests(inventory: Path, *paths: str) -> tuple[int, str]:
    """Run shared tests in a process of their own, which sees the inventory as it is now."""
    finished = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"),
            *("--hosts=ansible://all", f"--ansible-inventory={inventory}"),
            *paths,
        ],
        cwd=REPOSITORY,
        env=ansible_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return finished.returncode, "\n".join(finished.stdout.splitlines()[-120:])
