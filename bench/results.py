"""How many results a second a site takes: 5,000 in a request, and one in a request.

    python -m bench.results single|multi|…

The topology must be up and converged (`make demo`). A program with a token of the
administrator makes a product, cases, a run and its cells through the API, records results
in them, and takes everything away again. Beside each figure stands what the same clients
get of `/healthz` in the same run: the site without the application's work. The budgets are
2,000 results a second in bulk, and 200 one by one.
"""

import argparse
import http.client
import sys
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from bench.converge import Verdict, print_table
from bench.program import (
    Bench,
    Connect,
    Program,
    RefusedError,
    connector,
    prepared,
    token_of,
    verdict,
)
from bench.reader import log_in
from tests.helpers.playbook import REPOSITORY

BULK_BUDGET = 2_000
ALONE_BUDGET = 200
HEALTH = "/healthz"
ENVIRONMENTS = 4
IN_BULK = 5_000
CLIENTS = 4


@dataclass(frozen=True)
class Rate:
    """How often something was done, and how long that took everybody and the clients' own CPU."""

    count: int
    seconds: float
    own_seconds: float

    @property
    def per_second(self) -> float:
        """How often in a second."""
        return self.count / self.seconds

    def __str__(self) -> str:
        """Return it as a line of the table has it."""
        own = self.own_seconds / self.seconds
        return f"{self.per_second:,.0f}/s (clients' own CPU {own:.0%})"


def timed(work: Iterable[Callable[[], int]]) -> Rate:
    """Let every client do its work at once; raise what any of them met.

    A client that has had nothing to do for a while begins on a fresh connection
    (`Program.close`): the site closes those that idle.
    """
    counts: list[int] = []
    problems: list[BaseException] = []

    def do(each: Callable[[], int]) -> None:
        try:
            counts.append(each())
        except BaseException as error:
            problems.append(error)

    threads = [threading.Thread(target=do, args=(each,)) for each in work]
    began, own = time.monotonic(), time.process_time()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds, own_seconds = time.monotonic() - began, time.process_time() - own
    if problems:
        raise problems[0]
    return Rate(sum(counts), seconds, own_seconds)


def floor(programs: Sequence[Program], requests: int) -> Rate:
    """Ask for the site's health, over and over."""

    def work(program: Program) -> Callable[[], int]:
        def do() -> int:
            program.close()
            for _ in range(requests):
                status, answer = program.send("GET", HEALTH, None, {})
                if status != http.client.OK:
                    raise RefusedError(f"GET {HEALTH}: {status} {answer[:200]!r}")
            return requests

        return do

    return timed(work(program) for program in programs)


def in_bulk(program: Program, bench: Bench, requests: int) -> Rate:
    """Record thousands of results in each request."""
    bodies = [
        {
            "results": [
                verdict(bench.cells[(start + number) % len(bench.cells)], number)
                for number in range(IN_BULK)
            ]
        }
        for start in range(0, requests * IN_BULK, IN_BULK)
    ]

    def work() -> int:
        path = f"/api/v1/runs/{bench.run}/results/"
        return sum(int(program.ask("POST", path, body, retry=True)["recorded"]) for body in bodies)

    return timed([work])


def one_by_one(programs: Sequence[Program], bench: Bench, requests: int) -> Rate:
    """Record one result in each request; each client has cells of its own."""

    def work(program: Program, place: int) -> Callable[[], int]:
        mine = bench.cells[place :: len(programs)]

        def do() -> int:
            program.close()
            path = f"/api/v1/runs/{bench.run}/results/"
            for number in range(requests):
                body = {"results": [verdict(mine[number % len(mine)], number)]}
                program.ask("POST", path, body, retry=True)
            return requests

        return do

    return timed(work(program, place) for place, program in enumerate(programs))


def measure(connecting: Connect, token: str, *, cases: int, bulk: int, alone: int) -> list[Verdict]:
    """Return every figure beside its floor; the site is left as it was."""
    programs = [Program(connecting, token) for _ in range(CLIENTS)]
    first = programs[0]
    try:
        with prepared(first, cases, ENVIRONMENTS) as bench:
            print(f"{len(bench.cells):,} cells in run {bench.run}")
            floors = [floor(programs[:1], alone * 2), floor(programs, alone * 2)]
            bulk_rate = in_bulk(first, bench, bulk)
            single = one_by_one(programs[:1], bench, alone)
            several = one_by_one(programs, bench, alone)
            recorded = bulk_rate.count + single.count + several.count
            progress = first.ask("GET", f"/api/v1/runs/{bench.run}/")["progress"]
    finally:
        for program in programs:
            program.close()
    lost = sum(program.lost for program in programs)
    print(f"{recorded:,} results recorded, {lost:,} sent again; {progress['percent']} % complete")
    return [
        Verdict(f"{HEALTH}, 1 client", str(floors[0]), "a floor", True),
        Verdict(f"{HEALTH}, {CLIENTS} clients", str(floors[1]), "a floor", True),
        Verdict(
            f"in bulk, {IN_BULK:,} each",
            str(bulk_rate),
            f"{BULK_BUDGET:,}/s",
            bulk_rate.per_second >= BULK_BUDGET,
        ),
        Verdict("one by one, 1 client", str(single), "told", True),
        Verdict(
            f"one by one, {CLIENTS} clients",
            str(several),
            f"{ALONE_BUDGET:,}/s",
            several.per_second >= ALONE_BUDGET,
        ),
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark; 0 when every budget holds."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("topology")
    parser.add_argument("--cases", type=int, default=1250, help=f"each in {ENVIRONMENTS} places")
    parser.add_argument("--bulk", type=int, default=4, help=f"requests of {IN_BULK:,} results")
    parser.add_argument("--alone", type=int, default=500, help="requests of each client")
    given = parser.parse_args(arguments)
    state = REPOSITORY / ".testbed" / given.topology
    if not (state / "ca.pem").exists():
        sys.exit(f"{state} is no converged topology: make demo TOPOLOGY={state.name}")
    visitor = log_in(state)
    with token_of(visitor) as token:
        connecting = connector(visitor.site)
        verdicts = measure(connecting, token, cases=given.cases, bulk=given.bulk, alone=given.alone)
    print_table(verdicts)
    return 0 if all(each.holds for each in verdicts) else 1


if __name__ == "__main__":
    sys.exit(main())
