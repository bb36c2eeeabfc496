"""A lean, strict HTTP/1.1 client over TLS that asks ahead: for proving one server quickly.

One connection carries many requests before the first answer is there, so that server and
client work at the same time and nobody waits for the wire (`make bench-assets` compares).
"""

from __future__ import annotations

import hashlib
import socket
import string
import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ssl

# Requests under way: enough to hide the wire, few enough to fit any socket's buffer, so
# that client and server never both wait for the other to read.
DEPTH = 32
MOST_HEADER_BYTES = 32768
READ_BYTES = 65536
_HEX_DIGITS = frozenset(string.hexdigits)


class ServerError(Exception):
    """The server does not answer as HTTP/1.1 has it; the message says how, in one line."""


class _Ended(ServerError):
    """The connection ended. What was asked and not answered may be asked again, once."""


@dataclass(frozen=True)
class Server:
    """One server: the address that is asked, and the name that it must prove to have."""

    address: str
    server_name: str
    ca_path: str | None = None
    port: int = 443
    # Seconds without a byte, and seconds for one whole answer.
    patience: float = 10.0
    answer_limit: float = 60.0


@dataclass(frozen=True)
class Request:
    """One GET."""

    path: str
    encoding: str = "identity"


@dataclass(frozen=True)
class Answer:
    """Status, headers (names in lower case, repeated ones joined), and what the body was."""

    status: int
    headers: dict[str, str]
    size: int
    sha256: str


def fetch_all(
    server: Server, requests: Sequence[Request], *, depth: int = DEPTH
) -> Iterator[Answer]:
    """Answers in the order of the requests. Raises ServerError; answers before it count."""
    done = 0
    retried = -1
    while done < len(requests):
        connection = _connect(server)
        try:
            for answer in connection.exchange(requests[done:], depth):
                done += 1
                yield answer
        except _Ended as error:
            # A server may end a kept connection whenever it likes, and one that is being
            # reloaded does; the same request ended twice is no coincidence.
            if retried == done:
                raise ServerError(f"{requests[done].path}: {error}") from error
            retried = done
        except ServerError as error:
            raise ServerError(f"{requests[done].path}: {error}") from error
        finally:
            connection.close()


def _connect(server: Server) -> _Connection:
    # TLS takes as long to load as all the rest: only for who connects.
    import ssl

    from ansible.module_utils.moztrap.trust import trusting

    context = trusting(path=server.ca_path)
    where = f"{server.address}:{server.port}"
    try:
        plain = socket.create_connection((server.address, server.port), server.patience)
    except TimeoutError as error:
        raise ServerError(
            f"{where} does not answer: no connection within {server.patience:g} s"
        ) from error
    except OSError as error:
        raise ServerError(f"{where} does not answer: {error.strerror or error}") from error
    try:
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        wrapped = context.wrap_socket(plain, server_hostname=server.server_name)
    except TimeoutError as error:
        plain.close()
        raise ServerError(
            f"{where} is too slow: no TLS handshake within {server.patience:g} s"
        ) from error
    except ssl.SSLCertVerificationError as error:
        plain.close()
        raise ServerError(
            f"{where} has no valid certificate for {server.server_name}: {error.verify_message}"
        ) from error
    except OSError as error:
        plain.close()
        raise ServerError(f"{where} does not speak TLS: {error}") from error
    return _Connection(wrapped, server)


class _Connection:
    """One kept-alive connection, read strictly."""

    def __init__(self, wrapped: ssl.SSLSocket, server: Server) -> None:
        self._socket = wrapped
        self._server = server
        self._buffer = bytearray()
        self._deadline = 0.0
        self._tail = (
            f"\r\nHost: {_host_header(server)}\r\nUser-Agent: moztrap-proof\r\n\r\n"
        ).encode()

    def close(self) -> None:
        self._socket.close()

    def exchange(self, requests: Sequence[Request], depth: int) -> Iterator[Answer]:
        """Ask ahead and yield answers until all are there or the server wants to end."""
        waiting: deque[Request] = deque()
        sent = served = 0
        # How many answers this connection gives, as far as the server has said.
        allowed = len(requests)
        while served < len(requests):
            if len(waiting) <= depth // 2:
                ahead = requests[sent : min(sent + depth - len(waiting), allowed)]
                self._send(ahead)
                waiting.extend(ahead)
                sent += len(ahead)
            if not waiting:
                # The server has said that it answers no more here.
                return
            waiting.popleft()
            self._deadline = time.monotonic() + self._server.answer_limit
            answer, ends = self._receive()
            served += 1
            allowed = min(allowed, _allowed(answer, served, allowed))
            yield answer
            if ends:
                return

    def _send(self, requests: Sequence[Request]) -> None:
        if not requests:
            return
        text = b"".join(
            f"GET {request.path} HTTP/1.1\r\nAccept-Encoding: {request.encoding}".encode()
            + self._tail
            for request in requests
        )
        try:
            self._socket.sendall(text)
        except TimeoutError as error:
            raise ServerError(self._slow("it does not read what it is asked")) from error
        except OSError as error:
            # What was answered before is still to be read; reading tells the end.
            if not self._buffer:
                raise _Ended(f"the connection ended: {error.strerror or error}") from error

    def _slow(self, what: str) -> str:
        return f"the server is too slow: {what} within {self._server.patience:g} s"

    def _fill(self, what: str) -> None:
        """Read more; raises ServerError when nothing comes, _Ended at the end."""
        if time.monotonic() > self._deadline:
            limit = self._server.answer_limit
            raise ServerError(f"the server is too slow: an answer is not whole within {limit:g} s")
        try:
            chunk = self._socket.recv(READ_BYTES)
        except TimeoutError as error:
            raise ServerError(self._slow(f"no byte of {what}")) from error
        except OSError as error:
            raise _Ended(
                f"the connection ended before {what}: {error.strerror or error}"
            ) from error
        if not chunk:
            raise _Ended(f"the connection ended before {what}")
        self._buffer += chunk

    def _receive(self) -> tuple[Answer, bool]:
        """One answer, and whether the connection ends with it."""
        status, headers = self._head()
        body = _Body()
        ends = "close" in _tokens(headers.get("connection", ""))
        coding = headers.get("transfer-encoding")
        length = headers.get("content-length")
        if coding is not None and length is not None:
            raise ServerError("the answer has both Content-Length and Transfer-Encoding")
        if status in {204, 304}:
            pass
        elif coding is not None:
            if _tokens(coding) != ["chunked"]:
                raise ServerError(f"the answer has Transfer-Encoding {coding!r}")
            self._read_chunks(body)
        elif length is not None:
            if not length.isascii() or not length.isdigit():
                raise ServerError(f"the answer has Content-Length {length!r}")
            self._read_exactly(int(length), body)
        elif ends:
            self._read_to_end(body)
        else:
            raise ServerError("the answer does not say where its body ends")
        return Answer(status, headers, body.size, body.digest.hexdigest()), ends

    def _head(self) -> tuple[int, dict[str, str]]:
        while (end := self._buffer.find(b"\r\n\r\n")) < 0:
            if len(self._buffer) > MOST_HEADER_BYTES:
                break
            self._fill("an answer's headers")
        if not 0 <= end <= MOST_HEADER_BYTES:
            raise ServerError(f"the answer's headers exceed {MOST_HEADER_BYTES} bytes")
        head = bytes(self._buffer[:end]).decode("latin-1")
        del self._buffer[: end + 4]
        lines = head.split("\r\n")
        status_line = lines[0]
        if not status_line.startswith("HTTP/1.1 ") or not status_line[9:12].isdigit():
            raise ServerError(f"the answer begins with {status_line[:60]!r}, which is no HTTP/1.1")
        status = int(status_line[9:12])
        if status < 200:
            raise ServerError(f"the answer has status {status}, which nobody asked for")
        headers: dict[str, str] = {}
        for line in lines[1:]:
            name, colon, value = line.partition(":")
            if not colon or not name or name != name.strip():
                raise ServerError(f"the answer has the header line {line[:60]!r}")
            name = name.lower()
            value = value.strip()
            if name in headers:
                if name == "content-length" and headers[name] == value:
                    continue
                value = f"{headers[name]}, {value}"
            headers[name] = value
        return status, headers

    def _read_exactly(self, size: int, body: _Body) -> None:
        left = size
        while left:
            if not self._buffer:
                self._fill_body(body, f"byte {body.size + 1} of a body")
            left -= self._take(left, body)

    def _fill_body(self, body: _Body, what: str) -> None:
        try:
            self._fill(what)
        except _Ended as error:
            raise _Ended(f"the body is cut off after {body.size} bytes") from error

    def _take(self, most: int, body: _Body) -> int:
        part = self._buffer[:most] if len(self._buffer) > most else self._buffer
        taken = len(part)
        body.add(part)
        if part is self._buffer:
            self._buffer = bytearray()
        else:
            del self._buffer[:taken]
        return taken

    def _read_chunks(self, body: _Body) -> None:
        while True:
            line = self._line()
            size_text = line.partition(";")[0].strip()
            if not size_text or not set(size_text) <= _HEX_DIGITS:
                raise ServerError(f"the answer has a chunk of size {line[:30]!r}")
            size = int(size_text, 16)
            if size == 0:
                while self._line():
                    pass
                return
            self._read_exactly(size, body)
            if self._line():
                raise ServerError("a chunk of the answer is longer than it said")

    def _line(self) -> str:
        while (end := self._buffer.find(b"\r\n")) < 0:
            if len(self._buffer) > MOST_HEADER_BYTES:
                raise ServerError("a line of a chunked answer has no end")
            self._fill("the end of a chunked body")
        line = bytes(self._buffer[:end]).decode("latin-1")
        del self._buffer[: end + 2]
        return line

    def _read_to_end(self, body: _Body) -> None:
        while True:
            if self._buffer:
                self._take(len(self._buffer), body)
            try:
                self._fill("the end of a body")
            except _Ended as error:
                if error.__cause__ is not None:
                    raise
                return


class _Body:
    """A body that is hashed and not kept."""

    def __init__(self) -> None:
        self.size = 0
        self.digest = hashlib.sha256()

    def add(self, part: bytearray) -> None:
        self.digest.update(part)
        self.size += len(part)


def _host_header(server: Server) -> str:
    name = f"[{server.server_name}]" if ":" in server.server_name else server.server_name
    return name if server.port == 443 else f"{name}:{server.port}"


def _tokens(value: str) -> list[str]:
    return [token.strip().lower() for token in value.split(",") if token.strip()]


def _allowed(answer: Answer, served: int, otherwise: int) -> int:
    """How many answers this connection gives in all, by its Keep-Alive header."""
    for token in _tokens(answer.headers.get("keep-alive", "")):
        name, _, value = token.partition("=")
        if name == "max" and value.isdigit():
            return served + int(value)
    return otherwise
