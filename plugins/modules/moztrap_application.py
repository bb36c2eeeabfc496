#!/usr/bin/python
"""Close the application on this web host for a while, and open it again."""

from __future__ import annotations

import http.client
import subprocess
import time
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.moztrap.activation import (
    DEPLOYMENT_HEADER,
    State,
    describe,
    readiness,
)
from ansible.module_utils.moztrap.manage import ManageError, manage
from ansible.module_utils.moztrap.web import Answer, ask_once

DOCUMENTATION = r"""
module: moztrap_application
short_description: Close the application on a web host for a while, and open it again
description:
  - C(closed) lets requests in flight finish, then stops the application's server; the web
    server before it answers 503 with Retry-After meanwhile, which is proven.
  - C(forgetful) empties the cache, whatever it is, with the live deployment.
  - C(open) starts the application's server and waits until the live deployment is ready.
options:
  state:
    description: What to do.
    type: str
    required: true
    choices: [closed, forgetful, open]
  home: {description: Where MozTrap lives., type: path, required: true}
  user: {description: The system user of the application., type: str, required: true}
  units: {description: The units of the application; all are stopped., type: list, elements: str}
  starts: {description: Those that are started again., type: list, elements: str}
  address: {description: This web server's own address., type: str, required: true}
  server_name: {description: The site's name., type: str, required: true}
  ca_path: {description: The authority to trust., type: path, required: true}
  timeout: {description: Seconds until it must be ready., type: int, default: 60}
"""

STATES = ["closed", "forgetful", "open"]
CLEAR = "from django.core.cache import cache; cache.clear()"
PAUSE_SECONDS = 0.3


class StateError(Exception):
    """The application is not as it was asked to be; the message says what holds."""


class Application:
    """The application of this host."""

    def __init__(self, options: dict[str, Any]) -> None:
        self.options = options
        self.home = Path(options["home"])
        self.units: list[str] = options["units"]

    def closed(self) -> dict[str, Any]:
        """Stop every instance and see that visitors are asked to come again."""
        running = [unit for unit in self.units if self._is_active(unit)]
        self._systemctl("stop", *self.units)
        left = [unit for unit in self.units if self._is_active(unit)]
        answer = self._ask()
        if left or answer is None or answer.status != 503 or "retry-after" not in answer.headers:
            raise StateError(
                f"The application should be closed, but {', '.join(left) or 'the web server'} "
                f"still answers: {describe(answer)}"
            )
        return {"changed": bool(running)}

    def forgetful(self) -> dict[str, Any]:
        """What the cache says of the database of before must not outlive it."""
        current = self.home / "current"
        if not current.is_symlink():
            return {"changed": False, "msg": "nothing is live"}
        outcome = manage(current.resolve(), self.options["user"], "shell", "-c", CLEAR)
        if outcome.code:
            raise StateError(f"The cache could not be emptied:\n{outcome.words}")
        return {"changed": True}

    def open(self) -> dict[str, Any]:
        """Start it; wait until what is live says that it is ready."""
        live = State(self.home).read().get("current")
        if not live:
            return {"changed": False, "deployment": "", "msg": "nothing is live on this host"}
        starts: list[str] = self.options["starts"]
        running = all(self._is_active(unit) for unit in starts)
        self._systemctl("start", *starts)
        deadline = time.monotonic() + self.options["timeout"]
        answer = self._ask()
        while not self._is_ready(answer, str(live)):
            if time.monotonic() > deadline:
                raise StateError(
                    f"{live} did not become ready within {self.options['timeout']} s: "
                    f"{describe(answer)}. See: journalctl -u {' -u '.join(self.units)}"
                )
            time.sleep(PAUSE_SECONDS)
            answer = self._ask()
        report = readiness(answer) if answer else {}
        return {"changed": not running, "deployment": live, "status": report.get("status")}

    @staticmethod
    def _is_ready(answer: Answer | None, live: str) -> bool:
        return (
            answer is not None
            and answer.status == 200
            and answer.headers.get(DEPLOYMENT_HEADER) == live
        )

    def _ask(self) -> Answer | None:
        try:
            return ask_once(
                "/readyz",
                address=self.options["address"],
                server_name=self.options["server_name"],
                ca_path=self.options["ca_path"],
            )
        except (OSError, http.client.HTTPException):
            return None

    @staticmethod
    def _is_active(unit: str) -> bool:
        command = ["systemctl", "is-active", "--quiet", unit]
        return subprocess.run(command, check=False).returncode == 0

    @staticmethod
    def _systemctl(*words: str) -> None:
        done = subprocess.run(["systemctl", *words], capture_output=True, text=True, check=False)
        if done.returncode:
            raise StateError(f"systemctl {' '.join(words)}: {done.stderr.strip()}")


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            "state": {"type": "str", "required": True, "choices": STATES},
            "home": {"type": "path", "required": True},
            "user": {"type": "str", "required": True},
            "units": {"type": "list", "elements": "str", "required": True},
            "starts": {"type": "list", "elements": "str", "required": True},
            "address": {"type": "str", "required": True},
            "server_name": {"type": "str", "required": True},
            "ca_path": {"type": "path", "required": True},
            "timeout": {"type": "int", "default": 60},
        },
        supports_check_mode=True,
    )
    if module.check_mode:
        module.exit_json(changed=True)
    try:
        result = getattr(Application(module.params), module.params["state"])()
    except (StateError, ManageError) as error:
        module.fail_json(msg=str(error))
    module.exit_json(**result)


if __name__ == "__main__":
    main()
