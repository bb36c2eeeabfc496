"""Run other programs; a failure carries the command and its own words."""

import os
import shlex
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from testbed.errors import TestbedError


class CommandFailed(TestbedError):
    """A program ended with an error."""

    def __init__(self, command: Sequence[str], code: int, output: str) -> None:
        super().__init__(
            f"{shlex.join(command)} ended with code {code}:\n{output.strip() or '(no output)'}"
        )
        self.code = code
        self.output = output


@dataclass(frozen=True)
class Result:
    """How a program ended."""

    code: int
    stdout: str
    stderr: str

    @property
    def succeeded(self) -> bool:
        """Whether it ended with code 0."""
        return self.code == 0


def run(
    command: Sequence[str],
    *,
    stdin: bytes = b"",
    check: bool = True,
    timeout: float | None = None,
    environment: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> Result:
    """Run a program quietly and return what it said; never waits for a terminal."""
    try:
        done = subprocess.run(
            list(command),
            input=stdin,
            capture_output=True,
            timeout=timeout,
            env={**os.environ, **(environment or {})},
            cwd=cwd,
            check=False,
        )
    except FileNotFoundError as error:
        raise TestbedError(
            f"{command[0]} is not installed",
            "scripts/bootstrap packages demo",
        ) from error
    except subprocess.TimeoutExpired as error:
        raise CommandFailed(command, -1, f"no answer within {timeout:.0f} s") from error
    result = Result(
        done.returncode,
        done.stdout.decode(errors="replace"),
        done.stderr.decode(errors="replace"),
    )
    if check and not result.succeeded:
        raise CommandFailed(command, result.code, result.stderr or result.stdout)
    return result
