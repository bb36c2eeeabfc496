"""Moving and proving 10,000 assets, against plain rsync and a plain HTTP client.

`make bench-assets` prints a figure a line, each a ratio to a peer measured in the same run
on the same four servers, and ends with 1 when one is out of its budget:

- everything, 1 % and nothing sent in one stage, against `rsync` to the four in parallel;
- the proof of one server over HTTPS, against one kept-alive connection of `http.client`;
- the whole staged run, with its start, its stages and its proofs, as an operator waits for it.

What is timed against rsync is one server's part: reaching it, looking, sending and writing,
without the proof, which has a peer of its own, and without the start of the program.
"""

import argparse
import json
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import asset_release
from bench.ansible_run import play
from bench.converge import Verdict, print_table
from testbed import lifecycle, topology
from testbed.paths import CHECKOUT, state_directory

NAME = "bench-assets"
FULL_BUDGET = 1.5
CHANGE_BUDGET = 1.2
NOTHING_BUDGET_SECONDS = 5.0
PROOF_BUDGET = 2.0
RSYNC_TARGET = "/srv/bench-rsync"
ONE_STAGE = '{"assets_stages": ["100%"]}'
CLIENT = Path(__file__).with_name("naive_client.py")


@dataclass(frozen=True)
class Rollout:
    """One run of playbooks/assets.yml: its wall-clock seconds and its report."""

    seconds: float
    servers: list[dict[str, Any]]

    @property
    def transfer(self) -> float:
        """Seconds until the last server had everything, its proof left out."""
        return max(row["seconds"] - row["phases"].get("prove", 0.0) for row in self.servers)

    @property
    def proof_rate(self) -> float:
        """Requests a second of the quickest server's proof."""
        return max(row["verified"] / row["phases"]["prove"] for row in self.servers)


class Bench:
    """The four servers, and both ways to fill them."""

    def __init__(self, name: str) -> None:
        self.state = state_directory(name)
        self.inventory = self.state / "inventory"
        described = json.loads((self.state / "topology.json").read_text())
        self.hosts = list(described["hosts"])
        self.ssh = ["ssh", "-F", str(self.state / "ssh_config")]

    def on_all(self, command: str) -> None:
        """Run a command on every server."""
        for host in self.hosts:
            subprocess.run([*self.ssh, host, command], check=True)

    def rsync(self, folder: Path) -> float:
        """Seconds of plain rsync to all servers at once."""
        begin = time.monotonic()
        running = [
            subprocess.Popen(
                [
                    "rsync", "-a", "-e", shlex.join(self.ssh), f"{folder}/",
                    f"{host}:{RSYNC_TARGET}/",
                ]
            )
            for host in self.hosts
        ]  # fmt: skip
        codes = [process.wait() for process in running]
        if any(codes):
            raise RuntimeError("rsync failed; what it said is above")
        return time.monotonic() - begin

    def rollout(self, release_id: str, *options: str) -> Rollout:
        """Distribute a kept release and read the report."""
        reports = self.inventory / ".state" / "reports"
        before = set(reports.glob("*.json"))
        begin = time.monotonic()
        done = subprocess.run(
            [
                CHECKOUT / ".venv" / "bin" / "ansible-playbook", "-i", self.inventory,
                "playbooks/assets.yml", "-e", f"release_id={release_id}", *options,
            ],
            cwd=CHECKOUT, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False,
        )  # fmt: skip
        seconds = time.monotonic() - begin
        if done.returncode:
            raise RuntimeError("assets.yml failed:\n" + "\n".join(done.stdout.splitlines()[-60:]))
        (report,) = set(reports.glob("*.json")) - before
        return Rollout(seconds, json.loads(report.read_text())["servers"])

    def naive_rate(self, release_id: str) -> float:
        """Requests a second of one kept-alive http.client connection on the first server."""
        script = CLIENT.read_bytes()
        url = (self.state / "url").read_text().strip()
        command = (
            f"python3 - {shlex.quote(url)} /etc/moztrap/tls/ca.pem "
            f"/srv/moztrap/assets/.manifests/{release_id}.json"
        )
        done = subprocess.run(
            [*self.ssh, self.hosts[0], command], input=script, capture_output=True, check=True
        )
        return float(done.stdout)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print the table, and say by the exit code whether every budget holds."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--name", default=NAME, help="use this converged topology of the testbed")
    parser.add_argument("--keep", action="store_true", help="leave the hosts running")
    given = parser.parse_args(arguments)
    if given.name == NAME:
        lifecycle.up(topology.load(NAME, Path("assets"), None))
        print("== site.yml on four hosts")
        play(NAME)
    verdicts = measure(Bench(given.name))
    print_table(verdicts)
    if given.name == NAME and not given.keep:
        lifecycle.down(NAME)
    return 0 if all(verdict.holds for verdict in verdicts) else 1


def measure(bench: Bench) -> list[Verdict]:
    """All figures, in an order in which each finds what it needs."""
    state = bench.inventory / ".state"
    with tempfile.TemporaryDirectory(prefix="moztrap-bench-") as temporary:
        print("== making 10,000 files and a release of which 1 % differs")
        whole = asset_release.make(Path(temporary, "whole"), state, "bench-whole")
        change = asset_release.make(
            Path(temporary, "change"), state, "bench-change", changed_share=0.01
        )
        bench.on_all(f"which rsync || apt-get -qq install -y rsync; rm -rf {RSYNC_TARGET}")
        bench.on_all("rm -rf /srv/moztrap/assets/app* /srv/moztrap/assets/.manifests/bench-*")
        print(f"   {whole.files} files, {whole.bytes / 1e6:.0f} MB")
        verdicts = [
            against_rsync(bench, "everything", whole, FULL_BUDGET),
            against_rsync(bench, "1 % changed", change, CHANGE_BUDGET),
        ]
        nothing = bench.rollout(change.release_id, "-e", ONE_STAGE)
        idle = bench.rsync(change.folder)
    verdicts.append(
        Verdict(
            "nothing changed",
            f"{nothing.transfer:.1f} s (rsync {idle:.1f} s)",
            f"≤ {NOTHING_BUDGET_SECONDS:.0f} s",
            nothing.transfer <= NOTHING_BUDGET_SECONDS,
        )
    )
    verdicts.append(proof(bench, change.release_id))
    staged = bench.rollout(whole.release_id)
    verdicts.append(
        Verdict("the whole staged run, nothing to send", f"{staged.seconds:.1f} s", "", True)
    )
    bench.on_all(f"rm -rf {RSYNC_TARGET}")
    return verdicts


def against_rsync(bench: Bench, what: str, tree: asset_release.Tree, budget: float) -> Verdict:
    """One stage of four servers, and rsync to the same four."""
    print(f"== {what}: rsync, then assets.yml")
    peer = bench.rsync(tree.folder)
    ours = bench.rollout(tree.release_id, "-e", ONE_STAGE)
    ratio = ours.transfer / peer
    print(f"   rsync {peer:.1f} s; assets.yml {ours.seconds:.1f} s in all")
    return Verdict(
        f"{what}: one stage of four servers",
        f"{ratio:.2f} times rsync ({ours.transfer:.1f} s against {peer:.1f} s)",
        f"≤ {budget} times",
        ratio <= budget,
    )


def proof(bench: Bench, release_id: str) -> Verdict:
    """The proof of one server alone, and the plain client on the same server."""
    print("== the proof of one server, against one plain connection")
    naive = bench.naive_rate(release_id)
    alone = bench.rollout(release_id, "--limit", f"{bench.hosts[0]}")
    ratio = alone.proof_rate / naive
    return Verdict(
        "proof over HTTPS",
        f"{ratio:.1f} times http.client ({alone.proof_rate:.0f} against {naive:.0f} requests/s)",
        f"≥ {PROOF_BUDGET:.0f} times",
        ratio >= PROOF_BUDGET,
    )


if __name__ == "__main__":
    sys.exit(main())
