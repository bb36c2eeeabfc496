"""Role smtp: mail leaves through a queue of the host's own, and relays for nobody."""

from testinfra.host import Host

from tests.testinfra.conftest import Value

GROUPS = ("mail", "web")
UNITS = ("postfix@-.service", "postfix.service")


def test_runs_and_starts_with_the_host(host: Host) -> None:
    assert host.service("postfix").is_enabled
    assert host.run("postfix status").rc == 0


def test_configuration_is_sound(host: Host) -> None:
    checked = host.run("postfix check")
    assert checked.rc == 0, checked.stderr
    assert "warning" not in checked.stderr, checked.stderr


def test_listens_where_derived(host: Host, value: Value) -> None:
    shown = host.run("ss --no-header --listening --numeric --tcp 'sport = :25'").stdout
    addresses = {line.split()[3].rpartition(":")[0].strip("[]") for line in shown.splitlines()}
    assert addresses, "nothing listens on port 25"
    assert addresses <= {value("smtp_listen_address"), "127.0.0.1", "::1"}, shown


def test_relays_for_derived_clients_only(host: Host, value: Value) -> None:
    networks = host.run("postconf -hx mynetworks").stdout.replace(",", " ").split()
    allowed = {"127.0.0.0/8", "127.0.0.1/32", "127.0.0.1", "[::1]/128"}
    clients = value("smtp_relay_clients")
    outside = {entry for entry in networks if entry not in allowed}
    assert {entry.removesuffix("/32") for entry in outside} <= set(clients)
    restrictions = host.run("postconf -hx smtpd_relay_restrictions").stdout
    assert restrictions.strip().endswith("reject_unauth_destination"), restrictions


def test_queue_is_empty_of_stuck_mail(host: Host) -> None:
    assert "Mail queue is empty" in host.run("mailq").stdout
