"""Work in bulk on a site, and what single requests hold in memory.

    python -m bench.bulk single

The topology must be up and converged (`make demo`), best after `make bench-app` has filled it.
A program activates a run of 5,000 cases in 10 environments (budget: 2 s) and copies a version
of 10,000 cases (5 s), both by one request of the API. Then the same lists, exports and
endpoints are asked about a run of 5,000 cells and one of 50,000, and the highest memory of the
application's processes is read after each: that of the large run may be 16 MB higher, no more.
"""

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from bench.converge import Verdict, print_table
from bench.program import Bench, Program, connector, prepared, token_of, verdict
from bench.reader import log_in
from testbed.ssh import Access
from tests.helpers.playbook import REPOSITORY
from tests.helpers.visitor import Visitor

ACTIVATE_BUDGET_SECONDS = 2.0
COPY_BUDGET_SECONDS = 5.0
GROWTH_BUDGET_MEGABYTES = 16.0
LARGE = (5_000, 10)
# More than is read at a time, so that what grows is what is kept.
SMALL = (500, 10)
COPIED = 10_000
IN_BULK = 5_000
PAGES = (
    "/runs/{run}/",
    "/runs/{run}/tests/",
    "/runs/{run}/cases/",
    "/runs/{run}/results/",
    "/runs/{run}/testers/",
    "/runs/{run}/results.csv",
    "/runs/{run}/results.json",
    "/cases/export/csv/?product={product}",
    "/cases/export/json/?product={product}",
)
ENDPOINTS = ("/api/v1/runs/{run}/cells/", "/api/v1/runs/{run}/results/")
# Forget how much each process has held at most; then tell it.
FORGET = "for p in $(pgrep --uid moztrap); do echo 5 > /proc/$p/clear_refs; done"
TELL = "for p in $(pgrep --uid moztrap); do grep VmHWM /proc/$p/status; done"


class Memory:
    """The processes of the application on the one host of a topology."""

    def __init__(self, state: Path, host: str) -> None:
        self._access, self._host = Access(state), host

    def forget(self) -> None:
        """Begin anew."""
        self._access.run(self._host, FORGET)

    def highest(self) -> float:
        """Return the most that one process has held since, in MB."""
        told = self._access.run(self._host, TELL).stdout
        return max(int(line.split()[1]) for line in told.splitlines()) / 1024


@contextmanager
def timed_copy(program: Program) -> Iterator[float]:
    """Yield how many seconds it took to copy a version of many cases."""
    with prepared(program, COPIED, 1) as bench:
        began = time.monotonic()
        body = {"product": bench.product, "version": "2", "copy_from": bench.version}
        program.ask("POST", "/api/v1/productversions/", body)
        yield time.monotonic() - began


def fill(program: Program, bench: Bench) -> None:
    """Record a result in every cell."""
    for start in range(0, len(bench.cells), IN_BULK):
        cells = bench.cells[start : start + IN_BULK]
        body = {"results": [verdict(cell, number) for number, cell in enumerate(cells)]}
        program.ask("POST", f"/api/v1/runs/{bench.run}/results/", body, retry=True)


def growth(visitor: Visitor, program: Program, memory: Memory, benches: Sequence[Bench]) -> float:
    """Print the highest memory after each request, and return by how much it grew at most."""
    print(f"\n{'request':<42}{'MB, small run':>15}{'MB, large run':>15}")
    worst = 0.0
    for path in (*PAGES, *ENDPOINTS):
        held = []
        for bench in benches:
            memory.forget()
            address = path.format(run=bench.run, product=bench.product)
            if path in ENDPOINTS:
                # The site has closed what idled meanwhile.
                program.close()
                program.ask("GET", address)
            else:
                page = visitor.get(address)
                if page.status != 200:
                    sys.exit(page.describe())
            held.append(memory.highest())
        worst = max(worst, held[1] - held[0])
        print(f"{path:<42}{held[0]:>15.1f}{held[1]:>15.1f}", flush=True)
    print()
    return worst


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark; 0 when every budget holds."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("topology")
    given = parser.parse_args(arguments)
    state = REPOSITORY / ".testbed" / given.topology
    if not (state / "ca.pem").exists():
        sys.exit(f"{state} is no converged topology: make demo TOPOLOGY={state.name}")
    visitor = log_in(state)
    with ExitStack() as stack:
        program = Program(connector(visitor.site), stack.enter_context(token_of(visitor)))
        stack.callback(program.close)
        copied = stack.enter_context(timed_copy(program))
        small = stack.enter_context(prepared(program, *SMALL))
        large = stack.enter_context(prepared(program, *LARGE))
        for bench in (small, large):
            fill(program, bench)
        memory = Memory(state, visitor.site.address)
        grown = growth(visitor, program, memory, (small, large))
        program.close()
    activated = large.seconds_to_activate
    verdicts = [
        Verdict(
            f"activate {LARGE[0]:,} cases in {LARGE[1]} environments",
            f"{activated:.2f} s",
            f"{ACTIVATE_BUDGET_SECONDS:g} s",
            activated <= ACTIVATE_BUDGET_SECONDS,
        ),
        Verdict(
            f"copy a version of {COPIED:,} cases",
            f"{copied:.2f} s",
            f"{COPY_BUDGET_SECONDS:g} s",
            copied <= COPY_BUDGET_SECONDS,
        ),
        Verdict(
            "memory for ten times the rows",
            f"{grown:+.1f} MB",
            f"{GROWTH_BUDGET_MEGABYTES:g} MB",
            grown <= GROWTH_BUDGET_MEGABYTES,
        ),
    ]
    print_table(verdicts)
    return 0 if all(each.holds for each in verdicts) else 1


if __name__ == "__main__":
    sys.exit(main())
