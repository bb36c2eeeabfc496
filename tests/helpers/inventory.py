"""What the tests need to know of the inventory that the hosts were made from.

Values are templated by Ansible itself, so that a test sees what a role sees.
"""

import json
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import StrictUndefined
from jinja2.nativetypes import NativeEnvironment

from tests.helpers.playbook import REPOSITORY, ansible_environment


def _ansible(program: str, *arguments: str) -> str:
    done = subprocess.run(
        [str(Path(sys.executable).with_name(program)), *arguments],
        cwd=REPOSITORY,
        env=ansible_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(f"{program} {' '.join(arguments)} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


@cache
def _listing(inventory: Path) -> dict[str, Any]:
    listing: dict[str, Any] = json.loads(
        _ansible("ansible-inventory", "-i", str(inventory), "--list")
    )
    return listing


def groups(inventory: Path) -> dict[str, list[str]]:
    """Return group → hosts."""
    return {
        name: entry.get("hosts", [])
        for name, entry in _listing(inventory).items()
        if name != "_meta"
    }


def connection(inventory: Path, host: str) -> dict[str, Any]:
    """Return how Ansible connects to a host."""
    found = _listing(inventory)["_meta"]["hostvars"][host]
    return {name: value for name, value in found.items() if name.startswith("ansible_")}


@cache
def variables(inventory: Path, host: str) -> dict[str, Any]:
    """Return the inventory's variables as a role on this host sees them, secrets too."""
    raw = _listing(inventory)["_meta"]["hostvars"][host]
    names = sorted(name for name in raw if not name.startswith("ansible_"))
    wanted = ", ".join(f"'{name}': {name}" for name in names)
    answer = _ansible(
        *("ansible", host, "--one-line", "-i", str(inventory)),
        *("-m", "ansible.builtin.debug", "-a", f"msg={{{{ {{{wanted}}} }}}}"),
    )
    known: dict[str, Any] = json.loads(answer.split(" => ", 1)[1])["msg"]
    return known


def value(inventory: Path, host: str, expression: str) -> Any:
    """Return what an expression is for a host: a variable, or several as a list or dict."""
    environment = NativeEnvironment(undefined=StrictUndefined)
    return environment.compile_expression(expression, undefined_to_none=False)(
        variables(inventory, host)
    )
