#!/usr/bin/python
"""Run a web server, now and at boot, in the place of any other that has its ports."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.moztrap import units

DOCUMENTATION = r"""
module: moztrap_takeover
short_description: Run a web server, in the place of any other that has its ports
description:
  - Two programs cannot listen at one port. Where another one does, it is asked to answer what it
    has and to end, which frees its ports at once, and the new one is started the moment they are
    free. Requests in flight end in the old one, beside the new. What is lost are the few
    tenths of a second between, in which connections are refused.
  - If the new one does not start, the old one is started again.
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
interrupted: {description: Seconds for which the ports were closed., type: float, returned: changed}
"""

# Listeners are closed at once; this is for a busy machine.
RELEASE_SECONDS = 5.0
LISTENING = "0A"
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


def take_over(unit: str, others: list[dict[str, str]], ports: set[int], patience: float) -> float:
    """Exchange the servers; return for how many seconds the ports were closed."""
    serving = [other for other in others if units.is_running(other["unit"])]
    began = time.monotonic()
    for other in serving:
        units.systemctl("kill", "--kill-who=main", f"--signal={other['signal']}", other["unit"])
    if serving and not units.wait(lambda: are_free(ports), RELEASE_SECONDS):
        # It does not do as it is asked.
        units.systemctl("stop", *(other["unit"] for other in serving))
    try:
        units.systemctl("start", unit)
    except units.UnitError as error:
        words = units.last_words(unit)
        units.systemctl("stop", unit)
        if serving:
            # It may be on its way out, which it does not turn back from.
            names = [other["unit"] for other in serving]
            units.systemctl("stop", *names)
            units.systemctl("start", *names)
            words += f"\n{', '.join(names)} was started again and serves the site."
        raise units.UnitError(f"{error}\n{words}") from error
    interrupted = round(time.monotonic() - began, 3)
    if not serving:
        return 0.0
    # They end by themselves, once they have answered.
    names = [other["unit"] for other in serving]
    units.wait(lambda: not any(map(units.is_running, names)), patience)
    units.systemctl("stop", *names)
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
                result["interrupted"] = take_over(
                    unit, options["instead_of"], set(options["ports"]), options["patience"]
                )
    except units.UnitError as error:
        module.fail_json(msg=str(error))
    module.exit_json(**result)


if __name__ == "__main__":
    main()
