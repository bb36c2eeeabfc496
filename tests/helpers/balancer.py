"""Look at a running HAProxy, and tell it things, over its admin socket."""

import csv
import time
from collections.abc import Callable

from testinfra.host import Host

SOCKET = "/run/haproxy/admin.sock"
WAIT_SECONDS = 20
_ASK = (
    "import socket, sys\n"
    "talk = socket.socket(socket.AF_UNIX)\n"
    f"talk.connect({SOCKET!r})\n"
    "talk.sendall(sys.argv[1].encode() + b'\\n')\n"
    "sys.stdout.buffer.write(talk.makefile('rb').read())\n"
)


def ask(host: Host, command: str) -> str:
    """Return what HAProxy answers."""
    shown = host.run("python3 -c %s %s", _ASK, command)
    assert shown.rc == 0, f"{command}\n{shown.stderr}"
    return str(shown.stdout).strip()


def servers(host: Host, backend: str) -> dict[str, dict[str, str]]:
    """Return the statistics of each server of a backend."""
    lines = ask(host, "show stat").removeprefix("# ").splitlines()
    return {
        row["svname"]: row
        for row in csv.DictReader(lines)
        if row["pxname"] == backend and row["svname"] not in {"FRONTEND", "BACKEND"}
    }


def wait_for(host: Host, backend: str, server: str, is_right: Callable[[str], bool]) -> str:
    """Wait until the status of a server is right, and return it."""
    deadline = time.monotonic() + WAIT_SECONDS
    while True:
        status = servers(host, backend)[server]["status"]
        if is_right(status):
            return status
        assert time.monotonic() < deadline, f"{backend}/{server} is {status}"
        time.sleep(0.3)
