"""A host that has no business here knocks at every door."""

import pytest
from testinfra.host import Host

from tests.helpers.application import readiness
from tests.testinfra.conftest import Value

UNITS = ("moztrap-firewall.service",)
GROUPS = ("web",)
ONE_HOST = True


def knock(outsider: Host, address: str, port: int) -> str:
    """Say how a TCP port answers somebody outside: open, or closed and how."""
    script = (
        "import socket\n"
        "try:\n"
        f"    socket.create_connection(({address!r}, {port}), 2).close()\n"
        "    print('open')\n"
        "except OSError as error:\n"
        "    print('closed:', error)\n"
    )
    return str(outsider.run("python3 -c %s", script).stdout.strip())


def test_outsider_reaches_the_site(outsider: Host, value: Value) -> None:
    """Otherwise the silence below would prove nothing."""
    assert knock(outsider, value("moztrap_address"), 443) == "open"
    assert knock(outsider, value("moztrap_address"), 80) == "open"


@pytest.mark.parametrize(
    "port", [25, 111, 465, 587, 3306, 6379, 8000, 8080, 11211], ids=lambda port: f"port-{port}"
)
def test_outsider_reaches_nothing_else(outsider: Host, value: Value, port: int) -> None:
    assert knock(outsider, value("moztrap_address"), port).startswith("closed:")


def test_details_of_readiness_are_not_for_the_outsider(
    host: Host, outsider: Host, value: Value
) -> None:
    authority = host.file(value("tls_ca_path")).content_string
    name, address = value("[moztrap_server_name, moztrap_address]")
    answers = [
        readiness(host, name, "127.0.0.1", authority),
        readiness(outsider, name, address, authority),
    ]
    assert [answer["status"] for answer in answers] == ["ok", "ok"]
    assert "checks" in answers[0], answers[0]
    assert "checks" not in answers[1], answers[1]


def test_no_cache_over_udp_is_reached(outsider: Host, value: Value) -> None:
    script = (
        "import socket\n"
        "talk = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
        "talk.settimeout(2)\n"
        "talk.sendto(b'\\x00\\x01\\x00\\x00\\x00\\x01\\x00\\x00stats\\r\\n',"
        f" ({value('moztrap_address')!r}, 11211))\n"
        "try:\n"
        "    print(talk.recv(1400))\n"
        "except OSError:\n"
        "    print('silent')\n"
    )
    assert outsider.run("python3 -c %s", script).stdout.strip() == "silent"


def test_outsider_is_refused_a_relay(host: Host, outsider: Host, value: Value) -> None:
    """With the doors opened for a moment: Postfix itself refuses, whoever the mail is for."""
    address = value("moztrap_address")
    opened = host.run(
        "cp --archive /etc/postfix/main.cf /root/main.cf.kept"
        " && postconf -e inet_interfaces=all && systemctl restart postfix"
        " && nft insert rule inet moztrap inbound tcp dport 25 accept"
    )
    recipients = ["someone@example.org", f"root@[{address}]", "moztrap-sink@moztrap"]
    script = (
        "import smtplib\n"
        f"for recipient in {recipients}:\n"
        f"    talk = smtplib.SMTP({address!r}, 25, timeout=10)\n"
        "    talk.ehlo('outsider.example.net')\n"
        "    talk.mail('someone@example.net')\n"
        "    print(*talk.rcpt(recipient))\n"
    )
    try:
        assert opened.rc == 0, opened.stderr
        answer = outsider.run("python3 -c %s", script)
        assert answer.rc == 0, answer.stderr
        codes = [line.split()[0] for line in answer.stdout.splitlines()]
        assert len(codes) == 3, answer.stdout
        assert set(codes) <= {"450", "454", "550", "554"}, answer.stdout
    finally:
        host.run(
            "mv /root/main.cf.kept /etc/postfix/main.cf && systemctl restart postfix;"
            " systemctl reload moztrap-firewall"
        )
    assert host.run("postconf -hx inet_interfaces").stdout.strip() != "all"
