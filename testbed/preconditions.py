"""What must hold before anything is made, told all at once."""

import os
import shutil

from testbed.errors import TestbedError

_PROGRAMS = (
    "podman",
    "runc",
    "mmdebstrap",
    "iptables",
    "nsenter",
    "unshare",
    "setpriv",
    "ip",
    "ssh",
    "ssh-keygen",
    "apt-config",
)
_PLACES = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def check() -> None:
    """Raise one error that names everything this machine lacks."""
    if os.geteuid() != 0:
        raise TestbedError(
            "root is required: disposable hosts are containers with a network of their own",
            "the same command as root, for instance with sudo",
        )
    problems = []
    missing = [name for name in _PROGRAMS if shutil.which(name, path=_PLACES) is None]
    if missing:
        problems.append(f"not installed: {', '.join(missing)}")
    with open("/proc/filesystems") as file:
        kernel = file.read().split()
    if "overlay" not in kernel and not shutil.which("modprobe", path=_PLACES):
        problems.append("the kernel has no overlay filesystem")
    if "cgroup2" not in kernel:
        problems.append("the kernel has no cgroup v2")
    if problems:
        raise TestbedError(
            "this machine cannot make disposable hosts:\n  - " + "\n  - ".join(problems),
            "scripts/bootstrap packages demo, then the same command again",
        )
    # cron and sudo leave the sbin folders out, where half of these programs live.
    os.environ["PATH"] = f"{os.environ.get('PATH', '')}:{_PLACES}"
