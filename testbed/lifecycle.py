"""Up, down, status: topologies as a whole."""

import json
import shutil
from collections.abc import Mapping
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

from testbed import hosts, image, inventory, network, preconditions, watches
from testbed.hosts import Plan
from testbed.paths import CHECKOUT, LIBRARY, checkout_id, state_directory
from testbed.podman import Podman
from testbed.progress import Progress, note
from testbed.run import CommandFailed
from testbed.ssh import Access
from testbed.topology import Topology
from testbed.turns import turn

_CHECKOUT = "moztrap.checkout"
_TOPOLOGY = "moztrap.topology"
_HOST_BYTES = 2 * 1024**3


def labels_of(topology: str) -> tuple[str, ...]:
    """What marks everything that belongs to a topology of this checkout."""
    return (f"{_CHECKOUT}={CHECKOUT}", f"{_TOPOLOGY}={topology}")


def up(topology: Topology) -> None:
    """Bring every host of a topology to life; what already runs is left alone."""
    progress = Progress(3)
    preconditions.check()
    podman = Podman()
    with turn(LIBRARY, f"{checkout_id()}-{topology.name}"):
        _reap(podman)
        suites = sorted({host.suite for host in topology.hosts})
        with progress.step(f"Base image of {', '.join(suites)}"):
            images = {suite: image.ensure(podman, suite) for suite in suites}
        image.check_disk(_HOST_BYTES * len(topology.hosts))
        # With those of other topologies and checkouts.
        watches.make_room(len(podman.containers([_CHECKOUT])) + len(topology.hosts))
        access = Access(state_directory(topology.name))
        try:
            addresses = _make(podman, progress, topology, images, access)
        except CommandFailed as error:
            if "already allocated" not in error.output:
                raise
            # Podman was killed between giving an address and taking it back: to it, the
            # address belongs for ever to a host that is gone.
            note("The network's record of addresses is damaged: the hosts move to another one.")
            damaged = network.find(podman, topology.name)
            _remove(podman, labels_of(topology.name))
            addresses = _make(podman, Progress(2), topology, images, access, damaged)
    for name, address in addresses.items():
        print(f"  {name:<12} {address!s:<15} ssh -F {_shown(access.config)} {name}")


def _make(
    podman: Podman,
    progress: Progress,
    topology: Topology,
    images: Mapping[str, str],
    access: Access,
    avoid: IPv4Network | None = None,
) -> dict[str, IPv4Address]:
    labels = labels_of(topology.name)
    state = state_directory(topology.name)
    with progress.step("Network, keys and inventory"):
        state.mkdir(parents=True, exist_ok=True)
        with turn(LIBRARY, "network"):
            subnet = network.ensure(podman, topology.name, labels, topology.network, avoid)
        addresses = network.addresses(subnet, [host.name for host in topology.hosts])
        access.ensure_key()
        access.write(addresses)
        inventory.write(state, topology, addresses, access)
        _describe(state, topology, addresses)
    with progress.step(f"Boot {', '.join(host.name for host in topology.hosts)}"):
        plans = _plans(topology, images, addresses)
        wanted = {plan.container for plan in plans}
        hosts.remove(podman, [name for name in _names(podman, labels) if name not in wanted])
        hosts.prepare(podman, plans, access)
    return addresses


def _plans(
    topology: Topology, images: Mapping[str, str], addresses: Mapping[str, IPv4Address]
) -> list[Plan]:
    labels = labels_of(topology.name)
    return [
        Plan(
            host,
            container_of(topology.name, host.name),
            images[host.suite],
            network.name_of(topology.name),
            addresses[host.name],
            (*labels, f"moztrap.suite={host.suite}", f"moztrap.address={addresses[host.name]}"),
        )
        for host in topology.hosts
    ]


def _remove(podman: Podman, labels: tuple[str, ...]) -> None:
    hosts.remove(podman, _names(podman, labels))
    for known in podman.networks(labels):
        podman("network", "rm", "--force", known["name"])


def _describe(state: Path, topology: Topology, addresses: Mapping[str, IPv4Address]) -> None:
    """Leave what later commands ask: addresses, the entrance, where mail ends."""
    mail = topology.in_group("mail") or topology.in_group("web") or list(topology.hosts)
    described = {
        "hosts": {name: str(address) for name, address in addresses.items()},
        "entrance": topology.entrance().name,
        "mail": mail[0].name,
        "web": [host.name for host in topology.in_group("web")],
    }
    (state / "topology.json").write_text(json.dumps(described, indent=1) + "\n")


def down(name: str) -> None:
    """Remove a topology with all that is on it; fine when there is nothing."""
    preconditions.check()
    podman = Podman()
    with turn(LIBRARY, f"{checkout_id()}-{name}"):
        _remove(podman, labels_of(name))
        shutil.rmtree(state_directory(name), ignore_errors=True)


def reset() -> None:
    """Remove every host, network and image of the testbed, of other checkouts too."""
    preconditions.check()
    podman = Podman()
    _remove(podman, (_CHECKOUT,))
    podman("rmi", "--all", "--force", check=False)
    for record in LIBRARY.glob("image-*.json"):
        record.unlink()
    for state in (CHECKOUT / ".testbed").glob("*/topology.json"):
        shutil.rmtree(state.parent)


def status() -> list[tuple[str, str, str, str, str]]:
    """Topology, host, address, Debian and state of every host of this checkout."""
    preconditions.check()
    rows = []
    for entry in Podman().containers([f"{_CHECKOUT}={CHECKOUT}"]):
        labels = entry["Labels"]
        topology = labels[_TOPOLOGY]
        host = entry["Names"][0].removeprefix(container_of(topology, ""))
        rows.append(
            (topology, host, labels["moztrap.address"], labels["moztrap.suite"], entry["State"])
        )
    return sorted(rows)


def container_of(topology: str, host: str) -> str:
    """A container's name, different in every checkout."""
    return f"moztrap-{checkout_id()}-{topology}-{host}"


def _names(podman: Podman, labels: tuple[str, ...]) -> list[str]:
    return [entry["Names"][0] for entry in podman.containers(labels)]


def _reap(podman: Podman) -> None:
    """Remove hosts and networks whose checkout or state directory is gone."""
    for entry in podman.containers([_CHECKOUT]):
        if _is_orphan(entry["Labels"]):
            note(f"Removing {entry['Names'][0]}: the checkout it belonged to is gone.")
            hosts.remove(podman, [entry["Names"][0]])
    for known in podman.networks([_CHECKOUT]):
        if _is_orphan(known["labels"]):
            podman("network", "rm", "--force", known["name"])


def _is_orphan(labels: dict[str, str]) -> bool:
    checkout = Path(labels[_CHECKOUT])
    return not (checkout / ".testbed" / labels.get(_TOPOLOGY, "")).is_dir()


def _shown(path: Path) -> str:
    return str(path.relative_to(CHECKOUT))
