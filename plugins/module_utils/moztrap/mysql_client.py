"""Ask a MySQL or MariaDB server over TLS, with nothing but Python.

Preflight looks at a database server that is not ours before any host has a client for it.
Only what that takes is here: a verified connection, a login with a password, and questions
whose answers are a few rows of text. Nothing is said before the connection is encrypted, so
that a password is heard by nobody but the server whose certificate was checked.

The protocol: https://dev.mysql.com/doc/dev/mysql-server/latest/PAGE_PROTOCOL.html
"""

from __future__ import annotations

import hashlib
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass

from ansible.module_utils.moztrap.trust import trusting

CLIENT_LONG_PASSWORD = 1
CLIENT_PROTOCOL_41 = 1 << 9
CLIENT_SSL = 1 << 11
CLIENT_SECURE_CONNECTION = 1 << 15
CLIENT_PLUGIN_AUTH = 1 << 19
CAPABILITIES = (
    CLIENT_LONG_PASSWORD
    | CLIENT_PROTOCOL_41
    | CLIENT_SSL
    | CLIENT_SECURE_CONNECTION
    | CLIENT_PLUGIN_AUTH
)
UTF8MB4 = 45
LARGEST_PACKET = (1 << 24) - 1
NATIVE, CACHING_SHA2 = "mysql_native_password", "caching_sha2_password"
# What the server asks for, and what it says of a password that it knows already.
FULL_AUTHENTICATION, FAST_AUTHENTICATION = b"\x04", b"\x03"
ACCESS_DENIED = {1044, 1045, 1130, 1698, 3118}


class ServerError(Exception):
    """The server is there and refuses; `code` is its number for why."""

    def __init__(self, code: int, words: str) -> None:
        super().__init__(f"{words} ({code})")
        self.code = code


class InsecureError(Exception):
    """The connection cannot be trusted; nothing secret was said."""


class UnsupportedError(Exception):
    """The account is checked in a way that only a real client knows."""


@dataclass(frozen=True)
class Address:
    """Where the server is, and whom to trust."""

    host: str
    port: int
    authority: str
    timeout: float = 10


class Connection:
    """One connection; use it in a `with` statement."""

    def __init__(self, address: Address, user: str, password: str) -> None:
        self._address = address
        self._socket: socket.socket = socket.create_connection(
            (address.host, address.port), address.timeout
        )
        self._number = 0
        try:
            self._log_in(user, password.encode())
        except BaseException:
            self._socket.close()
            raise

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, *error: object) -> None:
        self._socket.close()

    def query(self, statement: str) -> list[list[str]]:
        """The rows of the answer, as text. Raises `ServerError`."""
        self._number = 0
        self._send(b"\x03" + statement.encode())
        first = self._receive()
        if first[:1] == b"\x00":
            return []
        columns, _ = _integer(first, 0)
        for _ in range(columns or 0):
            self._receive()
        self._receive()
        return list(self._rows())

    def _rows(self) -> Iterator[list[str]]:
        while True:
            packet = self._receive()
            if packet[:1] == b"\xfe" and len(packet) < 9:
                return
            row, position = [], 0
            while position < len(packet):
                length, position = _integer(packet, position)
                if length is None:
                    row.append("")
                    continue
                row.append(packet[position : position + length].decode())
                position += length
            yield row

    def _log_in(self, user: str, password: bytes) -> None:
        greeting = self._receive()
        plugin, challenge, can = _greeting(greeting)
        if not can & CLIENT_SSL:
            raise InsecureError("it offers no TLS")
        head = CAPABILITIES.to_bytes(4, "little") + LARGEST_PACKET.to_bytes(4, "little")
        head += bytes([UTF8MB4]) + bytes(23)
        self._send(head)
        self._encrypt()
        if plugin not in (NATIVE, CACHING_SHA2):
            # The server names the one of the account when it hears who wants in.
            plugin = NATIVE
        proof = _proof(plugin, password, challenge)
        answer = head + user.encode() + b"\0" + bytes([len(proof)]) + proof
        self._send(answer + plugin.encode() + b"\0")
        self._authenticate(plugin, password)

    def _encrypt(self) -> None:
        context = trusting(pem=self._address.authority)
        try:
            self._socket = context.wrap_socket(self._socket, server_hostname=self._address.host)
        except ssl.SSLError as error:
            raise InsecureError(str(error)) from error

    def _authenticate(self, plugin: str, password: bytes) -> None:
        while True:
            packet = self._receive()
            kind, rest = packet[:1], packet[1:]
            if kind == b"\x00":
                return
            if kind == b"\xfe":
                name, _, challenge = rest.partition(b"\0")
                plugin = name.decode()
                if plugin not in (NATIVE, CACHING_SHA2):
                    raise UnsupportedError(f"the account logs in with {plugin}")
                self._send(_proof(plugin, password, challenge.rstrip(b"\0")))
            elif kind == b"\x01" and rest == FULL_AUTHENTICATION:
                # Only over the encrypted connection that this is.
                self._send(password + b"\0")
            elif kind != b"\x01" or rest != FAST_AUTHENTICATION:
                raise UnsupportedError(f"the server asks for more than a password ({plugin})")

    def _send(self, payload: bytes) -> None:
        header = len(payload).to_bytes(3, "little") + bytes([self._number])
        self._number = (self._number + 1) % 256
        self._socket.sendall(header + payload)

    def _receive(self) -> bytes:
        header = self._exactly(4)
        self._number = (header[3] + 1) % 256
        packet = self._exactly(int.from_bytes(header[:3], "little"))
        if packet[:1] == b"\xff":
            code = int.from_bytes(packet[1:3], "little")
            words = packet[3:]
            if words[:1] == b"#":
                words = words[6:]
            raise ServerError(code, words.decode(errors="replace"))
        return packet

    def _exactly(self, size: int) -> bytes:
        content = b""
        while len(content) < size:
            part = self._socket.recv(size - len(content))
            if not part:
                raise ConnectionError("the server closed the connection")
            content += part
        return content


def _greeting(packet: bytes) -> tuple[str, bytes, int]:
    """How the server would check an account, with which challenge, and what it can do."""
    end = packet.index(b"\0", 1)
    position = end + 1 + 4
    challenge = packet[position : position + 8]
    position += 9
    can = int.from_bytes(packet[position : position + 2], "little")
    position += 5
    can |= int.from_bytes(packet[position : position + 2], "little") << 16
    length = packet[position + 2]
    position += 13
    rest = max(13, length - 8)
    challenge += packet[position : position + rest].rstrip(b"\0")
    plugin = packet[position + rest :].rstrip(b"\0").decode()
    return plugin or NATIVE, challenge, can


def _proof(plugin: str, password: bytes, challenge: bytes) -> bytes:
    """That the password is known, without saying it."""
    if not password:
        return b""
    if plugin == CACHING_SHA2:
        once = hashlib.sha256(password).digest()
        mixed = hashlib.sha256(hashlib.sha256(once).digest() + challenge).digest()
    else:
        # What mysql_native_password is: SHA-1, whether one likes it or not.
        once = hashlib.sha1(password, usedforsecurity=False).digest()
        twice = hashlib.sha1(once, usedforsecurity=False).digest()
        mixed = hashlib.sha1(challenge + twice, usedforsecurity=False).digest()
    return bytes(left ^ right for left, right in zip(once, mixed, strict=True))


def _integer(packet: bytes, position: int) -> tuple[int | None, int]:
    """A number of variable length, and where what follows it begins; None is NULL."""
    first = packet[position]
    if first == 0xFB:
        return None, position + 1
    size = {0xFC: 2, 0xFD: 3, 0xFE: 8}.get(first)
    if size is None:
        return first, position + 1
    end = position + 1 + size
    return int.from_bytes(packet[position + 1 : end], "little"), end
