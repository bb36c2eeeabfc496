"""Fixtures of a move: the hosts, where the database is, and what the documentation says to type."""

import base64
import gzip
import json
import re
import textwrap
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import testinfra
import yaml
from testinfra.host import Host

from tests.helpers import chosen
from tests.helpers.commands import done
from tests.helpers.playbook import REPOSITORY, Run
from tests.testinfra.negative.conftest import Converge, converge  # noqa: F401

PAGE = REPOSITORY / "docs" / "operators" / "choices-database.md"
WEB, DATABASE = "web1", "db1"
# Where each server is in this scenario, and its unit.
PLACES = {"mysql": (DATABASE, "mysql.service"), "mariadb": (WEB, "mariadb.service")}
EVERYTHING = "/var/lib/moztrap-move/all.json.gz"


def documented(word: str) -> str:
    """The block of commands in the documentation that has this word in it."""
    blocks = re.findall(r"^ *```\n(.*?)^ *```$", PAGE.read_text(), re.DOTALL | re.MULTILINE)
    found = [textwrap.dedent(block) for block in blocks if word in block]
    assert len(found) == 1, f"{PAGE}: {len(found)} blocks with {word}"
    return found[0]


@dataclass(frozen=True)
class Servers:
    """The hosts of the scenario, and which of them has the site's database."""

    inventory: Path
    testbed: Path
    all_hosts: dict[str, Any]
    converge: Converge

    def host(self, name: str) -> Host:
        """One of them, whatever the inventory says of it."""
        return testinfra.get_host(f"ssh://{name}", ssh_config=str(self.testbed / "ssh_config"))

    def choose(self, flavour: str, **others: Any) -> None:
        """Have the inventory name this server, and its host, or else the web host, in group db."""
        name = PLACES[flavour][0] if flavour in PLACES else WEB
        content = json.loads(json.dumps(self.all_hosts))
        content["all"]["children"]["db"] = {"hosts": {name: {}}}
        if name != DATABASE:
            del content["all"]["hosts"][DATABASE]
        (self.inventory / "hosts.yml").write_text(yaml.safe_dump(content))
        chosen.choose(self.inventory, {"mysql_flavour": flavour, **others})

    def run(self, playbook: str = "site.yml") -> Run:
        """Run a playbook, which must succeed."""
        run = self.converge(playbook=playbook)
        assert run.status == 0, run.explain()
        return run

    def write_everything_out(self) -> Counter[str]:
        """Step 3; every record of what was written, as text.

        Its times end with the millisecond: one of a few microseconds is read back as none.
        """
        web = self.host(WEB)
        done(web, f"set -e\n{documented('dumpdata')}")
        written = gzip.decompress(base64.b64decode(done(web, f"base64 {EVERYTHING}")))
        return Counter(
            json.dumps(record, sort_keys=True).replace('.000Z"', 'Z"')
            for record in json.loads(written)
        )

    def move(self, source: str, target: str) -> tuple[Counter[str], Run]:
        """Steps 2 to 6; what was written out on the way, and the run that set the target up."""
        web = self.host(WEB)
        done(web, "systemctl stop apache2")
        before = self.write_everything_out()
        name, unit = PLACES[source]
        done(self.host(name), f"systemctl stop {unit}")
        self.choose(target)
        run = self.run()
        done(web, "systemctl stop apache2")
        done(web, f"set -e\n{documented('loaddata')}")
        self.run()
        return before, run


@pytest.fixture(scope="module")
def servers(inventory: Path, testbed: Path, converge: Converge) -> Iterator[Servers]:  # noqa: F811
    """The scenario's hosts; the inventory says again what it said once the tests are done."""
    path = inventory / "hosts.yml"
    original = path.read_text()
    yield Servers(inventory, testbed, yaml.safe_load(original), converge)
    path.write_text(original)
    chosen.forget(inventory)
