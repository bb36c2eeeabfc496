"""Clients that send drop by drop are shown the door, and do not keep others waiting."""

import contextlib
import ssl
import threading
import time
from collections.abc import Iterator

import pytest
from testinfra.host import Host

from tests.helpers.website import Site
from tests.testinfra.conftest import Value

GROUPS = ("web",)
ONE_HOST = True
UNITS = ("apache2.service", "nginx.service")
DROP_SECONDS = 1.0
# Longer than any of them is given.
PATIENCE_SECONDS = 60


class Dripping(threading.Thread):
    """One connection that sends a byte now and then, until the server has had enough."""

    def __init__(self, connection: ssl.SSLSocket, beginning: str) -> None:
        super().__init__(daemon=True)
        self.connection = connection
        self.beginning = beginning
        self.ended = threading.Event()
        self.stopped = threading.Event()

    def run(self) -> None:
        """Drip; note when the server closes or answers."""
        self.connection.settimeout(DROP_SECONDS)
        try:
            self.connection.sendall(self.beginning.encode())
            while not self.stopped.is_set():
                with contextlib.suppress(TimeoutError):
                    # An answer, or the end.
                    self.connection.recv(1)
                    break
                self.connection.sendall(b"x")
        except OSError:
            pass  # Cut off, as it should be.
        finally:
            self.ended.set()
            self.connection.close()


@pytest.fixture
def head(site: Site) -> str:
    """The beginning of a request that has a body."""
    return (
        f"POST /accounts/login/ HTTP/1.1\r\nHost: {site.host_header}\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 100000\r\n"
    )


def drip(site: Site, beginning: str, clients: int) -> Iterator[list[Dripping]]:
    """So many clients, which stop afterwards."""
    started = [Dripping(site.handshake(site.context()), beginning) for _ in range(clients)]
    for client in started:
        client.start()
    yield started
    for client in started:
        client.stopped.set()
    for client in started:
        client.join(DROP_SECONDS * 5)


def test_a_header_that_does_not_end_is_cut_off(site: Site) -> None:
    beginning = f"GET / HTTP/1.1\r\nHost: {site.host_header}\r\nX-Slow: "
    for clients in drip(site, beginning, 3):
        deadline = time.monotonic() + PATIENCE_SECONDS
        for client in clients:
            assert client.ended.wait(deadline - time.monotonic()), "a slow header was waited for"


def test_slow_bodies_do_not_keep_others_waiting(
    host: Host, site: Site, value: Value, head: str
) -> None:
    """More of them than the application can answer requests at a time."""
    threads = int(value("moztrap_web_processes * moztrap_web_threads"))
    for _ in drip(site, head + "\r\n", threads + 4):
        deadline = time.monotonic() + PATIENCE_SECONDS
        while (answer := site.get("/healthz")).status != 200:
            assert time.monotonic() < deadline, answer.describe()
            time.sleep(0.5)
