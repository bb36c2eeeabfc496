"""Ask one given server over HTTPS, under the site's name, trusting one given authority."""

from __future__ import annotations

import http.client
import socket
from dataclasses import dataclass
from typing import Any

from ansible.module_utils.moztrap.trust import trusting


@dataclass(frozen=True)
class Answer:
    """Status, headers (lower-case names) and body."""

    status: int
    headers: dict[str, str]
    body: bytes


class SiteConnection(http.client.HTTPSConnection):
    """An HTTPS connection to `address` that asks for, and verifies, `server_name`."""

    def __init__(
        self, address: str, server_name: str, ca_path: str | None, *, port: int = 443,
        timeout: float = 10,
    ) -> None:  # fmt: skip
        context = trusting(path=ca_path)
        super().__init__(server_name, port, timeout=timeout, context=context)
        self._address = address
        self._context_of_site = context
        self._server_name = server_name

    def connect(self) -> None:
        """Connect to the address, but speak to the name."""
        plain = socket.create_connection((self._address, self.port), self.timeout)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock = self._context_of_site.wrap_socket(plain, server_hostname=self._server_name)

    def ask(
        self, path: str, *, headers: dict[str, str] | None = None, method: str = "GET"
    ) -> Answer:
        """One request on this connection, kept open for the next where the server allows."""
        self.request(method, path, headers=headers or {})
        response = self.getresponse()
        body = response.read()
        found = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, found, body)


def ask_once(path: str, **server: Any) -> Answer:
    """One request on a fresh connection."""
    connection = SiteConnection(**server)
    try:
        return connection.ask(path, headers={"Connection": "close"})
    finally:
        connection.close()
