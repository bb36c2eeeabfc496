"""Make a deployment live, prove that it serves, or go back to the one before."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ansible.module_utils.moztrap.environment import packages_folder
from ansible.module_utils.moztrap.files import write_atomically
from ansible.module_utils.moztrap.serving import Serving, ServingError, UntouchedError
from ansible.module_utils.moztrap.web import Answer, ask_once

DEPLOYMENT_HEADER = "x-moztrap-deployment"
# So many fresh connections in a row must reach the new processes.
CONVINCING = 3
PAUSE_SECONDS = 0.2
HOLDS_BACK_LINES = 40
CLOCK_TOLERANCE_SECONDS = 1.0


class ActivationError(Exception):
    """The deployment did not go live; the message says why and what serves now."""

    untouched = False


@dataclass(frozen=True)
class Server:
    """The site on this host, and how to ask it."""

    address: str
    server_name: str
    ca_path: str
    ready_path: str
    error_log: Path
    unit: str

    def ask(self) -> Answer | None:
        """The readiness answer on a fresh connection; nothing when there is none."""
        try:
            return ask_once(
                self.ready_path,
                address=self.address,
                server_name=self.server_name,
                ca_path=self.ca_path,
            )
        except (OSError, http.client.HTTPException):
            return None

    def trouble(self) -> str:
        """The server's last words, for a person to read."""
        journal = subprocess.run(
            ["journalctl", "--no-pager", "--quiet", "-n", "15", "-u", self.unit],
            capture_output=True,
            text=True,
            check=False,
        ).stdout
        log = ""
        if self.error_log.is_file():
            log = "\n".join(
                self.error_log.read_text(errors="replace").splitlines()[-HOLDS_BACK_LINES:]
            )
        return f"--- {self.error_log}\n{log}\n--- journal of {self.unit}\n{journal}"


def last_change(folder: Path) -> float:
    """When something in a folder was last written, replaced, added or removed.

    Unpacking sets the time of modification; nobody can set the time of change.
    """
    latest = folder.stat().st_ctime
    for root, directories, files in os.walk(folder):
        for name in (*directories, *files):
            latest = max(latest, os.lstat(os.path.join(root, name)).st_ctime)
    return latest


class State:
    """`state.json`: which deployment is live and which was before, recorded and never guessed."""

    def __init__(self, home: Path) -> None:
        self.path = home / "state.json"

    def read(self) -> dict[str, Any]:
        """The record; empty before the first activation."""
        try:
            found: dict[str, Any] = json.loads(self.path.read_text())
        except FileNotFoundError:
            return {}
        except ValueError as error:
            raise ActivationError(
                f"{self.path} is no JSON ({error}). Write into it what is live, for example "
                '{"current": "<deployment>", "previous": null}, and run again.'
            ) from error
        return found

    def record(self, current: str | None, previous: str | None) -> None:
        """Write both, with the time."""
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        content = {"current": current, "previous": previous, "activated_at": now}
        write_atomically(self.path, (json.dumps(content, indent=1) + "\n").encode())


class Activation:
    """One deployment going live on one host."""

    def __init__(
        self, home: Path, deployment: str, server: Server, serving: Serving, timeout: float
    ) -> None:
        self.home = home
        self.folder = home / "releases" / deployment
        self.server = server
        self.serving = serving
        self.timeout = timeout
        self.state = State(home)
        self.link = home / "current"

    def live(self) -> str | None:
        """The deployment that `current` names."""
        return Path(os.readlink(self.link)).name if self.link.is_symlink() else None

    def departures(self) -> list[str]:
        """What keeps this deployment from being live as it should be."""
        found = []
        if self.live() != self.folder.name:
            found.append(f"{self.link} names {self.live()}")
        if self.state.read().get("current") != self.folder.name:
            found.append(f"{self.state.path} records another deployment")
        if not found and not self._serves(self.folder.name, self.server.ask()):
            found.append("the web server does not serve it")
        if not found and self._is_older_than_its_files():
            found.append("its files were put right after its processes had read them")
        return found

    def _is_older_than_its_files(self) -> bool:
        """Some process began before the last change below the deployment or its packages.

        What was altered by hand and put right since may still be in its memory, also if
        the run that put it right never came to replace the processes.
        """
        began = self.serving.began()
        if began is None:
            return False
        packages = packages_folder(self.folder)
        return max(map(last_change, (self.folder, packages))) > began + CLOCK_TOLERANCE_SECONDS

    @staticmethod
    def _serves(deployment: str, answer: Answer | None) -> bool:
        return (
            answer is not None
            and answer.status == 200
            and answer.headers.get(DEPLOYMENT_HEADER) == deployment
        )

    def go_live(self, *, degraded_before: frozenset[str] | None = None) -> Answer:
        """Switch, reload, prove; on failure go back, prove that, and raise.

        With `degraded_before`, what was degraded until now, anything newly degraded is a
        failure too.
        """
        recorded = self.state.read()
        before = recorded.get("current") or self.live()
        if not (self.folder / "manage.py").is_file():
            raise ActivationError(f"{self.folder} is no deployment. Run the whole release again.")
        try:
            answer = self._switch(self.folder)
            if degraded_before is not None:
                self._refuse_degradation(answer, degraded_before)
        except ActivationError as error:
            self._go_back(before, error)
        previous = recorded.get("previous") if before == self.folder.name else before
        self.state.record(self.folder.name, previous)
        return answer

    def restore(self, previous: str | None) -> Answer:
        """Make this deployment live again, as if the one after it had never been."""
        answer = self._switch(self.folder)
        self.state.record(self.folder.name, previous)
        return answer

    def _refuse_degradation(self, answer: Answer, before: frozenset[str]) -> None:
        """What people could do before they must be able to do after."""
        # Services that are slow to take a new connection get a second look.
        deadline = time.monotonic() + self.timeout
        new = degraded(answer) - before
        while new and time.monotonic() < deadline:
            time.sleep(1)
            again = self.server.ask()
            new = degraded(again) - before if again else new
        if new:
            raise ActivationError(
                f"{self.folder.name} serves, but is degraded where the deployment before it was "
                f"not: {', '.join(sorted(new))}. {describe(answer)}\n{self.server.trouble()}"
            )

    def _switch(self, folder: Path) -> Answer:
        try:
            self.serving.switch(self.link, folder, self.timeout)
        except ServingError as error:
            failure = ActivationError(f"{error}\n{self.server.trouble()}")
            failure.untouched = isinstance(error, UntouchedError)
            raise failure from error
        return self._await(folder.name)

    def _await(self, deployment: str) -> Answer:
        deadline = time.monotonic() + self.timeout
        in_a_row = 0
        # Of the application, if it gave any: others tell less of what is wrong with it.
        telling = None
        while time.monotonic() < deadline:
            answer = self.server.ask()
            if telling is None or (answer and DEPLOYMENT_HEADER in answer.headers):
                telling = answer
            in_a_row = in_a_row + 1 if self._serves(deployment, answer) else 0
            if answer is not None and in_a_row >= CONVINCING:
                return answer
            if in_a_row == 0:
                time.sleep(PAUSE_SECONDS)
        raise ActivationError(
            f"{deployment} did not become ready within {self.timeout:.0f} s: "
            f"{describe(telling)}\n{self.server.trouble()}"
        )

    def _go_back(self, before: str | None, error: ActivationError) -> None:
        kept = self.home / "releases" / before if before else None
        if kept is None or kept == self.folder or not kept.is_dir():
            raise ActivationError(
                f"{error}\nThere is no earlier deployment to go back to; this one stays. "
                "Put right what is named above and run the release again."
            ) from error
        try:
            if error.untouched:
                self._await(kept.name)
            else:
                self._switch(kept)
        except ActivationError as second:
            raise ActivationError(
                f"{error}\nGoing back to {before} failed too: {second}"
            ) from second
        raise ActivationError(
            f"{error}\nWent back to {before}, which serves again. "
            "Put right what is named above and run the release again."
        ) from error


def describe(answer: Answer | None) -> str:
    """An answer in one line."""
    if answer is None:
        return "no answer"
    served = answer.headers.get(DEPLOYMENT_HEADER, "no deployment")
    text = answer.body[:500].decode(errors="replace").strip()
    return f"status {answer.status} from {served}: {text}"


def degraded(answer: Answer | None) -> frozenset[str]:
    """What does not work, though pages do, by the names of the readiness report."""
    checks = readiness(answer).get("checks", {}) if answer else {}
    return frozenset(name for name, state in checks.items() if state != "ok")


def readiness(answer: Answer) -> Mapping[str, Any]:
    """The readiness report in an answer."""
    try:
        found = json.loads(answer.body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
