"""What `/readyz` says of mail: of servers that refuse, and of queues that do not empty."""

import base64
import json
import socket
import socketserver
import threading
from collections.abc import Callable, Iterator

import pytest
from django.core.cache import cache
from django.core.mail import get_connection
from django.core.mail.backends.smtp import EmailBackend
from django.test import Client

from moztrap.accounts.models import User
from moztrap.core import mail, remember
from moztrap.core.mail import mail_problem

PASSWORD = "what-only-the-site-knows"
Browse = Callable[[User | None], Client]


class MailServer(socketserver.ThreadingTCPServer):
    """Takes one account in, and counts how often anybody tried."""

    daemon_threads = True

    def __init__(self) -> None:
        self.logins = 0
        self.refused: str | None = None
        super().__init__(("127.0.0.1", 0), _Talk)


class _Talk(socketserver.StreamRequestHandler):
    server: MailServer

    def _say(self, text: str) -> None:
        self.wfile.write(text.encode() + b"\r\n")

    def handle(self) -> None:
        self._say("220 mail.test")
        expected = base64.b64encode(f"\0site\0{PASSWORD}".encode()).decode()
        for line in self.rfile:
            words = line.decode().split()
            command = words[0].upper()
            if command == "EHLO":
                self._say("250-mail.test\r\n250 AUTH PLAIN")
            elif command == "AUTH":
                self.server.logins += 1
                known = words[-1] == expected
                self._say("235 welcome" if known else "535 5.7.8 no such password")
            elif command == "QUIT":
                self._say("221 bye")
                return
            else:
                self._say("250 ok")


@pytest.fixture
def server(settings) -> Iterator[MailServer]:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST_USER = "site"
    settings.EMAIL_HOST_PASSWORD = PASSWORD
    remember.forget()
    with MailServer() as running:
        settings.EMAIL_HOST, settings.EMAIL_PORT = running.server_address
        thread = threading.Thread(target=running.serve_forever, daemon=True)
        thread.start()
        yield running
        running.shutdown()


@pytest.fixture
def elsewhere(server: MailServer, monkeypatch: pytest.MonkeyPatch) -> MailServer:
    """The same server, as if it were not on this host."""
    monkeypatch.setattr(mail, "LOCAL_HOSTS", ())
    return server


def test_a_server_that_knows_the_account_is_fine(server: MailServer) -> None:
    assert mail_problem() == ""
    assert server.logins == 1


def test_a_wrong_password_is_told_to_those_who_may_know(
    browse: Browse, db, server: MailServer, settings
) -> None:
    settings.EMAIL_HOST_PASSWORD = "a wrong guess"
    answer = browse(None).get("/readyz")
    assert (answer.status_code, answer.json()["status"]) == (200, "degraded")
    told = answer.json()["checks"]["mail"]
    assert "535" in told
    assert "no such password" in told
    assert "a wrong guess" not in told
    stranger = browse(None).get("/readyz", REMOTE_ADDR="192.0.2.7")
    assert stranger.json()["status"] == "degraded"
    assert b"535" not in stranger.content


def test_a_server_elsewhere_is_not_asked_again_and_again(elsewhere: MailServer) -> None:
    for _ in range(5):
        assert mail_problem() == ""
    assert elsewhere.logins == 1
    # Another process has the cache alone, one whose cache is away its own memory alone.
    remember.forget()
    assert mail_problem() == ""
    cache.clear()
    mail_problem()
    cache.clear()
    assert mail_problem() == ""
    assert elsewhere.logins == 2


def test_another_password_is_tried_at_once(elsewhere: MailServer, settings) -> None:
    settings.EMAIL_HOST_PASSWORD = "a wrong guess"
    assert "535" in mail_problem()
    assert "535" in mail_problem()
    assert elsewhere.logins == 1
    settings.EMAIL_HOST_PASSWORD = PASSWORD
    assert mail_problem() == ""


def tell(content: bytes) -> tuple[str, threading.Thread]:
    """A queue that says this once; returns where."""
    listening = socket.create_server(("127.0.0.1", 0))

    def answer() -> None:
        with listening, listening.accept()[0] as talk:
            talk.sendall(content)

    thread = threading.Thread(target=answer, daemon=True)
    thread.start()
    return f"127.0.0.1:{listening.getsockname()[1]}", thread


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (json.dumps({"problem": ""}).encode(), ""),
        (json.dumps({"problem": "2 mails wait: 535 no"}).encode(), "2 mails wait: 535 no"),
        (b"", "cannot be asked"),
        (b"[]", "cannot be asked"),
        (b"nonsense", "cannot be asked"),
    ],
)
def test_what_a_queue_says_counts(content: bytes, words: str, server, settings) -> None:
    address, thread = tell(content)
    settings.MAIL_STATUS = [address]
    problem = mail_problem()
    thread.join()
    assert (words in problem and address in problem) if words else problem == ""


def test_a_queue_that_is_away_counts(server: MailServer, settings) -> None:
    settings.MAIL_STATUS = ["127.0.0.1:1"]
    assert "127.0.0.1:1 cannot be asked: ConnectionRefusedError" in mail_problem()


def test_what_is_asked_is_what_sends(settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    assert isinstance(get_connection(), EmailBackend)
