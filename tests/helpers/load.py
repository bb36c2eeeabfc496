"""Load a site over HTTPS, with kept and with fresh connections, and count what fails.

A request fails when its status or body is wrong, when it takes too long, or when the
connection breaks. One exception, as browsers make it: a request on a kept connection
that the server had closed while idle is sent once more, on a fresh one.

    python -m tests.helpers.load --address 198.19.1.10 --server-name moztrap.test \\
        --ca ca.pem --requests 10000 --path /healthz --path /accounts/login/=csrfmiddlewaretoken
"""

from __future__ import annotations

import argparse
import http.client
import json
import socket
import ssl
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field

from tests.helpers.website import Site

DEPLOYMENT_HEADER = "X-MozTrap-Deployment"
LOGIN = "/accounts/login/"
# While something is done that takes a minute.
FEWEST_REQUESTS = 500
# A connection closed before the first byte of an answer.
CLOSED_WHILE_IDLE = (
    http.client.RemoteDisconnected,
    ConnectionResetError,
    BrokenPipeError,
    ssl.SSLEOFError,
    ssl.SSLZeroReturnError,
)


@dataclass(frozen=True)
class Page:
    """A path to ask for, and what its body must contain."""

    path: str
    must_contain: bytes = b""
    status: int = 200


@dataclass(frozen=True)
class Target:
    """The server under load."""

    address: str
    server_name: str
    ca_path: str
    port: int = 443
    timeout: float = 15


@dataclass
class Report:
    """What happened."""

    requests: int = 0
    retried_after_idle_close: int = 0
    seconds: float = 0.0
    slowest: float = 0.0
    failures: list[str] = field(default_factory=list)
    failed: int = 0
    deployments: dict[str, int] = field(default_factory=dict)

    def as_json(self) -> str:
        """For machines, and for people who want all of it."""
        return json.dumps(asdict(self), indent=1, sort_keys=True)


class Load:
    """Clients that ask until they are told to stop."""

    def __init__(
        self,
        target: Target,
        pages: list[Page],
        *,
        kept: int = 6,
        fresh: int = 2,
        pause: float = 0.0,
    ) -> None:
        self._target = target
        self._pages = pages
        self._pause = pause
        self._context = ssl.create_default_context(cafile=target.ca_path)
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._report = Report()
        self._began = time.monotonic()
        self._clients = [
            threading.Thread(target=self._run, args=(index, index < kept), daemon=True)
            for index in range(kept + fresh)
        ]

    def start(self) -> None:
        """Let the clients loose."""
        self._began = time.monotonic()
        for client in self._clients:
            client.start()

    def stop(self) -> Report:
        """Wait until every client has its last answer; return what happened."""
        self._stop.set()
        for client in self._clients:
            client.join(self._target.timeout * 3)
        self._report.seconds = round(time.monotonic() - self._began, 2)
        return self._report

    @property
    def requests(self) -> int:
        """How many requests have been answered or have failed so far."""
        return self._report.requests

    def _run(self, index: int, keeps: bool) -> None:
        connection: http.client.HTTPSConnection | None = None
        number = index
        while not self._stop.is_set():
            page = self._pages[number % len(self._pages)]
            number += 1
            began = time.monotonic()
            problem, deployment, retried, connection = self._ask(page, connection, keeps)
            self._note(problem, deployment, retried, time.monotonic() - began)
            if self._pause:
                self._stop.wait(self._pause)
        if connection is not None:
            connection.close()

    def _ask(
        self, page: Page, connection: http.client.HTTPSConnection | None, keeps: bool
    ) -> tuple[str, str, bool, http.client.HTTPSConnection | None]:
        retried = False
        for _ in range(2):
            reused = connection is not None
            try:
                connection = connection or self._connect()
                connection.request(
                    "GET", page.path, headers={} if keeps else {"Connection": "close"}
                )
                response = connection.getresponse()
            except CLOSED_WHILE_IDLE as error:
                connection = self._close(connection)
                if reused and not retried:
                    retried = True
                    continue
                return f"{page.path}: {error!r}", "", retried, None
            except (OSError, http.client.HTTPException) as error:
                return f"{page.path}: {error!r}", "", retried, self._close(connection)
            try:
                body = response.read()
            except (OSError, http.client.HTTPException) as error:
                return f"{page.path}: body: {error!r}", "", retried, self._close(connection)
            deployment = response.getheader(DEPLOYMENT_HEADER) or ""
            if not keeps or response.will_close:
                connection = self._close(connection)
            if response.status != page.status:
                return f"{page.path}: status {response.status}", deployment, retried, connection
            if page.must_contain not in body:
                return f"{page.path}: wrong body", deployment, retried, connection
            return "", deployment, retried, connection
        raise AssertionError("the second attempt always ends the request")

    def _connect(self) -> http.client.HTTPSConnection:
        target = self._target
        connection = http.client.HTTPSConnection(
            target.server_name, target.port, timeout=target.timeout, context=self._context
        )
        connection.sock = connect(target, self._context)
        return connection

    @staticmethod
    def _close(connection: http.client.HTTPSConnection | None) -> None:
        if connection is not None:
            connection.close()

    def _note(self, problem: str, deployment: str, retried: bool, seconds: float) -> None:
        with self._lock:
            report = self._report
            report.requests += 1
            report.retried_after_idle_close += retried
            report.slowest = max(report.slowest, round(seconds, 3))
            if deployment:
                report.deployments[deployment] = report.deployments.get(deployment, 0) + 1
            if problem:
                report.failed += 1
                if len(report.failures) < 50:
                    at = time.monotonic() - self._began
                    report.failures.append(f"{at:.2f} s: {problem}")


def load_of(
    site: Site,
    *more: Page,
    kept: int = 4,
    fresh: int = 2,
    pause: float = 0.02,
    timeout: float = 30,
) -> Load:
    """Clients for pages of a site that need no account, and for more pages."""
    pages = [Page("/healthz", b"deployment"), Page(LOGIN, b"csrfmiddlewaretoken"), *more]
    target = Target(site.address, site.server_name, site.ca_file, timeout=timeout)
    return Load(target, pages, kept=kept, fresh=fresh, pause=pause)


@contextmanager
def unnoticed(*loads: Load) -> Iterator[None]:
    """Do something while people ask; none may notice."""
    for load in loads:
        load.start()
    try:
        yield
    finally:
        reports = [load.stop() for load in loads]
    for report in reports:
        assert report.requests >= FEWEST_REQUESTS, f"only {report.requests} requests"
        some = "\n".join(report.failures[:5])
        assert not some, f"{report.failed} of {report.requests} requests failed:\n{some}"


def connect(target: Target, context: ssl.SSLContext) -> ssl.SSLSocket:
    """Open a connection to the address, and verify that it has the name."""
    plain = socket.create_connection((target.address, target.port), target.timeout)
    plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return context.wrap_socket(plain, server_hostname=target.server_name)


class SlowUpload(threading.Thread):
    """A request whose body takes long to arrive, so that it is in flight all the while."""

    STEP_SECONDS = 0.1
    STEP_BYTES = 1_000

    def __init__(self, target: Target, path: str, seconds: float) -> None:
        super().__init__(daemon=True)
        self.seconds = seconds
        self.outcome = "no answer"
        self._target = target
        self._path = path

    def run(self) -> None:
        """Send the body bit by bit; keep the status line of the answer, or what went wrong."""
        context = ssl.create_default_context(cafile=self._target.ca_path)
        steps = round(self.seconds / self.STEP_SECONDS)
        head = (
            f"POST {self._path} HTTP/1.1\r\nHost: {self._target.server_name}\r\n"
            f"Connection: close\r\nContent-Length: {steps * self.STEP_BYTES}\r\n\r\n"
        )
        try:
            with connect(self._target, context) as connection:
                connection.sendall(head.encode())
                for _ in range(steps):
                    time.sleep(self.STEP_SECONDS)
                    connection.sendall(b"x" * self.STEP_BYTES)
                with connection.makefile("rb") as answer:
                    self.outcome = answer.readline().decode().strip() or "closed without an answer"
        except OSError as error:
            self.outcome = repr(error)


class Uploads(threading.Thread):
    """Somebody with an upload under way at any time: each begins before the last one ends."""

    OVERLAP_SECONDS = 0.5

    def __init__(self, target: Target, path: str, seconds: float) -> None:
        super().__init__(daemon=True)
        self.done: list[SlowUpload] = []
        self._what = (target, path, seconds)
        self._is_over = threading.Event()

    def run(self) -> None:
        """Upload until told to stop."""
        while not self._is_over.is_set():
            upload = SlowUpload(*self._what)
            upload.start()
            self.done.append(upload)
            self._is_over.wait(upload.seconds - self.OVERLAP_SECONDS)

    def stop(self) -> list[SlowUpload]:
        """Begin no further one, and wait for those under way; what became of all."""
        self._is_over.set()
        self.join()
        for upload in self.done:
            upload.join()
        return self.done


def _page(text: str) -> Page:
    path, _, contained = text.partition("=")
    return Page(path, contained.encode())


def main() -> int:
    """Run as a program until so many requests are done or the time is over."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--address", required=True)
    parser.add_argument("--server-name", required=True)
    parser.add_argument("--ca", required=True)
    parser.add_argument("--path", action="append", default=[], help="PATH or PATH=TEXT IN BODY")
    parser.add_argument("--requests", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--kept", type=int, default=6)
    parser.add_argument("--fresh", type=int, default=2)
    options = parser.parse_args()
    pages = [_page(text) for text in options.path or ["/healthz"]]
    load = Load(
        Target(options.address, options.server_name, options.ca),
        pages,
        kept=options.kept,
        fresh=options.fresh,
    )
    began = time.monotonic()
    load.start()
    while load.requests < options.requests and time.monotonic() - began < options.seconds:
        time.sleep(0.1)
    report = load.stop()
    print(report.as_json())
    return 1 if report.failed else 0


if __name__ == "__main__":
    sys.exit(main())
