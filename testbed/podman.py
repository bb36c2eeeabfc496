"""Podman with a store, networks and settings of the testbed's own: yours stay untouched."""

import json
import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from testbed import cgroups
from testbed.errors import TestbedError
from testbed.paths import LIBRARY, RUNTIME
from testbed.run import Result, run
from testbed.turns import turn

_ADDRESSES = Path("/run/containers/networks")
_BOOT_ID = "/proc/sys/kernel/random/boot_id"

_ENGINE = f"""\
[containers]
log_driver = "k8s-file"
log_size_max = 10485760
[network]
network_backend = "netavark"
network_config_dir = "{LIBRARY}/networks"
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
runtime = "runc"
static_dir = "{LIBRARY}/libpod"
volume_path = "{LIBRARY}/volumes"
tmp_dir = "{RUNTIME}/libpod"
"""

_STORAGE = f"""\
[storage]
driver = "overlay"
graphroot = "{LIBRARY}/storage"
runroot = "{RUNTIME}/storage"
"""


class Podman:
    """One machine's podman, entered the way this machine needs it."""

    def __init__(self) -> None:
        # Of two that start at once, the second would forget what the first has just made.
        with turn(LIBRARY, "runtime"):
            self._forget_previous_boot()
            for name, text in (("containers.conf", _ENGINE), ("storage.conf", _STORAGE)):
                (LIBRARY / name).write_text(text)
            self._prefix = cgroups.prefix()
        self._environment = {
            "CONTAINERS_CONF": str(LIBRARY / "containers.conf"),
            "CONTAINERS_STORAGE_CONF": str(LIBRARY / "storage.conf"),
            "TMPDIR": str(LIBRARY),
        }

    def __call__(
        self,
        *arguments: str,
        stdin: bytes = b"",
        check: bool = True,
        timeout: float = 300,
    ) -> Result:
        """Run one podman command."""
        return run(
            [*self._prefix, "podman", *arguments],
            stdin=stdin,
            check=check,
            timeout=timeout,
            environment=self._environment,
        )

    def json(self, *arguments: str) -> list[dict[str, Any]]:
        """Run one podman command that answers with a JSON list."""
        text = self(*arguments).stdout.strip()
        answer = json.loads(text) if text else []
        if not isinstance(answer, list):
            raise TestbedError(f"podman {' '.join(arguments)} gave no list: {text[:200]}")
        return answer

    def containers(self, labels: Sequence[str] = ()) -> list[dict[str, Any]]:
        """Containers with all these labels, in whatever state."""
        filters = [f"--filter=label={label}" for label in labels]
        return self.json("ps", "--all", "--format=json", *filters)

    def networks(self, labels: Sequence[str] = ()) -> list[dict[str, Any]]:
        """Networks with all these labels."""
        filters = [f"--filter=label={label}" for label in labels]
        return self.json("network", "ls", "--format=json", *filters)

    def _forget_previous_boot(self) -> None:
        # Where /run is on disk, podman takes what an earlier boot left there for alive.
        with open(_BOOT_ID) as file:
            boot = file.read().strip()
        record = RUNTIME / "boot-id"
        if record.is_file() and record.read_text() == boot:
            return
        _forget_addresses()
        if RUNTIME.exists():
            cgroups.discard()
            run(["find", str(RUNTIME), "-xdev", "-depth", "-mindepth", "1", "-delete"], check=False)
        RUNTIME.mkdir(parents=True, exist_ok=True)
        os.chmod(RUNTIME, 0o700)
        record.write_text(boot)


def _forget_addresses() -> None:
    """Podman's record of addresses in use is wrong when an earlier boot wrote it."""
    booted = time.time() - float(Path("/proc/uptime").read_text().split()[0])
    for name in ("ipam.db", "aardvark-dns/aardvark.pid"):
        path = _ADDRESSES / name
        if path.is_file() and path.stat().st_mtime < booted:
            path.unlink()
