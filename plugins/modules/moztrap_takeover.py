#!/usr/bin/python
"""Run a web server, now and at boot, in the place of any other that has its ports."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.moztrap import units

DOCUMENTATION = r"""
module: moztrap_takeover
short_description: Run a web server, in the place of any other that has its ports
description:
  - Where another one has the ports, and both share them (SO_REUSEPORT), the new one is started
    beside it. Then the old one is asked to answer what it has and to end, and the kernel hands
    the connections that still wait at its sockets to the new one. Nothing is lost.
  - Where the old one does not share, it is asked first, which frees its ports at once, and the
    new one is started the moment they are free. What is lost are the tenths of a second
    between, in which connections are refused; if the new one does not start, the old one is
    started again.
options:
  unit: {description: The service of the web server., type: str, required: true}
  instead_of:
    description: The others, with the signal that each takes for the wish to end gracefully.
    type: list
    elements: dict
    required: true
  first:
    description: A command that makes ready what it passes requests to, before the others are asked.
    type: list
    elements: str
  ports: {description: The ports that it needs., type: list, elements: int, default: [80, 443]}
  patience: {description: How many seconds requests in flight get., type: int, default: 60}
  reread: {description: Have systemd read its units first., type: bool, default: false}
"""

RETURN = r"""
interrupted:
  description: Seconds for which the ports were closed, where it took over from another one.
  type: float
  returned: sometimes
"""

# Listeners are closed at once; this is for a busy machine.
RELEASE_SECONDS = 5.0
LISTENING = "0A"
HANDING_OVER = Path("/proc/sys/net/ipv4/tcp_migrate_req")
TABLES = ("/proc/net/tcp", "/proc/net/tcp6")
OTHERS = {"unit": {"type": "str", "required": True}, "signal": {"type": "str", "required": True}}


def listening(tables: list[str]) -> set[int]:
    """Every TCP port that somebody listens at, from the kernel's tables."""
    found = set()
    for text in tables:
        for line in text.splitlines()[1:]:
            words = line.split()
            if words[3] == LISTENING:
                found.add(int(words[1].rpartition(":")[2], 16))
    return found


def are_free(ports: set[int]) -> bool:
    """Does nobody listen at any of them?"""
    tables = [Path(name).read_text() for name in TABLES if Path(name).exists()]
    return not ports & listening(tables)


def can_share(ports: set[int]) -> bool:
    """Would every port take another listener beside the one that it has?

    Only of the same user, and if both ask for it.
    """
    family = socket.AF_INET6 if socket.has_ipv6 and Path(TABLES[1]).exists() else socket.AF_INET
    for port in ports:
        with socket.socket(family, socket.SOCK_STREAM) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            try:
                trial.bind(("", port))
            except OSError:
                return False
    return True


@contextmanager
def waiting_connections_handed_over() -> Iterator[None]:
    """While it lasts, what waits at a socket that is closed goes to the one beside it."""
    try:
        before = HANDING_OVER.read_text()
        HANDING_OVER.write_text("1")
    except OSError:
        # An older kernel, or one that is not this host's own: what waits may have to ask again.
        yield
        return
    try:
        yield
    finally:
        HANDING_OVER.write_text(before)


def ask_to_end(others: list[dict[str, str]]) -> None:
    """Send each its signal."""
    for other in others:
        units.systemctl("kill", "--kill-who=main", f"--signal={other['signal']}", other["unit"])


def await_end(others: list[dict[str, str]], patience: float) -> None:
    """They end by themselves, once they have answered; stop what does not."""
    names = [other["unit"] for other in others]
    units.wait(lambda: not any(map(units.is_running, names)), patience)
    units.systemctl("stop", *names)


def start(unit: str) -> None:
    """Start it; if it does not, say why and leave it stopped."""
    try:
        units.systemctl("start", unit)
    except units.UnitError as error:
        words = units.last_words(unit)
        units.systemctl("stop", unit)
        raise units.UnitError(f"{error}\n{words}") from error


def take_over(unit: str, others: list[dict[str, str]], ports: set[int], patience: float) -> float:
    """Exchange the servers; return for how many seconds the ports were closed."""
    if can_share(ports):
        start(unit)
        with waiting_connections_handed_over():
            ask_to_end(others)
            await_end(others, patience)
        return 0.0
    began = time.monotonic()
    ask_to_end(others)
    if not units.wait(lambda: are_free(ports), RELEASE_SECONDS):
        # It does not do as it is asked.
        units.systemctl("stop", *(other["unit"] for other in others))
    try:
        start(unit)
    except units.UnitError as error:
        # They may be on their way out, which they do not turn back from.
        names = [other["unit"] for other in others]
        units.systemctl("stop", *names)
        units.systemctl("start", *names)
        raise units.UnitError(
            f"{error}\n{', '.join(names)} was started again and serves the site."
        ) from error
    interrupted = round(time.monotonic() - began, 3)
    await_end(others, patience)
    return interrupted


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            "unit": {"type": "str", "required": True},
            "instead_of": {
                "type": "list",
                "elements": "dict",
                "required": True,
                "options": OTHERS,
            },
            "first": {"type": "list", "elements": "str", "default": []},
            "patience": {"type": "int", "default": 60},
            "ports": {"type": "list", "elements": "int", "default": [80, 443]},
            "reread": {"type": "bool", "default": False},
        },
        supports_check_mode=True,
    )
    options: dict[str, Any] = module.params
    unit = options["unit"]
    try:
        if options["reread"] and not module.check_mode:
            units.systemctl("daemon-reload")
        runs, enabled = units.is_running(unit), units.is_enabled(unit)
        result: dict[str, Any] = {"changed": not (runs and enabled)}
        if result["changed"]:
            result["diff"] = {
                "before": f"{unit}: running {runs}, at boot {enabled}\n",
                "after": f"{unit}: running True, at boot True\n",
            }
        if not module.check_mode:
            if not enabled:
                units.systemctl("enable", unit)
            if not runs:
                if options["first"]:
                    module.run_command(options["first"], check_rc=True)
                serving = [one for one in options["instead_of"] if units.is_running(one["unit"])]
                if serving:
                    result["interrupted"] = take_over(
                        unit, serving, set(options["ports"]), options["patience"]
                    )
                else:
                    start(unit)
    except units.UnitError as error:
        module.fail_json(msg=str(error))
    module.exit_json(**result)


if __name__ == "__main__":
    main()
