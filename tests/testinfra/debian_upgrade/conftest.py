"""Fixtures of a change of Debian: the site before it, after it, and on another host."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import testinfra
import yaml
from testinfra.host import Host

from tests.helpers.commands import done
from tests.helpers.playbook import REPOSITORY, Run
from tests.helpers.power import Power
from tests.helpers.visitor import Visitor
from tests.helpers.website import Response
from tests.testinfra.backup.conftest import manifests
from tests.testinfra.conftest import Value
from tests.testinfra.negative.conftest import Converge, converge  # noqa: F401

PAGE = REPOSITORY / "docs" / "operators" / "choices-target.md"
FRESH = "outsider"
UPLOAD = "/srv/moztrap/media/kept.txt"
# What any visit changes.
CHANGING = {"django_session", "accounts_throttlecount"}
Contents = dict[str, Any]


def documented() -> str:
    """What the documentation says is to be typed on the host."""
    found = re.search(r"```\n(sed .+?)```", PAGE.read_text(), re.DOTALL)
    assert found, PAGE
    return found[1]


@dataclass(frozen=True)
class Backup:
    """A backup, and what its manifest tells of each table: rows, and a sum of their content.

    Of the server's own checksums, another version makes others.
    """

    name: str
    contents: Contents


@pytest.fixture(scope="module")
def back_up(converge: Converge, inventory: Path) -> Callable[[], Backup]:  # noqa: F811
    """Have a backup made."""

    def run() -> Backup:
        made = converge(playbook="playbooks/backup.yml")
        assert made.status == 0, made.explain()
        name, manifest = list(manifests(inventory / ".state" / "backups").items())[-1]
        tables = manifest["tables"].items()
        return Backup(name, {table: told for table, told in tables if table not in CHANGING})

    return run


@dataclass(frozen=True)
class Upgraded:
    """What there was before, and what became of it."""

    before: Contents
    after: Contents
    run: Run
    page: Response


@pytest.fixture(scope="module")
def upgraded(
    host: Host,
    administrator: Visitor,
    back_up: Callable[[], Backup],
    converge: Converge,  # noqa: F811
    testbed: Path,
) -> Upgraded:
    """A site with content, whose host gets another Debian and starts again."""
    done(host, "cd /srv/moztrap/current && runuser -u moztrap -- bin/manage seed_sample")
    done(host, f"echo kept > {UPLOAD} && chown moztrap: {UPLOAD}")
    before = back_up()
    done(host, f"export DEBIAN_FRONTEND=noninteractive\n{documented()}")
    done(host, "sync")
    power = Power(testbed, "testing")
    power.off("moztrap")
    power.on()
    run = converge()
    return Upgraded(before.contents, back_up().contents, run, administrator.get("/"))


@dataclass(frozen=True)
class Returned:
    """The site on the fresh host: what it has, and how it came there."""

    host: Host
    before: Contents
    after: Contents
    runs: tuple[Run, ...]


@pytest.fixture(scope="module")
def returned(
    upgraded: Upgraded,
    host: Host,
    value: Value,
    inventory: Path,
    testbed: Path,
    back_up: Callable[[], Backup],
    converge: Converge,  # noqa: F811
) -> Iterator[Returned]:
    """A backup of the site, restored on a host that has nothing but Debian 12."""
    done(host, "systemctl stop apache2")
    saved = back_up()
    fresh = testinfra.get_host(f"ssh://{FRESH}", ssh_config=str(testbed / "ssh_config"))
    path = inventory / "hosts.yml"
    original = path.read_text()
    content = yaml.safe_load(original)
    content["all"]["hosts"]["moztrap"]["ansible_host"] = done(fresh, "hostname -I").split()[0]
    replace = f"restore_replace={value('moztrap_server_name')}"
    restore = ("-e", f"restore_from={saved.name}", "-e", replace)
    path.write_text(yaml.safe_dump(content))
    try:
        runs = (
            converge(),
            converge(*restore, playbook="playbooks/restore.yml"),
            converge(),
        )
        yield Returned(fresh, saved.contents, back_up().contents, runs)
    finally:
        path.write_text(original)


@pytest.fixture(scope="module")
def debian_of() -> Callable[[Host], str]:
    """Which Debian a host has."""
    return lambda asked: str(asked.file("/etc/debian_version").content_string).split(".")[0]
