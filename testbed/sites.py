"""How sites stand: playbooks/status.yml without everything that Ansible says around it."""

import os
import subprocess
import sys
from pathlib import Path

from testbed.paths import CHECKOUT

_BIN = Path(sys.executable).parent
# Nothing but what the report itself prints.
_QUIET = {
    "ANSIBLE_STDOUT_CALLBACK": "community.general.null",
    "ANSIBLE_CALLBACKS_ENABLED": "moztrap_lock",
    "ANSIBLE_CONFIG": str(CHECKOUT / "ansible.cfg"),
}


def show(inventory: Path) -> bool:
    """Print how the site of an inventory stands; False when it could not be asked."""
    command = ["ansible-playbook", "-i", str(inventory), "playbooks/status.yml"]
    environment = {**os.environ, "PATH": f"{_BIN}:{os.environ.get('PATH', '')}"}
    done = subprocess.run(
        [str(_BIN / command[0]), *command[1:]],
        cwd=CHECKOUT,
        env=environment | _QUIET,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    print(done.stdout.strip("\n"), flush=True)
    if done.returncode:
        print(f"\n{inventory} could not be asked to the end; to see why: {' '.join(command)}")
    return done.returncode == 0


def converged(state: Path) -> bool:
    """Has the site of a topology been converged at least once?"""
    return (state / "ca.pem").exists()
