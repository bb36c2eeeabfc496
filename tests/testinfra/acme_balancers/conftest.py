"""Fixtures of two balancers with certificates of an ACME server, which is on a host beside them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import testinfra
from testinfra.host import Host

from tests.helpers import chosen
from tests.helpers.load import Load, load_of
from tests.helpers.playbook import Run
from tests.helpers.website import Site
from tests.testinfra.acme.conftest import (  # noqa: F401
    NAME,
    PORT,
    Pebble,
    authorities,
    choices,
    running,
)
from tests.testinfra.conftest import Value
from tests.testinfra.negative.conftest import Converge, converge, outsider  # noqa: F401


@dataclass(frozen=True)
class Balancer:
    """One of both, and how it is visited by whoever trusts a file in `authorities`."""

    host: Host
    address: str
    authorities: Path

    def visit(self, file: str) -> Site:
        """The site as this balancer shows it."""
        return Site(f"https://{NAME}", str(self.authorities / file), self.address)

    def serial(self) -> int:
        """The serial number of the certificate that it shows."""
        return self.visit("both.pem").serial_number()

    def load(self) -> Load:
        """Clients that trust both authorities, with kept and with fresh connections."""
        return load_of(self.visit("both.pem"), kept=2, fresh=1, pause=0.05)


@pytest.fixture(scope="module")
def pebble(outsider: Host) -> Iterator[Pebble]:  # noqa: F811
    """The ACME server."""
    with running(outsider) as server:
        yield server


@pytest.fixture(scope="module")
def balancers(
    inventory: Path,
    value: Value,
    authorities: Path,  # noqa: F811
) -> list[Balancer]:
    """Both balancers."""
    names, addresses = value("[moztrap_balancer_hosts, moztrap_balancer_addresses]")
    return [
        Balancer(
            testinfra.get_host(f"ansible://{name}", ansible_inventory=str(inventory)),
            address,
            authorities,
        )
        for name, address in zip(names, addresses, strict=True)
    ]


@pytest.fixture(scope="module")
def choose(
    # Not used here: what does not ask for the host would run behind all that does.
    host: Host,
    converge: Converge,  # noqa: F811
    inventory: Path,
    pebble: Pebble,
    authorities: Path,  # noqa: F811
) -> Iterator[Callable[..., Run]]:
    """Run the site's playbook with that ACME server, or with these choices instead."""
    address = pebble.host.run("hostname -I").stdout.split()[0]

    def run(*arguments: str, playbook: str = "site.yml", **other: str) -> Run:
        directory = {"tls_acme_directory": f"https://{address}:{PORT}/dir"}
        chosen.choose(inventory, choices(authorities) | directory | other)
        return converge(*arguments, playbook=playbook)

    yield run
    chosen.forget(inventory)
