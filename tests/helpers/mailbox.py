"""Reads the mails of a demo or test site, which all end in one local mailbox."""

import re
import time
from email.message import EmailMessage

from testinfra.host import Host

from testbed.mail import MAILBOX, parse

WAIT_SECONDS = 20


def mails(host: Host) -> list[EmailMessage]:
    """Return what was delivered so far, oldest first."""
    shown = host.run("if [ -s %s ]; then cat %s; fi", MAILBOX, MAILBOX)
    return parse(shown.stdout.encode()) if shown.stdout else []


def wait_for_mail(host: Host, recipient: str, subject: str = "") -> EmailMessage:
    """Wait for a mail to somebody and return the newest one."""
    deadline = time.monotonic() + WAIT_SECONDS
    while True:
        found = [
            mail
            for mail in mails(host)
            if recipient in str(mail["To"]) and subject.lower() in str(mail["Subject"]).lower()
        ]
        if found:
            return found[-1]
        if time.monotonic() > deadline:
            queue = host.run("mailq; journalctl --no-pager -u 'postfix*' -n 20").stdout
            raise AssertionError(f"no mail to {recipient} in {WAIT_SECONDS} s; the queue:\n{queue}")
        time.sleep(0.3)


def text_of(mail: EmailMessage) -> str:
    """Return the plain text of a mail."""
    body = mail.get_body(preferencelist=("plain",))
    return "" if body is None else str(body.get_content())


def link_in(mail: EmailMessage, part: str) -> str:
    """Return the link in a mail whose address contains `part`."""
    links = [link for link in re.findall(r"https?://[^\s>\"]+", text_of(mail)) if part in link]
    assert links, f"no link with {part!r} in the mail:\n{text_of(mail)}"
    return str(links[0])
