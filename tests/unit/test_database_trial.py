"""A database server that is not ours, looked at without a client: a real one, with TLS."""

from __future__ import annotations

import hashlib
import json
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import MySQLdb
import pytest
from ansible.module_utils.testing import patch_module_args

from tests.helpers import plugins  # noqa: F401  # makes our shared code importable
from tests.helpers.mariadb_server import private_server

from ansible.module_utils.moztrap import database_trial, mysql_client  # isort: skip
from ansible.module_utils.moztrap.database_trial import Account  # isort: skip
from plugins.modules import moztrap_database_trial  # isort: skip

ROWS = ("SELECT", "INSERT", "UPDATE", "DELETE")
COLLATION = "utf8mb4_unicode_520_ci"
PASSWORD = "what-only-the-site-knows"


@dataclass(frozen=True)
class Database:
    """A running server, where it is, and how to change it."""

    port: int
    authority: str
    run: Callable[[str], None]

    def address(self, **changes: Any) -> mysql_client.Address:
        given = {"host": "localhost", "port": self.port, "authority": self.authority}
        return mysql_client.Address(**{**given, **changes})

    def examine(self, *accounts: Account, **changes: Any) -> list[database_trial.Finding]:
        return database_trial.examine(self.address(**changes), "moztrap", COLLATION, accounts)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tls")
    for name in ("server", "stranger"):
        subprocess.run(
            ["openssl", "req", "-x509", "-nodes", "-newkey", "rsa:2048", "-days", "2",
             "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
             "-keyout", folder / f"{name}.key", "-out", folder / f"{name}.pem"],
            check=True, capture_output=True,
        )  # fmt: skip
    return folder


@pytest.fixture(scope="module")
def database(certificates: Path) -> Iterator[Database]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    arguments = [
        f"--port={port}", "--bind-address=127.0.0.1",
        f"--ssl-cert={certificates}/server.pem", f"--ssl-key={certificates}/server.key",
    ]  # fmt: skip
    with private_server(arguments) as server:

        def run(statements: str) -> None:
            subprocess.run(
                ["mariadb", "--no-defaults", f"--socket={server.socket}", "--user=root"],
                input=statements, text=True, check=True,
            )  # fmt: skip

        run(
            f"CREATE USER moztrap IDENTIFIED BY '{PASSWORD}';"
            f"CREATE USER greedy IDENTIFIED BY '{PASSWORD}';"
            f"CREATE USER poor IDENTIFIED BY '{PASSWORD}';"
            "GRANT SELECT, INSERT, UPDATE, DELETE ON moztrap.* TO moztrap;"
            "GRANT ALL ON moztrap.* TO greedy; GRANT SELECT ON moztrap.* TO poor;"
        )
        authority = (certificates / "server.pem").read_text()
        yield Database(port, authority, run)


RUNTIME = Account("moztrap", PASSWORD, ROWS, exactly=True)


def test_a_server_that_is_as_it_must_be_is_fine(database: Database) -> None:
    assert database.examine(RUNTIME) == []


@pytest.mark.parametrize(
    ("version", "needed"),
    [
        ("10.11.6-MariaDB-0+deb12u1", ""),
        ("10.6.0-MariaDB", ""),
        ("10.5.29-MariaDB-log", "MariaDB 10.6"),
        ("8.0.36", ""),
        ("9.7.0", ""),
        ("5.7.44-log", "MySQL 8.0"),
    ],
)
def test_a_server_that_is_too_old_is_told_from_others(version: str, needed: str) -> None:
    assert database_trial.version_needed(version) == needed


def test_a_server_that_is_too_old_is_refused(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(database_trial.OLDEST, "MariaDB", (99, 1))
    [found] = database.examine(RUNTIME)
    assert found.kind == "server"
    assert "older than MariaDB 99.1" in found.what


def test_a_wrong_password_is_told_and_not_repeated(database: Database) -> None:
    [found] = database.examine(Account("moztrap", "a wrong guess", ROWS))
    assert (found.kind, found.account) == ("account", "moztrap")
    assert "Access denied" in found.what
    assert "a wrong guess" not in found.what


def test_grants_that_are_missing_are_named_with_their_statement(database: Database) -> None:
    [found] = database.examine(Account("poor", PASSWORD, ROWS))
    assert found.kind == "grants"
    assert found.what == "lacks INSERT, UPDATE, DELETE on moztrap"
    assert found.fix == "GRANT INSERT, UPDATE, DELETE ON `moztrap`.* TO 'poor'@'%';"


def test_an_account_of_the_site_that_may_change_tables_is_named(database: Database) -> None:
    [found] = database.examine(Account("greedy", PASSWORD, ROWS, exactly=True))
    assert found.kind == "grants"
    assert "DROP" in found.what
    assert database.examine(Account("greedy", PASSWORD, ("CREATE", "DROP"))) == []


def test_a_certificate_of_a_stranger_is_not_believed(
    database: Database, certificates: Path
) -> None:
    stranger = (certificates / "stranger.pem").read_text()
    [found] = database.examine(RUNTIME, authority=stranger)
    assert found.kind == "insecure"
    [found] = database.examine(RUNTIME, host="127.0.0.1")
    assert found.kind == "insecure"


def test_a_server_that_is_away_is_told_once(database: Database) -> None:
    [found] = database.examine(RUNTIME, RUNTIME, port=1)
    assert found.kind == "unreachable"


def test_a_server_without_tls_hears_no_password() -> None:
    heard = bytearray()
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            with listening.accept()[0] as talk:
                greeting = b"\x0a5.7\0" + bytes(4) + b"12345678\0" + b"\x00\x82" + bytes(3)
                greeting += b"\x08\x00\x15" + bytes(10) + b"123456789012\0mysql_native_password\0"
                talk.sendall(len(greeting).to_bytes(3, "little") + b"\0" + greeting)
                heard.extend(talk.recv(1000))

        thread = threading.Thread(target=serve)
        thread.start()
        address = mysql_client.Address("127.0.0.1", listening.getsockname()[1], "")
        with pytest.raises(mysql_client.InsecureError, match="no TLS"):
            mysql_client.Connection(address, "moztrap", PASSWORD)
        thread.join()
    assert not heard


def test_a_database_of_another_collation_is_named(database: Database) -> None:
    database.run("ALTER DATABASE moztrap CHARACTER SET latin1;")
    try:
        [found] = database.examine(RUNTIME)
    finally:
        database.run(f"ALTER DATABASE moztrap CHARACTER SET utf8mb4 COLLATE {COLLATION};")
    assert "latin1" in found.what
    assert found.fix == f"ALTER DATABASE `moztrap` CHARACTER SET utf8mb4 COLLATE {COLLATION};"


def test_a_server_that_takes_what_it_cannot_keep_is_named(database: Database) -> None:
    database.run("SET GLOBAL sql_mode = 'NO_ENGINE_SUBSTITUTION';")
    try:
        [found] = database.examine(RUNTIME)
    finally:
        database.run("SET GLOBAL sql_mode = 'STRICT_TRANS_TABLES';")
    assert "sql_mode is NO_ENGINE_SUBSTITUTION" in found.what


def test_what_only_a_real_client_knows_is_no_problem(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def switch(self: Any, plugin: str, password: bytes) -> None:
        raise mysql_client.UnsupportedError("the account logs in with client_ed25519")

    monkeypatch.setattr(mysql_client.Connection, "_authenticate", switch)
    [found] = database.examine(RUNTIME)
    assert (found.kind, found.what) == ("unknown", "the account logs in with client_ed25519")


def test_a_proof_satisfies_the_servers_side_of_it() -> None:
    """A server keeps SHA-256 of SHA-256 of a password, and gets the inner one out of the proof."""
    challenge = bytes(range(1, 21))
    kept = hashlib.sha256(hashlib.sha256(b"secret").digest()).digest()
    proof = mysql_client._proof(mysql_client.CACHING_SHA2, b"secret", challenge)
    mask = hashlib.sha256(kept + challenge).digest()
    inner = bytes(left ^ right for left, right in zip(proof, mask, strict=True))
    assert hashlib.sha256(inner).digest() == kept
    assert mysql_client._proof(mysql_client.NATIVE, b"", challenge) == b""


def test_the_module_tells_no_password(
    database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = {
        "host": "localhost",
        "port": database.port,
        "authority": database.authority,
        "database": "moztrap",
        "collation": COLLATION,
        "accounts": [{"name": "poor", "password": PASSWORD, "privileges": list(ROWS)}],
    }
    with patch_module_args(arguments), pytest.raises(SystemExit) as ended:
        moztrap_database_trial.main()
    text = capsys.readouterr().out
    assert ended.value.code == 0
    assert json.loads(text)["ansible_facts"]["moztrap_database_trial"][0]["kind"] == "grants"
    assert PASSWORD not in text


def test_the_application_asks_who_the_server_is(database: Database, certificates: Path) -> None:
    """The library that it uses refuses a stranger, given what local.py gives it."""

    def connect(host: str, name: str) -> str:
        authority = {"ca": str(certificates / f"{name}.pem")}
        talk = MySQLdb.connect(
            host=host, port=database.port, user="moztrap", passwd=PASSWORD,
            ssl_mode="VERIFY_IDENTITY", ssl=authority,
        )  # fmt: skip
        with talk.cursor() as cursor:
            cursor.execute("SHOW SESSION STATUS LIKE 'Ssl_cipher'")
            cipher: str = cursor.fetchone()[1]
        talk.close()
        return cipher

    # A name, not a socket: for this library "localhost" is one.
    host = socket.gethostname()
    with pytest.raises(MySQLdb.OperationalError, match=r"(?i)ssl|tls|certificate"):
        connect(host if host != "localhost" else "127.0.0.1", "stranger")
