"""A mail server that keeps what it is given: STARTTLS or TLS, and an account. Needs no package.

Runs in a test, or by itself on a disposable host: `python3 smtp_server.py 2525 --help`. The
password is read from its file at each login, so that a test may change it.
"""

import argparse
import base64
import json
import socketserver
import ssl
from pathlib import Path


class MailServer(socketserver.ThreadingTCPServer):
    """Takes mail from whoever knows the account, and appends it to a file, a line of JSON each."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(
        self,
        address: tuple[str, int],
        mailbox: Path,
        *,
        certificate: Path | None = None,
        key: Path | None = None,
        implicit: bool = False,
        user: str = "",
        password_file: Path | None = None,
    ) -> None:
        self.mailbox = mailbox
        self.implicit = implicit
        self.user = user
        self.password_file = password_file
        self.context: ssl.SSLContext | None = None
        if certificate is not None:
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(certificate, key)
        super().__init__(address, _Talk)

    def takes(self, user: str, password: str) -> bool:
        """Is this the account, with its password of now?"""
        assert self.password_file is not None
        return (user, password) == (self.user, self.password_file.read_text().strip())


class _Talk(socketserver.BaseRequestHandler):
    server: MailServer

    def setup(self) -> None:
        self.is_secure = False
        self.is_known = not self.server.user
        self.recipients: list[str] = []
        if self.server.implicit:
            self._secure()
        self.stream = self.request.makefile("rb")

    def _secure(self) -> None:
        assert self.server.context is not None
        self.request = self.server.context.wrap_socket(self.request, server_side=True)
        self.is_secure = True

    def _say(self, *lines: str) -> None:
        last = len(lines) - 1
        for number, line in enumerate(lines):
            self.request.sendall(f"{line[:3]}{' -'[number < last]}{line[4:]}\r\n".encode())

    def handle(self) -> None:
        self._say("220 mail.test ESMTP")
        while line := self.stream.readline():
            words = line.decode(errors="replace").strip()
            command = words.split(" ", 1)[0].upper()
            if command == "QUIT":
                self._say("221 bye")
                return
            getattr(self, f"_{command.lower()}", self._other)(words)

    def _other(self, words: str) -> None:
        self._say("502 not here")

    def _helo(self, words: str) -> None:
        self._say("250 mail.test")

    def _ehlo(self, words: str) -> None:
        offers = ["250 mail.test"]
        if self.server.context is not None and not self.is_secure:
            offers.append("250 STARTTLS")
        if self.server.user:
            offers.append("250 AUTH PLAIN LOGIN")
        self._say(*offers)

    def _starttls(self, words: str) -> None:
        self._say("220 go ahead")
        self._secure()
        self.stream = self.request.makefile("rb")

    def _auth(self, words: str) -> None:
        parts = words.split()
        if parts[1].upper() == "PLAIN":
            if len(parts) < 3:
                self._say("334 ")
                parts.append(self.stream.readline().decode().strip())
            _, user, password = base64.b64decode(parts[2]).decode().split("\0")
        else:
            answers = parts[2:3]
            for question in ("Username:", "Password:")[len(answers) :]:
                self._say(f"334 {base64.b64encode(question.encode()).decode()}")
                answers.append(self.stream.readline().decode().strip())
            user, password = (base64.b64decode(text).decode() for text in answers)
        self.is_known = self.server.takes(user, password)
        self._say("235 welcome" if self.is_known else "535 5.7.8 no such account or password")

    def _mail(self, words: str) -> None:
        self.recipients = []
        self._say("250 ok" if self.is_known else "530 5.7.0 log in first")

    def _rcpt(self, words: str) -> None:
        self.recipients.append(words.partition(":")[2].split()[0].strip("<>"))
        self._say("250 ok")

    def _data(self, words: str) -> None:
        self._say("354 go on")
        content = b""
        while (line := self.stream.readline()) not in (b".\r\n", b""):
            content += line.removeprefix(b".")
        entry = {"to": self.recipients, "tls": self.is_secure, "text": content.decode()}
        with self.server.mailbox.open("a") as stream:
            stream.write(json.dumps(entry) + "\n")
        self._say("250 kept")

    def _rset(self, words: str) -> None:
        self.recipients = []
        self._say("250 ok")

    def _noop(self, words: str) -> None:
        self._say("250 ok")


def main() -> None:
    """Serve until killed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("port", type=int)
    parser.add_argument("--mailbox", type=Path, required=True)
    parser.add_argument("--certificate", type=Path)
    parser.add_argument("--key", type=Path)
    parser.add_argument("--implicit", action="store_true", help="TLS from the beginning")
    parser.add_argument("--user", default="")
    parser.add_argument("--password-file", type=Path)
    options = vars(parser.parse_args())
    # A disposable host, whose firewall decides who comes here.
    address = ("0.0.0.0", options.pop("port"))  # noqa: S104
    MailServer(address, **options).serve_forever()


if __name__ == "__main__":
    main()
