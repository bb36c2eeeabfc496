"""Ask every kind of page of a large site as thirty people would, and print how long it takes.

    python -m bench.app single [--seconds 180] [--users 30] [--think 2]

The topology must be up and converged (`make demo`). Its site is filled once, by
`manage.py seed_scale`: 20,000 cases, 260,000 case versions, 832,000 steps and 5,000,000
results. The pages are those that links lead to from the front page, grouped by the shape of
their address; forms and downloads are left to others. Budgets: the 95th percentile of each
kind under 300 ms, and no page larger than 200 KB of HTML.
"""

import argparse
import os
import random
import re
import statistics
import sys
import threading
import time
from collections import defaultdict
from dataclasses import dataclass, field
from urllib.parse import urljoin, urlsplit

from bench.reader import cookie_header, cpu_seconds, log_in, p95
from testbed import remote
from tests.helpers.playbook import REPOSITORY
from tests.helpers.visitor import Visitor, links_of
from tests.helpers.website import open_connection

P95_BUDGET_SECONDS = 0.3
SIZE_BUDGET_BYTES = 200_000
# Enough addresses of one kind that no cache answers for all of them.
_PER_KIND = 12
# A crawl goes this many links deep: product, version, case, its history.
_DEPTH = 4
# What is no page to read: forms, downloads, what logs out.
_LEFT_OUT = re.compile(
    r"/(new|edit|delete|copy|clone|enter|import|bulk|export|revoke|undelete|logout|add|fill|merge)/"
    r"|\.(csv|json)|/attachments/|^/(static|media|api|admin|accounts)/|/build/|/progress/"
)


@dataclass
class Kind:
    """Pages whose addresses have one shape, and how they were answered."""

    addresses: list[str] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    largest: int = 0


def main() -> int:
    """Run the benchmark; 0 when every budget holds."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("topology")
    parser.add_argument("--seconds", type=float, default=180)
    parser.add_argument("--users", type=int, default=30)
    parser.add_argument("--think", type=float, default=2.0, help="seconds between two pages")
    given = parser.parse_args()
    state = REPOSITORY / ".testbed" / given.topology
    if not (state / "ca.pem").exists():
        sys.exit(f"{state} is no converged topology: make demo TOPOLOGY={given.topology}")
    visitor = log_in(state)
    # The filter itself stands on the page as well.
    if not re.search(r">\s*Scale 1\s*</a>", visitor.get("/products/?name=Scale").text):
        print("The site is filled first, which takes some minutes.", flush=True)
        remote.manage(given.topology, ["seed_scale"])
    kinds = crawl(visitor)
    print(
        f"{len(kinds)} kinds of pages, {sum(len(k.addresses) for k in kinds.values())} pages",
        flush=True,
    )
    failures, busy = visit(
        visitor, kinds, users=given.users, seconds=given.seconds, think=given.think
    )
    return report(kinds, failures, busy)


def shape(address: str) -> str:
    """The address with its numbers taken out: what kind of page it is."""
    parts = urlsplit(address)
    names = sorted(part.partition("=")[0] for part in parts.query.split("&") if part)
    path = re.sub(r"/\d+", "/N", parts.path)
    return path + (f"?{'&'.join(names)}" if names else "")


def crawl(visitor: Visitor) -> dict[str, Kind]:
    """Follow links from the front page; every address is asked once, which also warms it."""
    kinds: dict[str, Kind] = defaultdict(Kind)
    level, seen = ["/"], {"/"}
    for _ in range(_DEPTH):
        following: list[str] = []
        for address in level:
            page = visitor.get(address)
            if page.status != 200:
                sys.exit(f"A link leads to {address}: {page.describe()}")
            if not (page.header("Content-Type") or "").startswith("text/html"):
                continue
            # Where a link leads on, the page at its end is what people read.
            final = visitor.path_of(page.url)
            if final not in kinds[shape(final)].addresses:
                kinds[shape(final)].addresses.append(final)
            for link in links_of(page):
                target = urljoin(page.url, link).partition("#")[0]
                if urlsplit(target).netloc != urlsplit(page.url).netloc:
                    continue
                path = visitor.path_of(target)
                if path in seen or _LEFT_OUT.search(path):
                    continue
                seen.add(path)
                following.append(path)
        random.Random(1).shuffle(following)  # noqa: S311 the same in every run
        counted: dict[str, int] = defaultdict(int)
        level = []
        for path in following:
            kind = shape(path)
            counted[kind] += 1
            if len(kinds[kind].addresses) + counted[kind] <= _PER_KIND:
                level.append(path)
    return {kind: pages for kind, pages in kinds.items() if pages.addresses}


def visit(
    visitor: Visitor, kinds: dict[str, Kind], *, users: int, seconds: float, think: float
) -> tuple[list[str], float]:
    """Let people read; return what failed, and how much of a core the clients took."""
    failures: list[str] = []
    lock = threading.Lock()
    end = time.monotonic() + seconds
    cookie = cookie_header(visitor)

    def read(number: int) -> None:
        chance = random.Random(number)  # noqa: S311 the same in every run
        connection = open_connection(visitor.site)
        time.sleep(chance.uniform(0, think))
        while time.monotonic() < end:
            kind = kinds[chance.choice(sorted(kinds))]
            address = chance.choice(kind.addresses)
            begin = time.monotonic()
            try:
                connection.request("GET", address, headers={"Cookie": cookie})
                answer = connection.getresponse()
                body = answer.read()
            except OSError as error:
                with lock:
                    failures.append(f"{address}: {error!r}")
                connection.close()
                continue
            took = time.monotonic() - begin
            with lock:
                kind.seconds.append(took)
                kind.largest = max(kind.largest, len(body))
                if answer.status != 200:
                    failures.append(f"{address}: {answer.status}")
            time.sleep(chance.uniform(0.5, 1.5) * think)
        connection.close()

    people = [threading.Thread(target=read, args=(number,)) for number in range(users)]
    before, begin = cpu_seconds(), time.monotonic()
    for person in people:
        person.start()
    for person in people:
        person.join()
    return failures, (cpu_seconds() - before) / (time.monotonic() - begin)


def report(kinds: dict[str, Kind], failures: list[str], busy: float) -> int:
    """Print a table, the slowest first; 1 when a budget does not hold."""
    asked = {name: kind for name, kind in kinds.items() if len(kind.seconds) > 1}
    print(f"\n{'kind of page':<46}{'asked':>6}{'median ms':>11}{'p95 ms':>8}{'most KB':>9}")
    slow = 0
    for name, kind in sorted(asked.items(), key=lambda item: -p95(item[1].seconds)):
        late = p95(kind.seconds) > P95_BUDGET_SECONDS or kind.largest > SIZE_BUDGET_BYTES
        slow += late
        print(
            f"{name:<46}{len(kind.seconds):>6}{statistics.median(kind.seconds) * 1000:>11.0f}"
            f"{p95(kind.seconds) * 1000:>8.0f}{kind.largest / 1000:>9.0f}"
            f"{'  DOES NOT HOLD' if late else ''}"
        )
    every = [took for kind in asked.values() for took in kind.seconds]
    print(
        f"\n{len(every)} pages, p95 {p95(every) * 1000:.0f} ms in all; {len(failures)} failed; "
        f"the clients took {busy:.0%} of one of {os.cpu_count()} cores\n"
        f"budgets: p95 {P95_BUDGET_SECONDS * 1000:.0f} ms, {SIZE_BUDGET_BYTES // 1000} KB of HTML"
    )
    for failure in failures[:10]:
        print(f"  {failure}")
    return 1 if slow or failures else 0


if __name__ == "__main__":
    sys.exit(main())
