"""Moving and proving 10,000 assets, against plain rsync and a plain HTTP client.

`make bench-assets` prints a figure a line, each a ratio to a peer measured in the same run
on the same four servers, and ends with 1 when one is out of its budget:

- everything, 1 % and nothing sent in one stage, against `rsync` to the four in parallel;
- the proof of one server over HTTPS, against one kept-alive connection of `http.client`;
- the whole staged run, with its start, its stages and its proofs, as an operator waits for it.

What is timed against rsync is the last server's part: verifying, reaching it, looking, sending
and writing. The proof has a peer of its own, and the start of Ansible is told beside it.
"""

import argparse
import json
import os
import shlex
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
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
SEND = "bench/send.yml"
CLIENT = Path(__file__).with_name("naive_client.py")


@dataclass(frozen=True)
class Rollout:
    """One run of playbooks/assets.yml: its wall-clock seconds and its report."""

    seconds: float
    servers: list[dict[str, Any]]

    @property
    def transfer(self) -> float:
        """Seconds until the last server had everything; of a run of `send.yml`."""
        return float(max(row["seconds"] for row in self.servers))

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

    def empty(self) -> None:
        """Leave nothing of these releases on the servers."""
        self.on_all(
            f"rm -rf {RSYNC_TARGET} /srv/moztrap/assets/app* "
            "/srv/moztrap/assets/.manifests/bench-* /srv/moztrap/assets/proofs/bench-*"
        )

    def settle(self) -> None:
        """Have what was written before on disk, so that it is not counted to what comes next."""
        os.sync()

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

    def rollout(
        self, release_id: str, *options: str, playbook: str = "playbooks/assets.yml"
    ) -> Rollout:
        """Distribute a kept release and read the report."""
        reports = self.inventory / ".state" / "reports"
        before = set(reports.glob("*.json"))
        begin = time.monotonic()
        done = subprocess.run(
            [
                CHECKOUT / ".venv" / "bin" / "ansible-playbook", "-i", self.inventory,
                playbook, "-e", f"release_id={release_id}", *options,
            ],
            cwd=CHECKOUT, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False,
        )  # fmt: skip
        seconds = time.monotonic() - begin
        if done.returncode:
            raise RuntimeError(f"{playbook} failed:\n" + "\n".join(done.stdout.splitlines()[-60:]))
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
    parser.add_argument(
        "--rounds", type=int, default=3, help="how often to time each pair (median)"
    )
    parser.add_argument("--name", default=NAME, help="use this converged topology of the testbed")
    parser.add_argument("--keep", action="store_true", help="leave the hosts running")
    given = parser.parse_args(arguments)
    if given.name == NAME:
        lifecycle.up(topology.load(NAME, Path("assets"), None))
        print("== site.yml on four hosts")
        play(NAME)
    verdicts = measure(Bench(given.name), given.rounds)
    print_table(verdicts)
    if given.name == NAME and not given.keep:
        lifecycle.down(NAME)
    return 0 if all(verdict.holds for verdict in verdicts) else 1


@dataclass
class Pairs:
    """Seconds of ours and of rsync, round by round."""

    ours: list[float] = field(default_factory=list)
    peer: list[float] = field(default_factory=list)

    def verdict(self, what: str, budget: float) -> Verdict:
        """The rounds' median ratio against a budget."""
        ratio = statistics.median(a / b for a, b in zip(self.ours, self.peer, strict=True))
        ours, peer = statistics.median(self.ours), statistics.median(self.peer)
        return Verdict(
            f"{what}: one stage of four servers",
            f"{ratio:.2f} times rsync ({ours:.2f} s against {peer:.2f} s)",
            f"≤ {budget} times",
            ratio <= budget,
        )


def measure(bench: Bench, rounds: int) -> list[Verdict]:
    """All figures; every round begins with empty servers."""
    state = bench.inventory / ".state"
    everything, change = Pairs(), Pairs()
    nothing: list[Rollout] = []
    proofs: list[tuple[float, float]] = []
    with tempfile.TemporaryDirectory(prefix="moztrap-bench-") as temporary:
        print("== making 10,000 files, and a release of which 1 % differs")
        whole = asset_release.make(Path(temporary, "whole"), state, "bench-whole")
        part = asset_release.make(Path(temporary, "part"), state, "bench-part", changed_share=0.01)
        print(f"   {whole.files} files, {whole.bytes / 1e6:.0f} MB")
        bench.on_all("which rsync >/dev/null || apt-get -qq install -y rsync")
        for turn in range(rounds):
            bench.empty()
            compare(bench, f"round {turn + 1}: everything", whole, everything)
            compare(bench, f"round {turn + 1}: 1 % changed", part, change)
            print(f"== round {turn + 1}: nothing changed, and the proof of one server")
            nothing.append(bench.rollout(part.release_id, playbook=SEND))
            naive = bench.naive_rate(part.release_id)
            alone = bench.rollout(part.release_id, "--limit", bench.hosts[0])
            proofs.append((alone.proof_rate, naive))
    bench.empty()
    print("== a whole staged run")
    staged = bench.rollout(whole.release_id)
    bench.empty()
    ratio = statistics.median(ours / naive for ours, naive in proofs)
    rate, naive = (statistics.median(column) for column in zip(*proofs, strict=True))
    idle = statistics.median(run.transfer for run in nothing)
    return [
        everything.verdict("everything", FULL_BUDGET),
        change.verdict("1 % changed", CHANGE_BUDGET),
        Verdict(
            "nothing changed: one stage of four servers",
            f"{idle:.2f} s",
            f"≤ {NOTHING_BUDGET_SECONDS:.0f} s",
            idle <= NOTHING_BUDGET_SECONDS,
        ),
        Verdict(
            "proof over HTTPS",
            f"{ratio:.1f} times http.client ({rate:.0f} against {naive:.0f} requests/s)",
            f"≥ {PROOF_BUDGET:.0f} times",
            ratio >= PROOF_BUDGET,
        ),
        Verdict(
            "the whole staged run: everything, in three stages, with all proofs",
            f"{staged.seconds:.1f} s",
            "",
            True,
        ),
    ]


def compare(bench: Bench, what: str, tree: asset_release.Tree, pairs: Pairs) -> None:
    """One stage of four servers, and rsync to the same four."""
    bench.settle()
    peer = bench.rsync(tree.folder)
    bench.settle()
    ours = bench.rollout(tree.release_id, playbook=SEND)
    pairs.peer.append(peer)
    pairs.ours.append(ours.transfer)
    print(
        f"== {what}: rsync {peer:.2f} s; ours {ours.transfer:.2f} s, "
        f"and with Ansible's start {ours.seconds:.1f} s"
    )


if __name__ == "__main__":
    sys.exit(main())
