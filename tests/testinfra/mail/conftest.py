"""Fixtures of the ways of mail: one disposable host, and a mail server of somebody else's."""

import json
import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from testinfra.host import Host

from tests.helpers import smtp_server
from tests.helpers.application import ask, readiness
from tests.helpers.playbook import Run
from tests.helpers.visitor import Visitor
from tests.helpers.website import Response, Site
from tests.testinfra.conftest import Sql, Value
from tests.testinfra.negative.conftest import Converge, converge  # noqa: F401

PORT = 2587
USER = "the-site"
FOLDER = "/root/mail-server"
UNIT = "mail-elsewhere"
PATIENCE = 20
# A server of somebody else's is asked every two minutes, by one process for all.
RECALL_SECONDS = 150


@dataclass(frozen=True)
class MailServer:
    """A mail server that is not the site's: it may be stopped, and change its password."""

    host: Host
    name: str

    def start(self) -> None:
        """Take mail."""
        done = self.host.run(
            f"systemd-run --quiet --unit={UNIT} --collect python3 {FOLDER}/server.py {PORT}"
            f" --mailbox {FOLDER}/mails --user {USER} --password-file {FOLDER}/password"
            " --certificate /etc/moztrap/tls/host.pem --key /etc/moztrap/tls/host.key"
        )
        assert done.rc == 0, done.stderr

    def stop(self) -> None:
        """Be away."""
        self.host.run(f"systemctl stop {UNIT}")

    def set_password(self, password: str) -> None:
        """Believe this one from now on."""
        assert self.host.run(f"printf '%%s' %s > {FOLDER}/password", password).rc == 0

    def mails(self) -> list[dict[str, Any]]:
        """What it was given."""
        lines = self.host.run(f"cat {FOLDER}/mails").stdout.splitlines()
        return [json.loads(line) for line in lines]

    def arrived(self, recipient: str) -> bool:
        """Has it a mail for them, that came over TLS?"""
        return any(mail["tls"] and recipient in mail["to"] for mail in self.mails())


def through(server: MailServer, password: str) -> dict[str, Any]:
    """What an operator writes whose relay it is."""
    return {
        "smtp_external_relay": f"[{server.name}]:{PORT}",
        "smtp_external_relay_user": USER,
        "smtp_external_relay_password": password,
    }


def directly(server: MailServer, password: str) -> dict[str, Any]:
    """What an operator writes whose application hands its mail straight to it."""
    return {
        "moztrap_mail_delivery": "smtp",
        "moztrap_mail_server": server.name,
        "moztrap_mail_port": PORT,
        "moztrap_mail_user": USER,
        "moztrap_mail_password": password,
    }


def until(happened: Callable[[], Any], what: str, seconds: float = PATIENCE) -> None:
    """Wait for something that must happen soon."""
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, f"{what}: not in {seconds} s"
        time.sleep(0.5)


@pytest.fixture(scope="module")
def mail_server(host: Host) -> Iterator[MailServer]:
    """That server, on the site's own host, under a name that its certificate bears."""
    source = Path(smtp_server.__file__).read_text()
    assert host.run(f"mkdir -p {FOLDER} && printf '%%s' %s > {FOLDER}/server.py", source).rc == 0
    assert host.run(f"touch {FOLDER}/mails && printf '%%s' %s > {FOLDER}/password", "first").rc == 0
    server = MailServer(host, host.backend.get_hostname())
    server.start()
    yield server
    server.stop()
    host.run(f"rm -rf {FOLDER}")


@pytest.fixture(scope="module")
def choose(converge: Converge, inventory: Path) -> Callable[..., Run]:  # noqa: F811
    """Run a playbook with other choices than the inventory's."""

    def run(*arguments: str, **choices: Any) -> Run:
        authority = str(inventory / ".state" / "tls" / "ca.pem")
        everything = {"base_extra_ca_files": [authority], "smtp_sink_mailbox": False, **choices}
        return converge("-e", json.dumps(everything), *arguments)

    return run


@pytest.fixture
def register(entrance: Site) -> Callable[[], tuple[str, Response]]:
    """Register somebody new; return their address and the page that they see."""

    def fill_in() -> tuple[str, Response]:
        name, password = f"robin-{secrets.token_hex(4)}", secrets.token_urlsafe(18)
        person = Visitor(entrance)
        page = person.submit(
            person.get("/accounts/signup/"),
            {
                "username": name,
                "email": f"{name}@example.org",
                "password1": password,
                "password2": password,
            },
        )
        return f"{name}@example.org", page

    return fill_in


@pytest.fixture
def told(host: Host, value: Value) -> Callable[[], str]:
    """What `/readyz` tells the host itself over HTTPS, all of it."""
    authority = host.file(value("tls_ca_path")).content_string
    name = value("moztrap_server_name")
    return lambda: json.dumps(readiness(host, name, "127.0.0.1", authority))


@pytest.fixture
def problem(host: Host, value: Value) -> Callable[[], str]:
    """What `/readyz` says of mail to those who may see it."""
    script = (
        "from moztrap.core import mail; mail.recall = lambda n: None; print(mail.mail_problem())"
    )
    return lambda: ask(host, value, script)


@pytest.fixture
def is_registered(sql: Sql, value: Value) -> Callable[[str], bool]:
    """Whether there is an account with this address."""
    database = value("mysql_database")
    return lambda address: bool(
        sql(f"SELECT id FROM {database}.accounts_user WHERE email = '{address}'")
    )


@pytest.fixture(autouse=True)
def forgotten_attempts(sql: Sql, value: Value) -> None:
    """Limits are not the subject here."""
    sql(f"DELETE FROM {value('mysql_database')}.accounts_throttlecount")
