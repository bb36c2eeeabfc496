"""The client of the proof against a real server: what it reads, and what it refuses by name."""

from __future__ import annotations

import hashlib
import socket
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from tests.helpers.asset_release import make_certificate
from tests.helpers.https_server import Respond, Served, answer, asleep, serve

from ansible.module_utils.moztrap import pipeline  # isort: skip
from ansible.module_utils.moztrap.pipeline import Request, Server, ServerError  # isort: skip

Start = Callable[[Respond], AbstractContextManager[Served]]


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Start:
    certificate, key = make_certificate(tmp_path_factory.mktemp("tls"))
    return lambda respond: serve(certificate, key, respond)


def fetch(
    served: Served, *paths: str, patience: float = 5, answer_limit: float = 5, depth: int = 8
) -> list[pipeline.Answer]:
    server = Server(
        "127.0.0.1", "localhost", str(served.certificate), served.port, patience, answer_limit
    )
    requests = [Request(path) for path in paths]
    return list(pipeline.fetch_all(server, requests, depth=depth))


def digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def test_many_answers_come_in_order_over_one_connection(start: Start) -> None:
    paths = [f"/{number}" for number in range(500)]
    with start(lambda path, _: answer(path.encode() * 300)) as served:
        answers = fetch(served, *paths)
    assert [found.sha256 for found in answers] == [digest(path.encode() * 300) for path in paths]
    assert served.connections == 1
    assert served.paths == paths


def test_bodies_of_every_kind_are_read_to_their_end(start: Start) -> None:
    chunks = b"".join(b"%x;ext=1\r\n%s\r\n" % (len(part), part) for part in (b"ab", b"c" * 70000))
    chunked = answer(headers={"Content-Length": "", "Transfer-Encoding": "chunked"})
    bodies = {
        "/chunked": chunked + chunks + b"0\r\nTrailer: x\r\n\r\n",
        "/empty": answer(),
        "/304": answer(status=304, headers={"Content-Length": "77"}),
        "/204": answer(status=204, headers={"Content-Length": ""}),
        "/404": answer(b"nothing", status=404),
        "/large": answer(b"x" * 3_000_000),
    }
    with start(lambda path, _: bodies[path]) as served:
        found = dict(zip(bodies, fetch(served, *bodies), strict=True))
    assert (found["/chunked"].size, found["/chunked"].sha256) == (
        70002,
        digest(b"ab" + b"c" * 70000),
    )
    assert [found[path].status for path in ("/304", "/204", "/404")] == [304, 204, 404]
    assert [found[path].size for path in ("/304", "/204", "/404", "/empty")] == [0, 0, 7, 0]
    assert found["/large"].sha256 == digest(b"x" * 3_000_000)
    assert served.connections == 1


def test_a_server_that_ends_kept_connections_is_asked_again(start: Start) -> None:
    def announced(path: str, number: int) -> bytes | None:
        if number > 3:
            return None
        left = {"Keep-Alive": f"timeout=5, max={3 - number}"} if number < 3 else {}
        ending = {"Connection": "close"} if number == 3 else {}
        return answer(path.encode(), headers=left | ending)

    def unannounced(path: str, number: int) -> bytes | None:
        return answer(path.encode()) if number <= 3 else None

    paths = [f"/{number}" for number in range(10)]
    for respond in (announced, unannounced):
        with start(respond) as served:
            answers = fetch(served, *paths)
        assert [found.sha256 for found in answers] == [digest(path.encode()) for path in paths]
        assert served.connections == 4


def test_a_body_without_length_ends_with_the_connection(start: Start) -> None:
    text = answer(b"all of it", headers={"Content-Length": "", "Connection": "close"})

    def respond(path: str, number: int) -> bytes | None:
        return text if number == 1 else None

    with start(respond) as served:
        (found,) = fetch(served, "/x")
    assert found.sha256 == digest(b"all of it")


CUT = answer(b"x" * 100)[:-30]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (CUT, "/x: the body is cut off after 70 bytes"),
        (b"", "/x: the connection ended before an answer's headers"),
        (b"HTTP/1.1 200 OK\r\nContent-Le", "ended before an answer's headers"),
        (b"HTTP/1.0 200 OK\r\n\r\n", "is no HTTP/1.1"),
        (b"220 mail.your.org ESMTP\r\n\r\n", "is no HTTP/1.1"),
        (answer(headers={"Content-Length": "-1"}), "Content-Length '-1'"),
        (answer(headers={"Content-Length": "1, 2"}), "Content-Length '1, 2'"),
        (answer(headers={"Content-Length": ""}), "does not say where its body ends"),
        (answer(headers={"Transfer-Encoding": "chunked"}), "both Content-Length and"),
        (answer(headers={"Content-Length": "", "Transfer-Encoding": "gzip"}), "'gzip'"),
        (answer(headers={"Bad Header ": "x"}), "the header line 'Bad Header : x'"),
        (answer(headers={"X": "y\r\n folded"}), "the header line ' folded'"),
        (answer(headers={"X-Long": "y" * 40000}), "headers exceed"),
        (answer(status=100, headers={"Content-Length": ""}), "status 100"),
    ],
)
def test_what_is_no_proper_answer_is_refused_in_one_line(
    start: Start, text: bytes, words: str
) -> None:
    def respond(path: str, number: int) -> bytes | None:
        return text if number == 1 and text else None

    with start(respond) as served, pytest.raises(ServerError) as refused:
        # The second request has the connection end after the first answer.
        fetch(served, "/x", "/y")
    assert words in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("size", [b"zz", b"-5", b"", b"0x5"])
def test_a_chunk_without_proper_size_is_refused(start: Start, size: bytes) -> None:
    head = answer(headers={"Content-Length": "", "Transfer-Encoding": "chunked"})
    with (
        start(lambda path, number: head + size + b"\r\nabc\r\n0\r\n\r\n") as served,
        pytest.raises(ServerError, match="chunk of size"),
    ):
        fetch(served, "/x")


def test_a_chunk_longer_than_it_said_is_refused(start: Start) -> None:
    head = answer(headers={"Content-Length": "", "Transfer-Encoding": "chunked"})
    with (
        start(lambda path, number: head + b"2\r\nabcd\r\n0\r\n\r\n") as served,
        pytest.raises(ServerError, match="longer than it said"),
    ):
        fetch(served, "/x")


def test_a_wrong_length_spoils_the_next_answer_and_is_told(start: Start) -> None:
    too_short = answer(b"abcdef", headers={"Content-Length": "3"})
    with start(lambda path, _: too_short) as served, pytest.raises(ServerError) as refused:
        fetch(served, "/x", "/y")
    assert "/y: the answer begins with 'defHTTP/1.1" in str(refused.value)


def test_a_slow_server_is_told_from_one_that_is_down(start: Start) -> None:
    def respond(path: str, number: int) -> bytes | None:
        asleep(1.5)
        return None

    with start(respond) as served, pytest.raises(ServerError) as slow:
        fetch(served, "/x", patience=0.3)
    assert "/x: the server is too slow: no byte of an answer's headers within 0.3 s" in str(
        slow.value
    )

    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    with pytest.raises(ServerError, match=f"127.0.0.1:{port} does not answer: Connection refused"):
        fetch(Served(port, served.certificate), "/x")


def test_a_server_that_trickles_is_given_up(start: Start) -> None:
    def respond(path: str, number: int) -> bytes | None:
        asleep(0.3)
        return b"HTTP/1.1 200 OK\r\nX-Wait: " if number == 1 else b"more"

    requests = [f"/{number}" for number in range(8)]
    with (
        start(respond) as served,
        pytest.raises(ServerError, match="an answer is not whole within"),
    ):
        fetch(served, *requests, patience=2, answer_limit=0.5)


def test_a_server_that_speaks_no_tls_or_has_another_name_is_refused(start: Start) -> None:
    with start(lambda path, _: answer()) as served:
        stranger = Server("127.0.0.1", "other.your.org", str(served.certificate), served.port)
        with pytest.raises(ServerError, match=r"no valid certificate for other\.your\.org"):
            list(pipeline.fetch_all(stranger, [Request("/x")]))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        silent = Served(listener.getsockname()[1], served.certificate)
        with pytest.raises(ServerError, match="too slow: no TLS handshake"):
            fetch(silent, "/x", patience=0.3)


def test_the_certificate_is_only_believed_from_its_authority(start: Start, tmp_path: Path) -> None:
    other, _ = make_certificate(tmp_path)
    with start(lambda path, _: answer()) as served, pytest.raises(ServerError, match="certificate"):
        fetch(Served(served.port, other), "/x")
