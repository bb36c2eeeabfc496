"""A place where podman finds pure cgroup v2, whatever the machine mounts.

On machines with version 1 controllers, podman and systemd refuse the mixed tree. A mount
namespace of our own, pinned to a file, shows them version 2 alone; every podman call enters it.
"""

import os
from pathlib import Path

from testbed.errors import TestbedError
from testbed.paths import RUNTIME
from testbed.run import run

_PIN_DIRECTORY = RUNTIME / "namespace"
_PIN = _PIN_DIRECTORY / "mount"
_TREE = "/sys/fs/cgroup"


def prefix() -> list[str]:
    """What to put before a podman command; empty on an ordinary cgroup v2 machine."""
    if _filesystem([], _TREE) == "cgroup2fs":
        return []
    enter = ["nsenter", f"--mount={_PIN}", f"--wd={Path.cwd()}"]
    if not _is_pinned() or _filesystem(enter, _TREE) != "cgroup2fs":
        _pin()
        if _filesystem(enter, _TREE) != "cgroup2fs":
            raise TestbedError(
                "this machine's kernel shows no cgroup v2 tree, which systemd in a guest needs",
                "boot with systemd.unified_cgroup_hierarchy=1, or use another machine",
            )
    return enter


def discard() -> None:
    """Forget the namespace, for instance after a reboot."""
    if os.path.ismount(_PIN) or _is_pinned():
        run(["umount", "--lazy", str(_PIN)], check=False)
    if os.path.ismount(_PIN_DIRECTORY):
        run(["umount", "--lazy", str(_PIN_DIRECTORY)], check=False)
    _PIN.unlink(missing_ok=True)


def _filesystem(enter: list[str], path: str) -> str:
    return run([*enter, "stat", "--file-system", "--format=%T", path], check=False).stdout.strip()


def _is_pinned() -> bool:
    return _PIN.exists() and _filesystem([], str(_PIN)) == "nsfs"


def _pin() -> None:
    discard()
    _PIN_DIRECTORY.mkdir(parents=True, exist_ok=True)
    # A namespace can be pinned only below a mount that does not propagate.
    run(["mount", "--bind", str(_PIN_DIRECTORY), str(_PIN_DIRECTORY)])
    run(["mount", "--make-private", str(_PIN_DIRECTORY)])
    _PIN.touch()
    script = (
        f"umount --recursive --lazy {_TREE} 2>/dev/null; "
        f"mkdir -p {_TREE}; exec mount -t cgroup2 cgroup2 {_TREE}"
    )
    made = run(
        ["unshare", f"--mount={_PIN}", "--propagation", "private", "sh", "-c", script],
        check=False,
    )
    if not made.succeeded:
        raise TestbedError(
            f"cannot make a mount namespace with cgroup v2: {made.stderr.strip()}",
            "run as root on the machine itself (or in a container with CAP_SYS_ADMIN)",
        )
