"""What each WSGI server, web server and cache costs and gives, against the default.

    python -m bench.options single [--seconds 20] [--clients 4]

The topology must be one converged host (`make demo`). It is switched to one choice after the
other, and back; with each, clients that never pause ask for the same three pages of somebody
who is logged in. The default is measured first and last: what differs between those two is
the machine's noise. Memory is what all processes of the servers and the cache hold (PSS).
"""

import argparse
import json
import os
import statistics
import sys
import threading
import time
from dataclasses import dataclass
from typing import Any

from bench.ansible_run import play
from bench.reader import cookie_header, cpu_seconds, log_in, p95
from testbed.ssh import Access
from tests.helpers import chosen
from tests.helpers.playbook import REPOSITORY
from tests.helpers.visitor import Visitor
from tests.helpers.website import open_connection

PAGES = ("/products/", "/cases/", "/runs/")
WARMING_SECONDS = 3.0
DEFAULT = "apache, mod_wsgi, memcached"
_GUNICORN = {"moztrap_wsgi_server": "gunicorn"}
CHOICES: tuple[tuple[str, dict[str, Any]], ...] = (
    (DEFAULT, {}),
    ("memcached by pymemcache", {"moztrap_memcached_client": "pymemcache"}),
    ("redis", {"moztrap_cache_backend": "redis"}),
    ("file", {"moztrap_cache_backend": "file"}),
    ("database", {"moztrap_cache_backend": "database"}),
    ("apache, gunicorn", _GUNICORN),
    ("nginx, gunicorn", {**_GUNICORN, "moztrap_web_server": "nginx"}),
    (DEFAULT, {}),
)
# The sum of the processes of these units, in kilobytes.
_MEMORY = r"""
units='apache2|nginx|moztrap-application@[^/]*|moztrap-gunicorn@[^/]*|memcached|redis-server'
for process in /proc/[0-9]*; do
    grep -qsE "/($units)\.service" "$process/cgroup" || continue
    sed -n 's/^Pss: *\([0-9]*\) kB/\1/p' "$process/smaps_rollup" 2> /dev/null
done | awk '{ sum += $1 } END { print sum + 0 }'
"""


@dataclass(frozen=True)
class Measure:
    """What the clients got of one choice."""

    name: str
    seconds: list[float]
    failed: int
    elapsed: float
    own_cpu: float
    memory_kilobytes: int

    @property
    def per_second(self) -> float:
        """Pages a second."""
        return len(self.seconds) / self.elapsed


def main() -> int:
    """Measure every choice, print the table; 0 when no page failed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("topology")
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--clients", type=int, default=4)
    given = parser.parse_args()
    state = REPOSITORY / ".testbed" / given.topology
    if not (state / "ca.pem").exists():
        sys.exit(f"{state} is no converged topology: make demo TOPOLOGY={given.topology}")
    hosts = list(json.loads((state / "topology.json").read_text())["hosts"])
    if len(hosts) != 1:
        sys.exit(f"{given.topology} has {len(hosts)} hosts; a folder as cache needs a single one")
    visitor = log_in(state)
    found = []
    try:
        for name, variables in CHOICES:
            chosen.choose(state / "inventory", variables)
            print(f"Switching to: {name}", flush=True)
            play(given.topology, "-e", "release_dirty=true")
            read(visitor, name, clients=given.clients, seconds=WARMING_SECONDS, memory=0)
            memory = int(Access(state).run(hosts[0], _MEMORY).stdout)
            found.append(
                read(visitor, name, clients=given.clients, seconds=given.seconds, memory=memory)
            )
    finally:
        chosen.forget(state / "inventory")
    return report(found)


def read(visitor: Visitor, name: str, *, clients: int, seconds: float, memory: int) -> Measure:
    """Ask for the pages in turn, without a pause, on kept connections."""
    took: list[float] = []
    failures: list[str] = []
    cookie = {"Cookie": cookie_header(visitor)}
    end = time.monotonic() + seconds

    def ask(first: int) -> None:
        connection = open_connection(visitor.site)
        turn = first
        while time.monotonic() < end:
            page = PAGES[turn % len(PAGES)]
            turn += 1
            begin = time.monotonic()
            try:
                connection.request("GET", page, headers=cookie)
                answer = connection.getresponse()
                body = answer.read()
            except OSError as error:
                failures.append(f"{page}: {error!r}")
                connection.close()
                continue
            took.append(time.monotonic() - begin)
            if answer.status != 200 or b"</html>" not in body:
                failures.append(f"{page}: {answer.status}")
        connection.close()

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(clients)]
    own, begin = cpu_seconds(), time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    elapsed = time.monotonic() - begin
    for failure in failures[:5]:
        print(f"  {failure}")
    return Measure(name, took, len(failures), elapsed, (cpu_seconds() - own) / elapsed, memory)


def report(found: list[Measure]) -> int:
    """Print a line for each; ratios are to the mean of the two measures of the default."""
    defaults = [each for each in found if each.name == DEFAULT]
    rate = statistics.fmean(each.per_second for each in defaults)
    print(
        f"\n{'choice':<30}{'pages/s':>9}{'ratio':>7}{'median ms':>11}{'p95 ms':>8}"
        f"{'memory MB':>11}{'failed':>8}{'own CPU':>9}"
    )
    for each in found:
        print(
            f"{each.name:<30}{each.per_second:>9.1f}{each.per_second / rate:>7.2f}"
            f"{statistics.median(each.seconds) * 1000:>11.0f}{p95(each.seconds) * 1000:>8.0f}"
            f"{each.memory_kilobytes / 1000:>11.0f}{each.failed:>8}{each.own_cpu:>9.0%}"
        )
    print(f"\n{len(PAGES)} pages in turn, {os.cpu_count()} cores for clients and site together")
    return 1 if any(each.failed for each in found) else 0


if __name__ == "__main__":
    sys.exit(main())
