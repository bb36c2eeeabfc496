"""A real HTTPS server on the loopback whose answers a test writes byte by byte."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

# Given the path and the number of the request on its connection: bytes to send as they are,
# or None to end the connection there.
Respond = Callable[[str, int], bytes | None]


@dataclass
class Served:
    """Where it listens, and what it was asked."""

    port: int
    certificate: Path
    paths: list[str] = field(default_factory=list)
    connections: int = 0


@contextmanager
def serve(certificate: Path, key: Path, respond: Respond) -> Iterator[Served]:
    """Answer every connection in a thread of its own until the block is left."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    listener = socket.create_server(("127.0.0.1", 0))
    # Closing alone does not wake a thread that waits for a connection.
    listener.settimeout(0.2)
    stopped = threading.Event()
    served = Served(listener.getsockname()[1], certificate)

    def talk(plain: socket.socket) -> None:
        # A client that goes away in the middle is part of the game.
        with suppress(OSError), context.wrap_socket(plain, server_side=True) as connection:
            buffered = b""
            number = 0
            while True:
                while b"\r\n\r\n" not in buffered:
                    chunk = connection.recv(65536)
                    if not chunk:
                        return
                    buffered += chunk
                head, _, buffered = buffered.partition(b"\r\n\r\n")
                path = head.split(b" ")[1].decode()
                number += 1
                served.paths.append(path)
                answer = respond(path, number)
                if answer is None:
                    return
                connection.sendall(answer)
                if b"\r\nConnection: close\r\n" in answer:
                    return

    def accept() -> None:
        while not stopped.is_set():
            with suppress(OSError):
                plain, _ = listener.accept()
                plain.settimeout(None)
                served.connections += 1
                threading.Thread(target=talk, args=(plain,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield served
    finally:
        stopped.set()
        listener.close()


def answer(body: bytes = b"", *, status: int = 200, headers: dict[str, str] | None = None) -> bytes:
    """A well-formed answer with a Content-Length, unless the headers say otherwise."""
    lines = {"Content-Length": str(len(body)), **(headers or {})}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items() if value)
    return f"HTTP/1.1 {status} Whatever\r\n{head}\r\n".encode() + body


def asleep(seconds: float) -> None:
    """Answer nothing for a while."""
    time.sleep(seconds)
