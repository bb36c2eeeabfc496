"""Release, go back and release again under load, and count the requests that failed.

    python -m bench.release single|multi|…

The topology must be up and converged (`make demo TOPOLOGY=multi`). Clients with kept and
with fresh connections ask for pages and assets through the site's entrance until at least
10,000 requests were answered while something changed. The budget is 0 failed.
"""

import argparse
import json
import re
import sys
import tempfile
import time
from pathlib import Path

from tests.helpers.load import LOGIN, Page, Report, load_of
from tests.helpers.playbook import REPOSITORY, Run, run_playbook
from tests.helpers.source import copy_source
from tests.helpers.website import Site

FEWEST_REQUESTS = 10_000
RELEASE, ROLLBACK = "playbooks/release.yml", "playbooks/rollback.yml"


def main() -> int:
    """Run the benchmark; 0 when no request failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("topology")
    state = REPOSITORY / ".testbed" / parser.parse_args().topology
    if not (state / "ca.pem").exists():
        sys.exit(f"{state} is no converged topology: make demo TOPOLOGY={state.name}")
    with tempfile.TemporaryDirectory() as temporary:
        changed = copy_source(Path(temporary))
        changed.restyle(f"bench-{int(time.time())}")
        story: tuple[tuple[str, str, list[str]], ...] = (
            ("release", RELEASE, changed.arguments),
            ("rollback", ROLLBACK, []),
            ("release again, kept", RELEASE, changed.arguments),
        )
        rows, report = under_load(state, story)
    print(f"\n{'what':<22}{'seconds':>9}{'changed':>9}")
    for name, run, seconds in rows:
        if run.status:
            sys.exit(f"{name}: {run.explain()}")
        print(f"{name:<22}{seconds:>9.1f}{run.changed:>9}")
    shown = ", ".join(f"{name} {number}" for name, number in report.deployments.items())
    print(
        f"\n{report.requests} requests in {report.seconds:.0f} s over kept and fresh connections: "
        f"{report.failed} failed (budget: 0 of at least {FEWEST_REQUESTS}); "
        f"{report.retried_after_idle_close} sent again after an idle close; slowest "
        f"{report.slowest:.2f} s\nanswered by {shown}"
    )
    for failure in report.failures:
        print(f"  {failure}")
    return 1 if report.failed or report.requests < FEWEST_REQUESTS else 0


def under_load(
    state: Path, story: tuple[tuple[str, str, list[str]], ...]
) -> tuple[list[tuple[str, Run, float]], Report]:
    """Run the playbooks while clients ask."""
    described = json.loads((state / "topology.json").read_text())
    entrance = described["hosts"][described["entrance"]]
    site = Site((state / "url").read_text().strip(), str(state / "ca.pem"), entrance)
    sheets = re.findall(r'href="(/static/[^"]+\.css)"', site.get(LOGIN).text)
    load = load_of(site, *(Page(sheet) for sheet in sheets), kept=6, pause=0.01, timeout=15)
    rows = []
    load.start()
    try:
        for name, playbook, arguments in story:
            print(f"{name} …", flush=True)
            began = time.monotonic()
            run = run_playbook(
                state / "inventory", "-e", "release_dirty=true", *arguments, playbook=playbook
            )
            rows.append((name, run, time.monotonic() - began))
        deadline = time.monotonic() + 120
        while load.requests < FEWEST_REQUESTS and time.monotonic() < deadline:
            time.sleep(0.5)
    finally:
        report = load.stop()
    return rows, report


if __name__ == "__main__":
    sys.exit(main())
