"""Static servers as tests of their assets see them, and the controller that fills them."""

from __future__ import annotations

import json
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import testinfra
from testinfra.host import Host

from tests.helpers.asset_release import Controller, Files
from tests.helpers.inventory import groups
from tests.helpers.playbook import Run, run_playbook

FOLDER = "/srv/moztrap/assets"


@dataclass
class Rollout:
    """One run and the report that it left, if it got so far."""

    run: Run
    servers: dict[str, dict[str, Any]]

    @property
    def output(self) -> str:
        return self.run.output


class Fleet:
    """The static servers, and the controller that fills them."""

    def __init__(self, inventory: Path) -> None:
        self.inventory = inventory
        self.state = inventory / ".state"
        self.controller = Controller(self.state)
        self.names = groups(inventory)["static"]
        config = str(inventory.parent / "ssh_config")
        self.hosts: dict[str, Host] = {
            name: testinfra.get_host(f"ssh://{name}", ssh_config=config) for name in self.names
        }

    def keep(self, release_id: str, files: Files) -> None:
        """Have a release in the controller's store, as if it had been built."""
        self.controller.keep(release_id, files)

    def run(self, playbook: str, *arguments: str, release_id: str = "") -> Rollout:
        """Run a playbook as an operator does, and read the report it wrote."""
        reports = self.state / "reports"
        before = set(reports.glob("*.json"))
        named = ("-e", f"release_id={release_id}") if release_id else ()
        run = run_playbook(
            self.inventory, "-e", "release_dirty=true", *named, *arguments,
            playbook=f"playbooks/{playbook}.yml",
        )  # fmt: skip
        new = set(reports.glob("*.json")) - before
        rows = json.loads(new.pop().read_text())["servers"] if new else []
        return Rollout(run, {row["server"]: row for row in rows})

    def sh(self, name: str, command: str) -> str:
        """What a command says on a server; it has to succeed."""
        done = self.hosts[name].run("sh -c %s", command)
        assert done.rc == 0, f"{command} on {name}: {done.stdout}{done.stderr}"
        return str(done.stdout).strip()

    def exists(self, name: str, path: str) -> bool:
        """Is there such a file below the served folder?"""
        return bool(self.hosts[name].run("test -e %s", f"{FOLDER}/{path}").rc == 0)

    def holders(self, release_id: str) -> list[str]:
        """Servers with the proof marker of a release."""
        return [name for name in self.names if self.exists(name, f"proofs/{release_id}.txt")]

    def served(self, name: str, path: str) -> tuple[int, dict[str, str], str]:
        """Status, headers and body that a server gives on its own address."""
        host = self.hosts[name]
        address = host.run("hostname -I").stdout.split()[0]
        site = (self.inventory.parent / "url").read_text().strip().rstrip("/")
        command = shlex.join(
            [
                "python3", "-c",
                "import http.client, json, ssl, sys\n"
                "name, address, path = sys.argv[1:]\n"
                "context = ssl._create_unverified_context()\n"
                "asked = http.client.HTTPSConnection(address, context=context)\n"
                "asked.request('GET', path, headers={'Host': name})\n"
                "got = asked.getresponse()\n"
                "headers = {key.lower(): value for key, value in got.getheaders()}\n"
                "print(json.dumps([got.status, headers, got.read().decode()]))",
                site.removeprefix("https://"), address, f"/static/{path}",
            ]
        )  # fmt: skip
        status, headers, body = json.loads(self.sh(name, command))
        return status, headers, body
