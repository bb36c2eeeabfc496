"""People who read pages of a converged site: logging in, percentiles, and the clients' own CPU."""

import json
import resource
import statistics
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.helpers.visitor import Visitor
from tests.helpers.website import Site


def log_in(state: Path) -> Visitor:
    """Log the administrator in at the entrance of the topology with this state directory."""
    described = json.loads((state / "topology.json").read_text())
    entrance = described["hosts"][described["entrance"]]
    visitor = Visitor(Site((state / "url").read_text().strip(), str(state / "ca.pem"), entrance))
    who = json.loads((state / "credentials.json").read_text())
    page = visitor.log_in(who["username"], who["password"])
    if page.status != 200:
        sys.exit(f"The administrator could not log in: {page.describe()}")
    return visitor


def cookie_header(visitor: Visitor) -> str:
    """What a browser with the visitor's cookies sends along."""
    return "; ".join(f"{name}={value}" for name, value in visitor.cookies.items())


def cpu_seconds() -> float:
    """Return the CPU seconds that this process has used."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def p95(seconds: Sequence[float]) -> float:
    """Return the 95th percentile of at least two values."""
    return statistics.quantiles(seconds, n=20, method="inclusive")[-1]
