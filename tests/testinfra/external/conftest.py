"""Fixtures of an external database: a MariaDB on a host that is not the site's."""

import re
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from testinfra.host import Host

from tests.helpers import chosen
from tests.helpers.commands import done
from tests.helpers.playbook import REPOSITORY, Run
from tests.testinfra.conftest import Value
from tests.testinfra.negative.conftest import Converge, converge, outsider  # noqa: F401

# What its certificate bears.
NAME = "database.moztrap.test"
FOLDER = "/etc/mysql/elsewhere"
PAGE = REPOSITORY / "docs" / "operators" / "choices-database.md"
CONFIGURATION = f"""[mariadbd]
bind_address = 0.0.0.0
ssl_cert = {FOLDER}/server.pem
ssl_key = {FOLDER}/server.key
"""
CERTIFY = f"""set -eu
mkdir -p {FOLDER}; cd {FOLDER}
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj /CN=authority \
    -keyout ca.key -out ca.pem
openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN={NAME} \
    -keyout server.key -out server.csr
printf 'subjectAltName=DNS:{NAME}\\n' > extensions
openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -days 30 -extfile extensions \
    -out server.pem
chown -R mysql: {FOLDER}
"""


# As its root, at its socket, where a client of Debian 13 would verify the certificate as well.
AS_ROOT = "mariadb --skip-ssl"


@dataclass(frozen=True)
class DatabaseServer:
    """That server, as whoever runs it sees it."""

    host: Host
    testbed: Path

    def ask(self, statement: str) -> list[list[str]]:
        """Ask as its root."""
        shown = done(self.host, f"{AS_ROOT} --batch --skip-column-names --execute %s", statement)
        return [line.split("\t") for line in shown.splitlines()]

    def prepare(self, statements: str) -> None:
        """Have the database and the accounts made anew, by these statements."""
        self.ask("DROP DATABASE IF EXISTS moztrap")
        accounts = self.ask("SELECT user FROM mysql.user WHERE user LIKE 'moztrap%'")
        for (name,) in accounts:
            self.ask(f"DROP USER {name}@'%'")
        done(self.host, f"printf '%%s' %s | {AS_ROOT}", statements)

    def load(self, dump: Path, account: str, password: str) -> None:
        """Load a backup's dump with an account of the site, over TLS."""
        subprocess.run(
            ["scp", "-q", "-F", str(self.testbed / "ssh_config"), str(dump), "outsider:/root/dump"],
            check=True,
        )
        done(
            self.host,
            "set -o pipefail; zstd --decompress --stdout < /root/dump | MYSQL_PWD=%s mariadb"
            f" --host={NAME} --ssl-ca={FOLDER}/ca.pem --ssl-verify-server-cert --user=%s moztrap",
            password,
            account,
        )


@pytest.fixture(scope="module")
def database_server(host: Host, outsider: Host, testbed: Path) -> Iterator[DatabaseServer]:  # noqa: F811
    """The server, with nothing in it."""
    done(
        outsider,
        "apt-get update -q && apt-get install -q -y --no-install-recommends"
        " mariadb-server openssl zstd",
    )
    done(outsider, "bash -c %s", CERTIFY)
    path = "/etc/mysql/mariadb.conf.d/95-elsewhere.cnf"
    done(outsider, f"printf '%%s' %s > {path}", CONFIGURATION)
    done(outsider, "systemctl restart mariadb")
    address = done(outsider, "hostname -I").split()[0]
    done(host, f"echo '{address} {NAME}' >> /etc/hosts")
    done(outsider, f"echo '{address} {NAME}' >> /etc/hosts")
    yield DatabaseServer(outsider, testbed)
    # In a container the file may be mounted, so that it cannot be replaced.
    done(host, f"sed '/ {NAME}$/d' /etc/hosts > /root/hosts && cat /root/hosts > /etc/hosts")


@pytest.fixture(scope="module")
def statements(value: Value) -> str:
    """What the documentation says is to be typed there, with the site's passwords."""
    found = re.search(r"```sql\n(.+?)```", PAGE.read_text(), re.DOTALL)
    assert found, PAGE
    text = found[1]
    for account in ("runtime", "owner", "backup"):
        text = text.replace("'…'", f"'{value(f'mysql_{account}_password')}'", 1)
    assert "…" not in text
    return text


@pytest.fixture(scope="module")
def database_authority(
    database_server: DatabaseServer, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The file on the controller with the authority of the server's certificate."""
    path = tmp_path_factory.mktemp("authority") / "database-ca.pem"
    path.write_text(done(database_server.host, f"cat {FOLDER}/ca.pem"))
    return path


def choices(authority: Path) -> dict[str, Any]:
    """What an operator writes who has that server."""
    return {
        "mysql_flavour": "external",
        "moztrap_database_server": NAME,
        "moztrap_database_ca": str(authority),
    }


@pytest.fixture(scope="module")
def choose(
    converge: Converge,  # noqa: F811
    inventory: Path,
    database_authority: Path,
) -> Iterator[Callable[..., Run]]:
    """Run a playbook with the external server, or with these choices instead."""

    def run(*arguments: str, playbook: str = "site.yml", own: bool = False, **other: Any) -> Run:
        made = {"mysql_flavour": "mariadb"} if own else choices(database_authority) | other
        chosen.choose(inventory, made)
        return converge(*arguments, playbook=playbook)

    yield run
    chosen.forget(inventory)


@pytest.fixture(scope="module")
def store(inventory: Path) -> Path:
    """Where the controller keeps the site's backups."""
    return inventory / ".state" / "backups"
