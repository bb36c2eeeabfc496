"""One network per topology, out of a range that no other network uses."""

import hashlib
import ipaddress
import json
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network

from testbed.errors import TestbedError
from testbed.paths import checkout_id
from testbed.podman import Podman
from testbed.run import run

# Reserved for benchmarks (RFC 2544): nobody's network is in it.
RANGE = IPv4Network("198.18.0.0/15")
_FIRST_HOST = 10


def choose(
    taken: Iterable[tuple[IPv4Network, str]], key: str, wanted: str | None = None
) -> IPv4Network:
    """Pick the wanted network, or a free /24 that is the same at every attempt."""
    used = list(taken)
    if wanted:
        network = IPv4Network(wanted)
        by = _user_of(network, used)
        if by:
            raise TestbedError(
                f"the address range {wanted} is taken by {by}",
                "remove `network:` from the topology file, and a free one is chosen",
            )
        return network
    candidates = list(RANGE.subnets(new_prefix=24))
    start = int(hashlib.sha256(key.encode()).hexdigest(), 16) % len(candidates)
    for candidate in candidates[start:] + candidates[:start]:
        if _user_of(candidate, used) is None:
            return candidate
    raise TestbedError(
        f"every address range in {RANGE} is taken, the first by {_user_of(candidates[0], used)}",
        "set `network:` in the topology file to a free /24 of your own",
    )


def _user_of(network: IPv4Network, used: Iterable[tuple[IPv4Network, str]]) -> str | None:
    return next((by for other, by in used if network.overlaps(other)), None)


def taken_on_machine(podman: Podman) -> list[tuple[IPv4Network, str]]:
    """Every network this machine already has an address in or a route to."""
    used = []
    for route in json.loads(run(["ip", "-json", "-4", "route", "show", "table", "all"]).stdout):
        destination = route.get("dst", "")
        if destination in {"", "default", "0.0.0.0/0", "0.0.0.0/1", "128.0.0.0/1"}:
            continue
        try:
            network = IPv4Network(destination, strict=False)
        except ValueError:
            continue
        used.append((network, f"the route {destination} on {route.get('dev', 'this machine')}"))
    for known in podman.networks():
        for subnet in known.get("subnets") or []:
            range_ = ipaddress.ip_network(subnet["subnet"])
            if isinstance(range_, IPv4Network):
                used.append((range_, f"the testbed's network {known['name']}"))
    return used


def name_of(topology: str) -> str:
    """The network's name: one per topology and checkout."""
    return f"moztrap-{checkout_id()}-{topology}"


def find(podman: Podman, topology: str) -> IPv4Network | None:
    """The network that a topology has already."""
    name = name_of(topology)
    for known in podman.networks():
        if known["name"] == name:
            return IPv4Network(known["subnets"][0]["subnet"])
    return None


def ensure(
    podman: Podman,
    topology: str,
    labels: Iterable[str],
    wanted: str | None,
    avoid: IPv4Network | None = None,
) -> IPv4Network:
    """Return the topology's network, making it if need be."""
    network = find(podman, topology)
    if network:
        if wanted and network != IPv4Network(wanted):
            raise TestbedError(
                f"topology {topology} runs on {network}, its file now says {wanted}",
                f"python -m testbed down {topology}, then up again",
            )
        return network
    taken = taken_on_machine(podman)
    if avoid:
        taken.append((avoid, "hosts that podman takes for alive"))
    network = choose(taken, name_of(topology), wanted)
    podman(
        *("network", "create", "--subnet", str(network)),
        *(f"--label={label}" for label in labels),
        name_of(topology),
    )
    return network


def addresses(network: IPv4Network, hosts: Iterable[str]) -> dict[str, IPv4Address]:
    """The address of each host, in the topology's order."""
    return {host: network[_FIRST_HOST + index] for index, host in enumerate(hosts)}
