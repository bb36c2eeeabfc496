"""Role memcached: private, sized, without UDP."""

from testinfra.host import Host

from tests.testinfra.conftest import Value

GROUPS = ("cache",)
CHOSEN = "moztrap_cache_backend == 'memcached'"
UNITS = ("memcached.service",)


def test_runs_and_starts_with_the_host(host: Host) -> None:
    assert host.service("memcached").is_running
    assert host.service("memcached").is_enabled


def test_listens_where_derived_and_nowhere_else(host: Host, value: Value) -> None:
    facts = value("{'address': memcached_listen_address, 'port': memcached_port}")
    shown = host.run("ss --no-header --listening --numeric --tcp --udp --processes").stdout
    lines = [line.split() for line in shown.splitlines() if "memcached" in line]
    assert {(line[0], line[4]) for line in lines} == {
        ("tcp", f"{facts['address']}:{facts['port']}")
    }, shown


def test_is_sized_by_its_variable(host: Host, value: Value) -> None:
    facts = value("{'address': memcached_listen_address, 'port': memcached_port}")
    question = (
        f"import socket; talk = socket.create_connection(({facts['address']!r}, {facts['port']}));"
        r" talk.sendall(b'stats\r\nquit\r\n'); print(talk.makefile().read())"
    )
    answer = host.run("python3 -c %s", question).stdout
    configured = host.run("grep -E '^-m' /etc/memcached.conf").stdout.split()[-1]
    assert f"limit_maxbytes {int(configured) * 2**20}" in answer, answer


def test_runs_unprivileged(host: Host) -> None:
    owners = {process.user for process in host.process.filter(comm="memcached")}
    assert owners
    assert "root" not in owners
