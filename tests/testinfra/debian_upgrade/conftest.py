"""Fixtures of a change of Debian: the site before it, after it, and on another host."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import testinfra
import yaml
from testinfra.host import Host

from tests.helpers.commands import done
from tests.helpers.playbook import REPOSITORY, Run
from tests.helpers.power import Power
from tests.helpers.visitor import Visitor
from tests.helpers.website import Response
from tests.testinfra.backup.conftest import contents, newest
from tests.testinfra.conftest import SQL_CLIENT, Sql, Value
from tests.testinfra.negative.conftest import Converge, converge  # noqa: F401

PAGE = REPOSITORY / "docs" / "operators" / "choices-target.md"
FRESH = "outsider"
UPLOAD = "/srv/moztrap/media/kept.txt"
Contents = dict[str, tuple[str, str]]


def documented() -> str:
    """What the documentation says is to be typed on the host."""
    found = re.search(r"```\n(sed .+?)```", PAGE.read_text(), re.DOTALL)
    assert found, PAGE
    return found[1]


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
    sql: Sql,
    value: Value,
    administrator: Visitor,
    converge: Converge,  # noqa: F811
    testbed: Path,
) -> Upgraded:
    """A site with content, whose host gets another Debian and starts again."""
    database = value("mysql_database")
    done(host, "cd /srv/moztrap/current && runuser -u moztrap -- bin/manage seed_sample")
    done(host, f"echo kept > {UPLOAD} && chown moztrap: {UPLOAD}")
    assert administrator.get("/").status == 200
    before = contents(sql, database)
    done(host, f"export DEBIAN_FRONTEND=noninteractive\n{documented()}")
    done(host, "sync")
    power = Power(testbed, "testing")
    power.off("moztrap")
    power.on()
    run = converge()
    return Upgraded(before, contents(sql, database), run, administrator.get("/"))


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
    sql: Sql,
    value: Value,
    inventory: Path,
    testbed: Path,
    converge: Converge,  # noqa: F811
) -> Iterator[Returned]:
    """A backup of the site, restored on a host that has nothing but Debian 12."""
    done(host, "systemctl stop apache2")
    before = contents(sql, value("mysql_database"))
    backup = converge(playbook="playbooks/backup.yml")
    saved = newest(inventory / ".state" / "backups").name
    fresh = testinfra.get_host(f"ssh://{FRESH}", ssh_config=str(testbed / "ssh_config"))
    path = inventory / "hosts.yml"
    original = path.read_text()
    content = yaml.safe_load(original)
    content["all"]["hosts"]["moztrap"]["ansible_host"] = done(fresh, "hostname -I").split()[0]
    path.write_text(yaml.safe_dump(content))
    replace = f"restore_replace={value('moztrap_server_name')}"
    runs = (
        backup,
        converge(),
        converge("-e", f"restore_from={saved}", "-e", replace, playbook="playbooks/restore.yml"),
        converge(),
    )

    def ask(statement: str) -> list[list[str]]:
        shown = done(fresh, f"{SQL_CLIENT} --batch --skip-column-names --execute %s", statement)
        return [line.split("\t") for line in shown.splitlines()]

    yield Returned(fresh, before, contents(ask, value("mysql_database")), runs)
    path.write_text(original)


@pytest.fixture(scope="module")
def debian_of() -> Callable[[Host], str]:
    """Which Debian a host has."""
    return lambda asked: str(asked.file("/etc/debian_version").content_string).split(".")[0]
