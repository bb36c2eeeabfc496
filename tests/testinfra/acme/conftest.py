"""Fixtures of the certificates of an ACME server: Debian's pebble, on the disposable host."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from testinfra.host import Host

from tests.helpers import chosen
from tests.helpers.commands import done
from tests.helpers.load import Load, load_of
from tests.helpers.playbook import Run
from tests.helpers.website import Site
from tests.testinfra.conftest import Value
from tests.testinfra.negative.conftest import Converge, converge  # noqa: F401

# ACME servers certify names; disposable hosts are otherwise known by their address.
NAME = "moztrap.test"
FOLDER = "/root/pebble"
UNIT = "pebble-elsewhere"
PORT = 14000
DIRECTORY = f"https://localhost:{PORT}/dir"
CONFIGURATION = {
    "pebble": {
        "listenAddress": f"0.0.0.0:{PORT}",
        "managementListenAddress": "127.0.0.1:15000",
        "certificate": f"{FOLDER}/directory.pem",
        "privateKey": f"{FOLDER}/directory.key",
        # Where it looks for proof: the ports of every site.
        "httpPort": 80,
        "tlsPort": 443,
        "ocspResponderURL": "",
        "externalAccountBindingRequired": False,
    }
}
FETCH_ROOT = (
    "import ssl, urllib.request as r; c = ssl._create_unverified_context(); "
    "print(r.urlopen('https://localhost:15000/roots/0', context=c, timeout=10).read().decode())"
)

# What certbot needed on a host, and what is not to be left of it.
CERTBOTS = (
    "/etc/letsencrypt/renewal/moztrap.conf",
    "/etc/letsencrypt/live/moztrap/fullchain.pem",
    "/etc/letsencrypt/keys",
    "/etc/systemd/system/certbot.service.d/moztrap.conf",
    "/usr/local/sbin/moztrap-install-certificate",
    "/etc/moztrap/tls/acme-ca.pem",
)


@dataclass(frozen=True)
class Pebble:
    """An ACME server, which resolves names as its host does."""

    host: Host
    root: str
    directory: str

    def learn(self, address: str) -> None:
        """Find the site at this address from now on."""
        self.forget()
        done(self.host, f"echo '{address} {NAME}' >> /etc/hosts")

    def forget(self) -> None:
        """Know no address of the site."""
        # In a container the file may be mounted, so that it cannot be replaced.
        done(self.host, f"sed '/ {NAME}$/d' /etc/hosts > {FOLDER}/hosts")
        done(self.host, f"cat {FOLDER}/hosts > /etc/hosts")

    @property
    def orders(self) -> int:
        """How often it was asked for a certificate."""
        journal = done(self.host, f"journalctl --no-pager -o cat -u {UNIT}")
        return journal.count("POST /order-plz")


def renew(host: Host) -> None:
    """Have certbot renew, as its unit would, but for the date."""
    done(
        host,
        "systemd-run --quiet --wait --collect"
        " -E REQUESTS_CA_BUNDLE=/etc/moztrap/tls/acme-ca.pem"
        " certbot -q renew --cert-name moztrap --force-renewal --no-random-sleep-on-renew",
    )


@contextmanager
def running(host: Host) -> Iterator[Pebble]:
    """That server with keys of its own, known as localhost and by its host's address."""
    done(host, "apt-get update -q && apt-get install -q -y --no-install-recommends pebble")
    done(host, f"mkdir -p {FOLDER}")
    done(
        host,
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30"
        " -subj /CN=directory"
        " -addext subjectAltName=DNS:localhost,IP:$(hostname -I | cut -d ' ' -f 1)"
        f" -keyout {FOLDER}/directory.key -out {FOLDER}/directory.pem",
    )
    done(host, f"printf '%%s' %s > {FOLDER}/pebble.json", json.dumps(CONFIGURATION))
    # It otherwise waits, refuses nonces and believes old proof, to test its clients.
    done(
        host,
        f"systemd-run --quiet --unit={UNIT} -E PEBBLE_VA_NOSLEEP=1 -E PEBBLE_WFE_NONCEREJECT=0"
        f" -E PEBBLE_AUTHZREUSE=0 pebble -config {FOLDER}/pebble.json",
    )
    ready = "for _ in $(seq 50); do python3 -c %s 2>/dev/null && exit 0; sleep 0.2; done; exit 1"
    root = done(host, ready, FETCH_ROOT)
    server = Pebble(host, root, done(host, f"cat {FOLDER}/directory.pem"))
    yield server
    server.forget()
    host.run(f"systemctl stop {UNIT}; rm -rf {FOLDER}")


@pytest.fixture(scope="module")
def pebble(host: Host) -> Iterator[Pebble]:
    """That server, on the site's own host."""
    with running(host) as server:
        yield server


@pytest.fixture(scope="module")
def authorities(pebble: Pebble, inventory: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files on the controller: pebble.pem, what an operator names; both.pem, for visitors."""
    folder = tmp_path_factory.mktemp("authorities")
    (folder / "pebble.pem").write_text(pebble.root + pebble.directory)
    private = (inventory / ".state" / "tls" / "ca.pem").read_text()
    (folder / "both.pem").write_text(pebble.root + private)
    (folder / "root.pem").write_text(pebble.root)
    return folder


def choices(authorities: Path) -> dict[str, Any]:
    """What an operator writes who has that server."""
    return {
        "moztrap_server_name": NAME,
        "tls_provider": "acme",
        "tls_acme_directory": DIRECTORY,
        "tls_acme_email": f"operations@{NAME}",
        "tls_acme_agree_to_terms": True,
        "tls_acme_ca_file": str(authorities / "pebble.pem"),
    }


@pytest.fixture(scope="module")
def choose(
    converge: Converge,  # noqa: F811
    inventory: Path,
    authorities: Path,
) -> Iterator[Callable[..., Run]]:
    """Run the site's playbook with these choices, which stay in the inventory."""

    def run(*arguments: str, playbook: str = "site.yml", **other: Any) -> Run:
        chosen.choose(inventory, choices(authorities) | other)
        return converge(*arguments, playbook=playbook)

    yield run
    chosen.forget(inventory)


@pytest.fixture(scope="module")
def address(value: Value) -> str:
    """Where the site is."""
    return str(value("moztrap_address"))


@pytest.fixture(scope="module")
def visit(address: str, authorities: Path) -> Callable[[str], Site]:
    """The site as somebody sees it who trusts one of the files in `authorities`."""
    return lambda file: Site(f"https://{NAME}", str(authorities / file), address)


@pytest.fixture(scope="module")
def make_load(visit: Callable[[str], Site]) -> Callable[[], Load]:
    """Clients that trust both authorities, with kept and with fresh connections."""
    return lambda: load_of(visit("both.pem"))


@pytest.fixture
def serial(visit: Callable[[str], Site]) -> Callable[[], int]:
    """The serial number of the certificate that the site shows."""
    return lambda: visit("both.pem").serial_number()
