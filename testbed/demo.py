"""The second half of `make demo`: hosts, converge, content, verification, where to look."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from testbed import lifecycle, remote, topology
from testbed.errors import TestbedError
from testbed.paths import CHECKOUT, state_directory

_BIN = Path(sys.executable).parent
_EXPORTS = ("*.json", "*.json.gz")
# Packages and Python come first: scripts/demo.
_FIRST, _LAST = 3, 6


@dataclass(frozen=True)
class Data:
    """An export of real cases to import, and what to call it."""

    files: tuple[Path, ...]
    product: str
    version: str


def find_data(folder: str, product: str, version: str) -> Data | None:
    """Check the folder before anything is made; None when no data was asked for."""
    if not folder:
        return None
    path = Path(folder).expanduser().resolve()
    if not path.is_dir():
        raise TestbedError(f"DATA={folder}: there is no folder {path}", "make demo DATA=FOLDER")
    files = tuple(sorted(file for pattern in _EXPORTS for file in path.glob(pattern)))
    if not files:
        raise TestbedError(
            f"DATA={folder} holds no export: no *.json or *.json.gz in {path}",
            "name the folder that holds the files themselves",
        )
    guessed_product, guessed_version = name_of_folder(path.name)
    return Data(files, product or guessed_product, version or guessed_version)


def name_of_folder(name: str) -> tuple[str, str]:
    """`firefox-os-2.6` is version 2.6 of Firefox OS."""
    match = re.match(r"^(?P<product>.+?)[-_ ]v?(?P<version>\d[\w.]*)$", name)
    words = re.split(r"[-_ ]+", match["product"] if match else name)
    product = " ".join(word.upper() if len(word) < 3 else word.capitalize() for word in words)
    return product, match["version"] if match else "1.0"


def run(name: str, data: Data | None) -> None:
    """Go from nothing to a verified site, or from where an earlier run stopped."""
    started = time.monotonic()
    state = state_directory(name)
    with _step(3, f"Disposable hosts of topology {name}"):
        lifecycle.up(topology.load(name))
    inventory = state / "inventory"
    shown = inventory.relative_to(CHECKOUT)
    with _step(4, f"ansible-playbook -i {shown} site.yml"):
        _program(["ansible-playbook", "-i", str(inventory), "site.yml"], name)
    with _step(5, "Content: the sample library" + (" and your data" if data else "")):
        remote.manage(name, ["seed_sample"])
        if data:
            remote.import_files(name, data.product, data.version, data.files)
    with _step(6, "Verify the hosts with testinfra"):
        _program(
            [
                *("pytest", "tests/testinfra", "--ignore=tests/testinfra/negative"),
                *("--hosts=ansible://all", f"--ansible-inventory={inventory}"),
                *("-q", "-p", "no:cacheprovider"),
            ],
            name,
        )
    print(farewell(name, time.monotonic() - started))


class _step:  # noqa: N801
    """Announce a part of the demo, and how long it took."""

    def __init__(self, number: int, what: str) -> None:
        self._number = number
        self._what = what

    def __enter__(self) -> None:
        self._started = time.monotonic()
        print(f"\n[{self._number}/{_LAST}] {self._what}", flush=True)

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            seconds = time.monotonic() - self._started
            print(f"[{self._number}/{_LAST}] done in {seconds:.0f} s", flush=True)


def _program(command: Sequence[str], name: str) -> None:
    environment = {
        **os.environ,
        "PATH": f"{_BIN}:{os.environ.get('PATH', '')}",
        "ANSIBLE_CONFIG": str(CHECKOUT / "ansible.cfg"),
        "PYTHONUNBUFFERED": "1",
    }
    if sys.stdout.isatty():
        environment["ANSIBLE_FORCE_COLOR"] = "1"
    done = subprocess.run(
        [str(_BIN / command[0]), *command[1:]],
        cwd=CHECKOUT,
        env=environment,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    if done.returncode:
        raise TestbedError(
            f"{command[0]} ended with code {done.returncode}; its own words are above",
            f"the hosts are left as they are: look around with `ssh -F .testbed/{name}/ssh_config "
            "HOST`, then the same command goes on, or `make demo-down` removes everything",
        )


def farewell(name: str, seconds: float) -> str:
    """Where everything is, and what to try next."""
    state = state_directory(name).relative_to(CHECKOUT)
    url = (state_directory(name) / "url").read_text().strip()
    host = topology.load(name).entrance().name
    which = "" if name == "single" else f" TOPOLOGY={name}"
    return f"""
MozTrap runs and is verified: {seconds:.0f} s after the packages were there.

  {url}
      open it in a browser on this machine; the CA to trust is {state}/ca.pem
  {state}/credentials.json
      the administrator's user name and password
  {state}/inventory
      an operator's inventory; its secrets are encrypted with .vault-password

Try next:
  curl --cacert {state}/ca.pem {url}healthz
  ssh -F {state}/ssh_config {host}              # root on the host
  ansible-playbook -i {state}/inventory site.yml   # again: nothing changes
      (after: . .venv/bin/activate)
  make demo-mail{which}        # the last mail the site sent
  make status                  # which disposable hosts there are
  make demo-down{which}        # remove it all"""
