"""Read the local mailbox into which a demo delivers everything the site sends."""

import email
import email.policy
import json
import mailbox
import tempfile
from email.message import EmailMessage
from pathlib import Path

from testbed.errors import TestbedError
from testbed.paths import CHECKOUT, state_directory
from testbed.ssh import Access

# Role smtp delivers here when `smtp_sink_mailbox` is set.
MAILBOX = "/var/mail/moztrap-sink"


def last(name: str) -> str:
    """The last mail of a topology's site, as people read mail."""
    content = fetch(name)
    if not content:
        return "The site has sent no mail yet: register an account, or reset a password."
    return render(parse(content)[-1])


def fetch(name: str) -> bytes:
    """The whole mailbox; empty when nothing was delivered yet."""
    state = state_directory(name)
    host = _mail_host(state, name)
    read = Access(state).run(host, f"if [ -s {MAILBOX} ]; then cat {MAILBOX}; fi", check=False)
    if not read.succeeded:
        raise TestbedError(
            f"host {host} does not answer: {read.stderr.strip()}", f"python -m testbed up {name}"
        )
    return read.stdout.encode()


def _mail_host(state: Path, name: str) -> str:
    try:
        described = json.loads((state / "topology.json").read_text())
    except FileNotFoundError as error:
        raise TestbedError(
            f"there is no topology {name} in {CHECKOUT}", "make demo, or python -m testbed status"
        ) from error
    host: str = described["mail"]
    return host


def parse(content: bytes) -> list[EmailMessage]:
    """The messages of an mbox file, oldest first."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(content)
        file.flush()
        box = mailbox.mbox(file.name, create=False)
        return [
            email.message_from_bytes(box.get_bytes(key), policy=email.policy.default)
            for key in box.keys()  # noqa: SIM118
        ]


def render(message: EmailMessage) -> str:
    """Headers that matter and the text."""
    head = [
        f"{name}: {message[name]}"
        for name in ("Date", "From", "To", "Subject")
        if message[name] is not None
    ]
    body = message.get_body(preferencelist=("plain", "html"))
    text = body.get_content() if body is not None else ""
    return "\n".join([*head, "", text.rstrip()])
