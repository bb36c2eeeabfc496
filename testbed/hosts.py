"""Hosts: make, boot, wait until systemd and sshd are ready, throw away."""

import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

from testbed import guest_config
from testbed.errors import TestbedError
from testbed.podman import Podman
from testbed.seed import Seed
from testbed.ssh import Access
from testbed.topology import Host

# What a virtual machine's root may do, less what would reach the machine underneath:
# its clock, kernel modules, raw devices.
CAPABILITIES = (
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "DAC_READ_SEARCH",
    "FOWNER",
    "FSETID",
    "IPC_LOCK",
    "IPC_OWNER",
    "KILL",
    "LEASE",
    "LINUX_IMMUTABLE",
    "MKNOD",
    "NET_ADMIN",
    "NET_BIND_SERVICE",
    "NET_BROADCAST",
    "NET_RAW",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_ADMIN",
    "SYS_CHROOT",
    "SYS_NICE",
    "SYS_PTRACE",
    "SYS_RESOURCE",
    "SYS_TTY_CONFIG",
)
_SYS_RESOURCE_BIT = 24
# Nine at once on two cores, beside other work.
_BOOT_SECONDS = 240


@dataclass(frozen=True)
class Plan:
    """Everything needed to make one host."""

    host: Host
    container: str
    image: str
    network: str
    address: IPv4Address
    labels: tuple[str, ...]


def prepare(podman: Podman, plans: Sequence[Plan], access: Access) -> list[str]:
    """Make every planned host that does not run yet, side by side; return those made anew."""
    existing = {name: entry for entry in podman.containers() for name in entry.get("Names") or []}
    with ThreadPoolExecutor(max_workers=4) as pool:
        made = list(pool.map(lambda plan: _ensure(podman, plan, existing, access), plans))
    return [plan.host.name for plan, new in zip(plans, made, strict=True) if new]


def _ensure(
    podman: Podman, plan: Plan, existing: Mapping[str, Mapping[str, Any]], access: Access
) -> bool:
    entry = existing.get(plan.container)
    if entry is not None and _revive(podman, plan, entry, access):
        return False
    remove(podman, [plan.container])
    podman("create", *_options(plan), plan.image)
    podman("cp", "-", f"{plan.container}:/", stdin=_seed(plan, access).tar())
    podman("start", plan.container)
    _wait(podman, plan, access)
    # Until this is written, the host counts as half-made and is made again.
    access.mark_ready(plan.host.name, _identity(podman, plan.container))
    return True


def _identity(podman: Podman, container: str) -> str:
    return podman("inspect", "--format={{.Id}}", container).stdout.strip()


def _revive(podman: Podman, plan: Plan, entry: Mapping[str, Any], access: Access) -> bool:
    """Keep a host that works or that can be started again, with all that is on it."""
    labels = entry.get("Labels") or {}
    wanted = dict(label.split("=", 1) for label in plan.labels)
    if wanted.items() - labels.items() or not access.is_ready(plan.host.name, entry["Id"]):
        return False
    state = entry.get("State")
    if state == "running" and _answers(access, plan.host.name):
        return True
    if state not in {"exited", "stopped"}:
        return False
    if not podman("start", plan.container, check=False).succeeded:
        return False
    try:
        _wait(podman, plan, access)
    except TestbedError:
        return False
    return True


def _options(plan: Plan) -> list[str]:
    bounding = _bounding_set()
    capabilities = [
        name for name in CAPABILITIES if name != "SYS_RESOURCE" or bounding >> _SYS_RESOURCE_BIT & 1
    ]
    return [
        f"--name={plan.container}",
        f"--hostname={plan.host.name}",
        f"--network={plan.network}",
        f"--network-alias={plan.host.name}",
        f"--ip={plan.address}",
        "--no-hosts",
        "--systemd=always",
        "--pids-limit=0",
        *(f"--ulimit={name}={limit}:{limit}" for name, limit in _limits().items()),
        *(f"--cap-add={name}" for name in capabilities),
        "--security-opt=seccomp=unconfined",
        "--security-opt=apparmor=unconfined",
        "--security-opt=label=disable",
        *(f"--label={label}" for label in plan.labels),
    ]


def _bounding_set() -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("CapBnd:"):
            return int(line.split()[1], 16)
    return 0


def _limits() -> dict[str, int]:
    """Podman's defaults exceed what may be set where raising a limit is not allowed."""
    import resource

    def at_most(kind: int, wanted: int) -> int:
        hard = resource.getrlimit(kind)[1]
        return wanted if hard == resource.RLIM_INFINITY else min(hard, wanted)

    return {
        "nofile": at_most(resource.RLIMIT_NOFILE, 524288),
        "nproc": at_most(resource.RLIMIT_NPROC, 32768),
    }


def _seed(plan: Plan, access: Access) -> Seed:
    seed = Seed()
    seed.add("/root/.ssh/authorized_keys", access.authorized(), 0o600)
    key = access.host_key(plan.host.name)
    seed.add("/etc/ssh/ssh_host_ed25519_key", key.read_bytes(), 0o600)
    seed.add("/etc/ssh/ssh_host_ed25519_key.pub", key.with_name(key.name + ".pub").read_bytes())
    seed.add(
        "/etc/hosts",
        f"127.0.0.1 localhost\n::1 localhost ip6-localhost\n{plan.address} {plan.host.name}\n",
    )
    authorities = guest_config.extra_authorities()
    guest_config.check_authorities(authorities)
    for name, content in authorities.items():
        seed.add(f"/usr/local/share/ca-certificates/{name}", content)
    pip = guest_config.pip_configuration()
    if pip:
        seed.add("/etc/pip.conf", pip)
    return seed


def _wait(podman: Podman, plan: Plan, access: Access) -> None:
    """Wait for systemd to have started everything, then for sshd to let us in."""
    deadline = time.monotonic() + _BOOT_SECONDS
    state = ""
    while time.monotonic() < deadline:
        # Until the bus answers there is nothing that --wait could wait for.
        asked = podman(
            *("exec", plan.container, "systemctl", "is-system-running", "--wait"),
            check=False,
            timeout=_BOOT_SECONDS,
        )
        state = asked.stdout.strip()
        if state in {"running", "degraded"}:
            break
        time.sleep(0.2)
    if state != "running":
        failed = podman("exec", plan.container, "systemctl", "--failed", "--no-pager", check=False)
        raise TestbedError(
            f"host {plan.host.name} did not boot: systemd says {state or 'nothing'}\n"
            f"{failed.stdout.strip() or failed.stderr.strip()}",
            "python -m testbed down, then up again; if it stays so, the lines above tell which "
            "unit cannot start on this machine",
        )
    if guest_config.extra_authorities():
        podman("exec", plan.container, "update-ca-certificates")
    while time.monotonic() < deadline:
        if _answers(access, plan.host.name):
            return
        time.sleep(0.2)
    raise TestbedError(
        f"host {plan.host.name} boots, but SSH to {plan.address} does not answer",
        "look for a firewall on this machine that blocks the network 198.18.0.0/15",
    )


def _answers(access: Access, host: str) -> bool:
    return access.run(host, "true", check=False, timeout=15).succeeded


def remove(podman: Podman, containers: Sequence[str]) -> None:
    """Throw hosts away, whatever state they are in."""
    for container in containers:
        podman("rm", "--force", "--time=0", "--ignore", "--volumes", container)
