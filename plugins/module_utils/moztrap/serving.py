"""The application's server: how it comes to serve another deployment, and loses no request."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ansible.module_utils.moztrap import processes
from ansible.module_utils.moztrap.files import point_link


class ServingError(Exception):
    """The server did not come to serve the deployment; the message says why."""


class UntouchedError(ServingError):
    """The same, and what served before goes on as if nothing had been."""


class Serving(Protocol):
    """What every kind of server can do."""

    def began(self) -> float | None:
        """When the oldest process with the application's code in it began; None without one."""

    def switch(self, link: Path, folder: Path, timeout: float) -> None:
        """Serve the deployment in the folder, which the link names from then on."""


@dataclass(frozen=True)
class ProcessByProcess:
    """A server that stays, whose processes find the deployment by the link when they start.

    mod_wsgi is one: it starts another process for each that ends.
    """

    process_name: str
    restart: tuple[str, ...]

    def began(self) -> float | None:
        """Processes are known by the name that they show."""
        return _earliest(processes.find(self.process_name))

    def switch(self, link: Path, folder: Path, timeout: float) -> None:
        """Flip the link, then replace one process after the other."""
        point_link(link, str(folder))
        try:
            replaced = processes.replace(self.process_name, timeout)
        except processes.StuckError as error:
            raise ServingError(str(error)) from error
        if not replaced:
            # No process of the application yet: the server has to learn of it first.
            _run(self.restart)


@dataclass(frozen=True)
class InstanceByInstance:
    """A server that is replaced as a whole, once another instance has proven itself.

    gunicorn is one: an instance serves the deployment that it was started with. The command
    gets the folder as its last word, and ends when all requests go to the new instance.
    """

    replace: tuple[str, ...]
    units: tuple[str, ...]

    def began(self) -> float | None:
        """An instance is known by the main process of its unit."""
        shown = subprocess.run(
            ["systemctl", "show", "--property=MainPID", "--value", *self.units],
            capture_output=True,
            text=True,
            check=False,
        ).stdout
        return _earliest({int(word) for word in shown.split() if word.isdigit() and word != "0"})

    def switch(self, link: Path, folder: Path, timeout: float) -> None:
        """Have the new instance serve, then flip the link: what it names has been proven."""
        try:
            _run((*self.replace, str(folder)))
        except ServingError as error:
            raise UntouchedError(str(error)) from error
        point_link(link, str(folder))


def _earliest(found: set[int]) -> float | None:
    moments = (processes.started(process) for process in found)
    return min((moment for moment in moments if moment is not None), default=None)


def _run(command: tuple[str, ...]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        words = (done.stdout + done.stderr).strip()
        raise ServingError(f"{' '.join(command)} ended with {done.returncode}: {words}")
