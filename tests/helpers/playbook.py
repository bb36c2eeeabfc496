"""Runs a playbook as an operator would, and reads the recap."""

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
LEFT_OUT = ("ANSIBLE_FORCE_COLOR", "PY_COLORS", "FORCE_COLOR")
_RECAP = re.compile(r"^(\S+)\s+: ok=(\d+)\s+changed=(\d+)\s+unreachable=(\d+)\s+failed=(\d+)", re.M)
_TASK = re.compile(r"^TASK \[(.+?)\] \*+|^RUNNING HANDLER \[(.+?)\] \*+")


@dataclass(frozen=True)
class Run:
    """One finished run of ansible-playbook."""

    command: tuple[str, ...]
    status: int
    output: str

    @property
    def changed(self) -> int:
        """How many tasks reported a change, over all hosts."""
        return sum(int(line[2]) for line in _RECAP.findall(self.output))

    @property
    def changed_tasks(self) -> list[str]:
        """Names of tasks and handlers that reported a change."""
        names: list[str] = []
        current = ""
        for line in self.output.splitlines():
            found = _TASK.match(line)
            if found:
                current = found.group(1) or found.group(2)
            elif line.startswith("changed: [") and current not in names:
                names.append(current)
        return names

    def explain(self, lines: int = 60) -> str:
        """Say how it ended, for the message of a failed assertion."""
        tail = "\n".join(self.output.splitlines()[-lines:])
        return f"{' '.join(self.command)} ended with {self.status}; the last lines:\n{tail}"


def ansible_environment() -> dict[str, str]:
    """Return an environment for Ansible in which nothing but the checkout configures it.

    Molecule, for one, asks for colours, which would be in the middle of what we read.
    """
    inherited = {name: value for name, value in os.environ.items() if name not in LEFT_OUT}
    return {
        **inherited,
        "ANSIBLE_CONFIG": str(REPOSITORY / "ansible.cfg"),
        "ANSIBLE_NOCOLOR": "1",
    }


def run_playbook(
    inventory: Path,
    *arguments: str,
    playbook: str = "site.yml",
    environment: dict[str, str] | None = None,
) -> Run:
    """Run a playbook of this repository against an inventory and wait for its end."""
    program = Path(sys.executable).with_name("ansible-playbook")
    command = (str(program), "-i", str(inventory), playbook, *arguments)
    settings = {**ansible_environment(), **(environment or {})}
    done = subprocess.run(
        command,
        cwd=REPOSITORY,
        env=settings,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return Run(command, done.returncode, done.stdout)
