"""A small HTTPS client that verifies certificates and connects where it is told.

Names are not resolved: a site is known by its URL, and the address of the host to
ask is given apart, so that every host of a site can be asked for the same page.
"""

import http.client
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Response:
    """What came back, complete."""

    url: str
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str | None:
        """Return the first header of that name, or None."""
        values = self.header_values(name)
        return values[0] if values else None

    def header_values(self, name: str) -> list[str]:
        """Return every header of that name, in order."""
        return [value for key, value in self.headers if key.lower() == name.lower()]

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode("utf-8", "replace")

    def describe(self) -> str:
        """Say what came back, for the message of a failed assertion."""
        head = "\n".join(f"  {key}: {value}" for key, value in self.headers)
        return f"{self.url} answered {self.status}\n{head}\n\n{self.text[:600]}"


class _PinnedConnection(http.client.HTTPSConnection):
    """Connects to a given address, and asks for the certificate of the site's name."""

    def __init__(self, site: "Site") -> None:
        super().__init__(site.server_name, site.port, timeout=30, context=site.context())
        self._site = site

    def connect(self) -> None:
        self.sock = self._site.handshake(self._site.context())


@dataclass
class Site:
    """One site, asked at one address."""

    url: str
    ca_file: str
    address: str
    headers: dict[str, str] = field(default_factory=dict)
    forwarded: Mapping[int, int] = field(default_factory=dict)
    """Ports of `address` that lead to the site's own, where a tunnel does."""

    @property
    def server_name(self) -> str:
        """The name in the certificate and in the Host header."""
        name = urlsplit(self.url).hostname
        if name is None:
            raise ValueError(f"{self.url!r} is no URL of a site: it has no host name")
        return name

    @property
    def port(self) -> int:
        """The HTTPS port."""
        return urlsplit(self.url).port or 443

    @property
    def host_header(self) -> str:
        """What a browser puts in the Host header."""
        return self.server_name if self.port == 443 else f"{self.server_name}:{self.port}"

    def context(self) -> ssl.SSLContext:
        """Return a TLS context that trusts the site's CA and nothing else."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(self.ca_file)
        return context

    def request(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> Response:
        """Send one request over HTTPS on a connection of its own."""
        connection = _PinnedConnection(self)
        origin = f"https://{self.host_header}"
        return self._exchange(connection, origin, method, path, headers, body)

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> Response:
        """GET over HTTPS, following nothing."""
        return self.request("GET", path, headers=headers)

    def plain(self, method: str, path: str, headers: Mapping[str, str] | None = None) -> Response:
        """Send one request over plain HTTP to port 80."""
        connection = http.client.HTTPConnection(
            self.address, self.forwarded.get(80, 80), timeout=30
        )
        return self._exchange(connection, f"http://{self.server_name}", method, path, headers, None)

    def handshake(self, context: ssl.SSLContext) -> ssl.SSLSocket:
        """Open a TLS connection with the caller's own context; the caller closes it."""
        port = self.forwarded.get(self.port, self.port)
        plain = socket.create_connection((self.address, port), timeout=30)
        return context.wrap_socket(plain, server_hostname=self.server_name)

    def serial_number(self) -> int:
        """The serial number of the certificate that it shows, which must be trusted."""
        with self.handshake(self.context()) as connection:
            shown = connection.getpeercert()
        assert shown
        return int(str(shown["serialNumber"]), 16)

    def _exchange(
        self,
        connection: http.client.HTTPConnection,
        origin: str,
        method: str,
        path: str,
        headers: Mapping[str, str] | None,
        body: bytes | None,
    ) -> Response:
        sent = {"Host": urlsplit(origin).netloc, **self.headers, **(headers or {})}
        try:
            connection.request(method, path, body=body, headers=sent)
            answer = connection.getresponse()
            content = answer.read()
        finally:
            connection.close()
        return Response(origin + path, answer.status, tuple(answer.getheaders()), content)


def open_connection(site: Site) -> http.client.HTTPSConnection:
    """Open a keep-alive connection to a site; the caller closes it.

    Requests get the site's Host header by themselves.
    """
    return _PinnedConnection(site)
