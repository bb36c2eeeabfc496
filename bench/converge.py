"""Bare host to verified site, against one shell script that does the same work.

`make bench-converge` prints four figures and ends with 1 when one is out of its budget:

- the first run of `site.yml` on a bare host, as a ratio to `converge_baseline.sh` on
  another bare host of the same image (budget: 1.3);
- a second run: changes (0) and seconds (40);
- a run over planted drift: what it repaired, and that the next run changes nothing.
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.ansible_run import Run, play
from bench.drift import DRIFT
from testbed import lifecycle, topology
from testbed.paths import CHECKOUT, state_directory

RATIO_BUDGET = 1.3
SECOND_RUN_BUDGET_SECONDS = 40.0
BASELINE = Path(__file__).with_name("converge_baseline.sh")


@dataclass(frozen=True)
class Verdict:
    """One figure, its budget and whether it holds."""

    name: str
    figure: str
    budget: str
    holds: bool


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print the table, and say by the exit code whether every budget holds."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--pairs", type=int, default=1, help="how often to time both (median)")
    parser.add_argument("--keep", action="store_true", help="leave the converged host running")
    given = parser.parse_args(arguments)

    script_seconds: list[float] = []
    first_runs: list[Run] = []
    for turn in range(given.pairs):
        print(f"== pair {turn + 1} of {given.pairs}: the shell script")
        script_seconds.append(time_script())
        print(f"   {script_seconds[-1]:.1f} s\n== pair {turn + 1}: site.yml on a bare host")
        fresh_host("bench-site")
        first_runs.append(play("bench-site"))
        print(f"   {first_runs[-1].seconds:.1f} s")
    verdicts = [judge_ratio(first_runs, script_seconds), *judge_later_runs()]
    print_table(verdicts)
    if not given.keep:
        lifecycle.down("bench-site")
    return 0 if all(verdict.holds for verdict in verdicts) else 1


def fresh_host(name: str) -> None:
    """A bare host with nothing kept of an earlier one."""
    lifecycle.down(name)
    lifecycle.up(topology.load(name, Path("single"), None))


def time_script() -> float:
    """Seconds that the shell script takes on a bare host, shipping the source included."""
    name = "bench-script"
    fresh_host(name)
    url = (state_directory(name) / "url").read_text().strip()
    address = url.removeprefix("https://").rstrip("/")
    ssh = ["ssh", "-F", str(state_directory(name) / "ssh_config"), "moztrap"]
    with tempfile.TemporaryDirectory() as folder:
        archive = Path(folder) / "source.tar"
        subprocess.run(
            ["git", "archive", "--output", archive, "HEAD:app"], cwd=CHECKOUT, check=True
        )
        begin = time.monotonic()
        with archive.open("rb") as stream:
            subprocess.run([*ssh, "cat > /srv/source.tar"], stdin=stream, check=True)
        with BASELINE.open("rb") as stream:
            subprocess.run([*ssh, f"bash -s {address} /srv/source.tar"], stdin=stream, check=True)
        seconds = time.monotonic() - begin
    lifecycle.down(name)
    return seconds


def judge_ratio(runs: Sequence[Run], script: Sequence[float]) -> Verdict:
    """The pairs' median ratio."""
    ratio = statistics.median(run.seconds / peer for run, peer in zip(runs, script, strict=True))
    site, peer = (statistics.median([run.seconds for run in runs]), statistics.median(script))
    return Verdict(
        "bare host to verified site",
        f"{ratio:.2f} times ({site:.0f} s against {peer:.0f} s)",
        f"≤ {RATIO_BUDGET} times",
        ratio <= RATIO_BUDGET,
    )


def judge_later_runs() -> list[Verdict]:
    """A second run, a run over drift, and one after it."""
    print("== second run")
    second = play("bench-site", show_tasks=True)
    verdicts = [
        Verdict("second run: changes", str(second.changed), "0", second.changed == 0),
        Verdict(
            "second run: time",
            f"{second.seconds:.1f} s, {second.tasks} tasks",
            f"≤ {SECOND_RUN_BUDGET_SECONDS:.0f} s",
            second.seconds <= SECOND_RUN_BUDGET_SECONDS,
        ),
    ]
    print("== planting drift")
    ssh = ["ssh", "-F", str(state_directory("bench-site") / "ssh_config"), "moztrap"]
    for drift in DRIFT:
        subprocess.run([*ssh, drift.plant], check=True)
    repair = play("bench-site")
    for drift in DRIFT:
        found = subprocess.run([*ssh, drift.proof], check=False).returncode == 0
        verdicts.append(
            Verdict(
                f"drift: {drift.name}", "repaired" if found else "still there", "repaired", found
            )
        )
    verdicts.append(
        Verdict("drift: time", f"{repair.seconds:.1f} s, {repair.changed} changes", "", True)
    )
    after = play("bench-site")
    verdicts.append(
        Verdict("after the repair: changes", str(after.changed), "0", after.changed == 0)
    )
    return verdicts


def print_table(verdicts: Sequence[Verdict]) -> None:
    """A line a figure, the verdict last."""
    widths = [
        max(len(row) for row in column)
        for column in zip(*((v.name, v.figure, v.budget) for v in verdicts), strict=True)
    ]
    print()
    for verdict in verdicts:
        cells = (verdict.name, verdict.figure, verdict.budget)
        line = "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
        print(f"{line}  {'holds' if verdict.holds else 'DOES NOT HOLD'}")


if __name__ == "__main__":
    sys.exit(main())
