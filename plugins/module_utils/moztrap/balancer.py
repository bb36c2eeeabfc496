"""Take a server out of a balancer's rotation and put it back, over HAProxy's admin socket."""

from __future__ import annotations

import csv
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field

READY, DRAIN, MAINTENANCE = "ready", "drain", "maint"
# What HAProxy calls the reasons for a server to be in no rotation, as bits of a number.
_MAINTENANCE_BITS = 0x01 | 0x02 | 0x04 | 0x20 | 0x40
_DRAIN_BITS = 0x08 | 0x10
_SERVING_STATES = {1, 2}
_POLL_SECONDS = 0.2
_ATTEMPTS = 3
_ANSWER_SECONDS = 10
# Two checks in a row have to pass, a second apart, each of which may take two.
_UP_SECONDS = 15


class BalancerError(Exception):
    """The balancer knows no such server, or refused a command."""


class NotRunningError(Exception):
    """Nobody answers at the admin socket."""


@dataclass(frozen=True)
class Server:
    """A server of a backend as the balancer sees it now."""

    name: str
    admin: str
    """What people and releases want of it: ready, drain or maint."""
    is_up: bool
    """Whether its checks pass."""


@dataclass
class Outcome:
    """What was found and done."""

    changed: bool = False
    was: str = ""
    sessions: int = 0
    warnings: list[str] = field(default_factory=list)


class AdminSocket:
    """Asks one question per connection, as HAProxy wants it."""

    def __init__(self, path: str) -> None:
        self._path = path

    def __call__(self, command: str) -> str:
        """Return the answer; NotRunningError when nobody listens."""
        trouble: OSError | None = None
        for attempt in range(_ATTEMPTS):
            if attempt:
                # At the moment of a reload, the socket changes hands.
                time.sleep(_POLL_SECONDS)
            try:
                return self._ask(command)
            except OSError as error:
                trouble = error
        raise NotRunningError(f"nobody answers at {self._path}: {trouble}") from trouble

    def _ask(self, command: str) -> str:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(_ANSWER_SECONDS)
            connection.connect(self._path)
            connection.sendall(command.encode() + b"\n")
            parts = []
            while part := connection.recv(65536):
                parts.append(part)
        return b"".join(parts).decode(errors="replace").strip()


class Balancer:
    """One backend of a running HAProxy."""

    def __init__(
        self,
        ask: Callable[[str], str],
        backend: str,
        *,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ask = ask
        self._backend = backend
        self._sleep = sleep
        self._clock = clock

    def servers(self) -> dict[str, Server]:
        """Every server of the backend; BalancerError if there is no such backend."""
        lines = self._ask(f"show servers state {self._backend}").splitlines()
        header = next((line for line in lines if line.startswith("# ")), None)
        if header is None:
            raise BalancerError(
                f"HAProxy has no backend {self._backend}: it says {' '.join(lines) or 'nothing'}"
            )
        names = header.removeprefix("# ").split()
        found = {}
        for line in lines[lines.index(header) + 1 :]:
            row = dict(zip(names, line.split(), strict=False))
            admin = _admin_state(int(row["srv_admin_state"]))
            is_up = int(row["srv_op_state"]) in _SERVING_STATES
            found[row["srv_name"]] = Server(row["srv_name"], admin, is_up)
        return found

    def server(self, name: str) -> Server:
        """One of them, by name."""
        servers = self.servers()
        if name not in servers:
            raise BalancerError(
                f"backend {self._backend} has no server {name}; it has {', '.join(servers)}"
            )
        return servers[name]

    def sessions(self, name: str) -> int:
        """Requests the server has or is about to get, through backends that follow this one too."""
        text = self._ask("show stat").removeprefix("# ")
        followed = f"{self._backend}/{name}"
        return sum(
            int(row["scur"] or 0) + int(row["qcur"] or 0)
            for row in csv.DictReader(text.splitlines())
            if row["svname"] == name
            and (row["pxname"] == self._backend or row["tracked"] == followed)
        )

    def shown(self, name: str) -> Outcome:
        """How things are."""
        server = self.server(name)
        return Outcome(was=server.admin, sessions=self.sessions(name))

    def drain(self, name: str, *, timeout: float, dry_run: bool) -> Outcome:
        """Let no new request go there, and wait until the last one has been answered."""
        servers = self.servers()
        server = self.server(name)
        outcome = Outcome(was=server.admin)
        if server.admin == MAINTENANCE:
            outcome.warnings.append(self._is_in_maintenance(name))
        elif server.admin == READY:
            others = [
                other
                for other in servers.values()
                if other.name != name and other.is_up and other.admin == READY
            ]
            if server.is_up and not others:
                outcome.warnings.append(
                    f"{name} was not drained: no other server of {self._backend} could take "
                    "the requests"
                )
            else:
                outcome.changed = True
        if outcome.changed and not dry_run:
            self._set(name, DRAIN)
        if dry_run or not (outcome.changed or server.admin == DRAIN):
            outcome.sessions = self.sessions(name)
            return outcome
        outcome.sessions = self._wait_until_idle(name, timeout)
        if outcome.sessions:
            outcome.warnings.append(
                f"{name} still had {outcome.sessions} requests after {timeout:g} s; they go on"
            )
        return outcome

    def undrain(self, name: str, *, dry_run: bool) -> Outcome:
        """Let requests go there again, and wait until they do.

        A server whose checks failed while it was drained is down until they have passed anew;
        meanwhile nobody would be served where there is no other.
        """
        server = self.server(name)
        outcome = Outcome(was=server.admin, sessions=self.sessions(name))
        if server.admin == MAINTENANCE:
            outcome.warnings.append(self._is_in_maintenance(name))
        elif server.admin == DRAIN:
            outcome.changed = True
            if not dry_run:
                self._set(name, READY)
                if not self._wait_until_up(name):
                    outcome.warnings.append(
                        f"{name} gets no requests yet: after {_UP_SECONDS} s it still fails the "
                        f"checks of {self._backend}"
                    )
        return outcome

    def _is_in_maintenance(self, name: str) -> str:
        return (
            f"{name} is in maintenance: somebody took it out of {self._backend}, and it stays out. "
            f"To put it back: set server {self._backend}/{name} state ready"
        )

    def _set(self, name: str, state: str) -> None:
        answer = self._ask(f"set server {self._backend}/{name} state {state}")
        if answer:
            raise BalancerError(f"HAProxy did not set {name} to {state}: {answer}")

    def _wait_until_up(self, name: str) -> bool:
        deadline = self._clock() + _UP_SECONDS
        while not (is_up := self.server(name).is_up) and self._clock() < deadline:
            self._sleep(_POLL_SECONDS)
        return is_up

    def _wait_until_idle(self, name: str, timeout: float) -> int:
        deadline = self._clock() + timeout
        while (sessions := self.sessions(name)) and self._clock() < deadline:
            self._sleep(_POLL_SECONDS)
        return sessions


def _admin_state(bits: int) -> str:
    if bits & _MAINTENANCE_BITS:
        return MAINTENANCE
    return DRAIN if bits & _DRAIN_BITS else READY
