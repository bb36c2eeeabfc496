"""A program that uses the API of a converged site: what it makes there, and takes away again."""

import http.client
import itertools
import json
import re
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.helpers.load import Target, connect
from tests.helpers.visitor import Visitor
from tests.helpers.website import Site

TOKENS = "/accounts/tokens/"

Connect = Callable[[], http.client.HTTPConnection]


class RefusedError(RuntimeError):
    """The site answered with something else than was expected."""


@dataclass
class Program:
    """Asks the API over one connection that is kept as long as the site keeps it."""

    connect: Connect
    token: str
    # Writes that lost to another one, and were sent again.
    lost: int = 0
    _connection: http.client.HTTPConnection | None = field(default=None, repr=False)

    def ask(self, method: str, path: str, body: Any = None, *, retry: bool = False) -> Any:
        """Send one request and return what it answered; raise RefusedError.

        With ``retry``, a write that lost to another one is sent until it is taken.
        """
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        content = None if body is None else json.dumps(body).encode()
        while True:
            status, answer = self.send(method, path, content, headers)
            if status == http.client.SERVICE_UNAVAILABLE and retry:
                self.lost += 1
                continue
            if status >= http.client.BAD_REQUEST:
                raise RefusedError(f"{method} {path}: {status} {answer[:500]!r}")
            return json.loads(answer)

    def send(
        self, method: str, path: str, content: bytes | None, headers: dict[str, str]
    ) -> tuple[int, bytes]:
        """Send one request and return status and body."""
        if self._connection is None:
            self._connection = self.connect()
        self._connection.request(method, path, content, headers)
        answer = self._connection.getresponse()
        return answer.status, answer.read()

    def every(self, path: str) -> Iterator[Any]:
        """Yield the rows of a list, page by page."""
        for offset in itertools.count(0, 1000):
            mark = "&" if "?" in path else "?"
            page = self.ask("GET", f"{path}{mark}limit=1000&offset={offset}")
            yield from page["results"]
            if page["next"] is None:
                return

    def close(self) -> None:
        """Close the connection; the next request opens another."""
        if self._connection is not None:
            self._connection.close()


@dataclass(frozen=True)
class Bench:
    """What results are recorded in."""

    product: int
    version: int
    run: int
    cells: list[tuple[int, int]]
    seconds_to_activate: float


@contextmanager
def prepared(program: Program, cases: int, environments: int) -> Iterator[Bench]:
    """Make a product with an active run, and take all of it away in the end."""
    name = f"bench-{time.time_ns()}"
    ask = program.ask
    category = ask("POST", "/api/v1/categories/", {"name": name})["id"]
    elements = [
        ask("POST", "/api/v1/elements/", {"category": category, "name": f"{name}-{number}"})["id"]
        for number in range(environments)
    ]
    profile = ask("POST", "/api/v1/profiles/", {"name": name, "elements": elements})
    product = ask("POST", "/api/v1/products/", {"name": name})["id"]
    try:
        body: dict[str, Any] = {"product": product, "version": "1", "profile": profile["id"]}
        version = ask("POST", "/api/v1/productversions/", body)["id"]
        steps = [{"instruction": f"Step {number}."} for number in range(3)]
        for start in range(0, cases, 1000):
            numbers = range(start, min(start + 1000, cases))
            drafts = [{"name": f"Case {number}", "steps": steps} for number in numbers]
            ask("POST", "/api/v1/cases/bulk/", {"productversion": version, "cases": drafts})
        suite = ask("POST", "/api/v1/suites/", {"product": product, "name": name})["id"]
        ids = [row["id"] for row in program.every(f"/api/v1/cases/?product={product}&sort=id")]
        ask("PUT", f"/api/v1/suites/{suite}/cases/", {"cases": ids})
        body = {"productversion": version, "name": name, "suites": [suite]}
        run = ask("POST", "/api/v1/runs/", body)["id"]
        began = time.monotonic()
        ask("POST", f"/api/v1/runs/{run}/activate/")
        took = time.monotonic() - began
        rows = program.every(f"/api/v1/runs/{run}/cells/")
        cells = [(row["case"], row["environment"]) for row in rows]
        yield Bench(product, version, run, cells, took)
    finally:
        ask("DELETE", f"/api/v1/products/{product}/")
        ask("DELETE", f"/api/v1/profiles/{profile['id']}/")
        for environment in profile["environments"]:
            ask("DELETE", f"/api/v1/environments/{environment}/")
        for element in elements:
            ask("DELETE", f"/api/v1/elements/{element}/")
        ask("DELETE", f"/api/v1/categories/{category}/")


def verdict(cell: tuple[int, int], number: int) -> dict[str, Any]:
    """Return a result as a test runner sends it; one in ten fails."""
    case, environment = cell
    result: dict[str, Any] = {
        "case": case,
        "environment": environment,
        "status": "passed",
        "duration": number % 60,
    }
    if number % 10 == 0:
        result |= {"status": "failed", "comment": "Expected 200, got 500."}
    return result


@contextmanager
def token_of(visitor: Visitor) -> Iterator[str]:
    """Make a token on the pages, as a person does, and revoke it in the end."""
    wanted = {"name": "bench", "scope": "write", "days": "7"}
    page = visitor.submit(visitor.get(TOKENS), wanted)
    found = re.search(r"mzt_[\w-]+", page.text)
    if found is None:
        raise RefusedError(f"no token came of {wanted}: {page.describe()}")
    try:
        yield found[0]
    finally:
        # The newest stands first.
        visitor.submit(visitor.get(TOKENS), {}, to="/revoke/")


def connector(site: Site) -> Connect:
    """Return what opens connections to a site; they reach it again when it closes them."""
    target = Target(site.address, site.server_name, site.ca_file, site.port, 120)
    context = ssl.create_default_context(cafile=target.ca_path)

    class Connection(http.client.HTTPSConnection):
        def connect(self) -> None:
            self.sock = connect(target, context)

    return lambda: Connection(target.server_name, target.port, timeout=120)
