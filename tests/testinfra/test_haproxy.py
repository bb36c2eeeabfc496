"""Role haproxy: what visitors reach, and how it knows where to send them."""

import json

import pytest
from testinfra.host import Host

from tests.helpers import balancer
from tests.helpers.website import Site
from tests.testinfra.conftest import Value

GROUPS = ("balancer",)
UNITS = ("haproxy.service",)


def test_runs_and_starts_with_the_host(host: Host) -> None:
    assert host.service("haproxy").is_running
    assert host.service("haproxy").is_enabled


def test_configuration_is_sound(host: Host) -> None:
    checked = host.run("haproxy -c -f /etc/haproxy")
    assert checked.rc == 0, checked.stderr


def test_has_read_its_files_as_they_are(host: Host) -> None:
    checked = host.run("sha256sum --check --quiet /run/haproxy/loaded")
    assert checked.rc == 0, checked.stdout + checked.stderr
    read = host.file("/run/haproxy/loaded").content_string
    for path in host.run("ls /etc/haproxy/*.cfg").stdout.split():
        assert path in read, f"{path} came later, and was not read"


def test_admin_socket_is_for_root_alone(host: Host) -> None:
    socket = host.file(balancer.SOCKET)
    assert (socket.user, socket.mode) == ("root", 0o600)


def test_worker_has_no_privileges(host: Host) -> None:
    """Whoever takes over the process that visitors talk to is nobody, in an empty directory."""
    workers = [process.pid for process in host.process.filter(comm="haproxy", user="haproxy")]
    assert workers, host.run("ps -e -o user,pid,args | grep haproxy").stdout
    for pid in workers:
        assert host.run("readlink /proc/%s/root", str(pid)).stdout.strip() == "/var/lib/haproxy"
        effective = host.run("grep CapEff /proc/%s/status", str(pid)).stdout.split()[1]
        assert int(effective, 16) == 0, effective


def test_service_is_confined(host: Host) -> None:
    shown = host.run("systemctl show haproxy --property=NoNewPrivileges,ProtectSystem,ProtectHome")
    assert set(shown.stdout.split()) == {
        "NoNewPrivileges=yes",
        "ProtectSystem=strict",
        "ProtectHome=yes",
    }


def test_key_is_not_copied(host: Host, value: Value) -> None:
    link = host.file("/etc/haproxy/moztrap/site.pem.key")
    assert link.is_symlink
    assert link.linked_to == value("tls_private_key_path")


def test_every_server_is_known_and_up(host: Host, value: Value) -> None:
    facts = value("{'web': moztrap_web_hosts, 'static': moztrap_static_hosts}")
    for backend, names in (("moztrap_web", facts["web"]), ("moztrap_static", facts["static"])):
        found = {name: row["status"] for name, row in balancer.servers(host, backend).items()}
        assert found == dict.fromkeys(names, "UP")


def test_requests_are_spread_over_the_web_hosts(host: Host, site: Site) -> None:
    def totals() -> dict[str, int]:
        rows = balancer.servers(host, "moztrap_web")
        return {name: int(row["stot"]) for name, row in rows.items()}

    before = totals()
    for _ in range(30):
        assert site.get("/healthz").status == 200
    after = totals()
    assert all(after[name] > before[name] for name in before), (before, after)


def test_every_web_host_serves_the_same_deployment(site: Site) -> None:
    answers = [json.loads(site.get("/healthz").text) for _ in range(20)]
    assert len({answer["deployment"] for answer in answers}) == 1
    assert len({answer["process"] for answer in answers}) > 1


@pytest.mark.parametrize("path", ["/", "/static/x.css", "/?a=b"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_plain_http_only_redirects(site: Site, path: str, method: str) -> None:
    answer = site.plain(method, path)
    assert answer.status in {301, 308}, answer.describe()
    assert answer.header("Location") == f"https://{site.host_header}{path}", answer.describe()


def test_acme_clients_reach_the_web_hosts(site: Site) -> None:
    answer = site.plain("GET", "/.well-known/acme-challenge/no-such-token")
    assert answer.status == 404, answer.describe()


def test_unknown_host_name_gets_nothing(site: Site) -> None:
    headers = {"Host": "elsewhere.example.net"}
    for answer in (site.get("/", headers), site.plain("GET", "/", headers)):
        assert answer.status == 421, answer.describe()
        assert "elsewhere" not in (answer.header("Location") or "")
        assert "<h1>Misdirected request</h1>" in answer.text
        assert answer.header("Content-Security-Policy"), answer.describe()


@pytest.mark.parametrize(
    "header",
    [
        "Strict-Transport-Security",
        "X-Content-Type-Options",
        "Content-Security-Policy",
        "X-Frame-Options",
    ],
)
def test_headers_of_the_web_hosts_come_through_once(site: Site, header: str) -> None:
    answer = site.get("/accounts/login/")
    assert len(answer.header_values(header)) == 1, answer.describe()


@pytest.mark.parametrize("header", ["X-Forwarded-For", "X_Forwarded_For", "Forwarded", "X-Real-IP"])
def test_visitor_cannot_choose_an_address(site: Site, value: Value, header: str) -> None:
    """Details of readiness are for balancers; one that says it is one does not get them."""
    for address in ("127.0.0.1", value("moztrap_address")):
        claimed = f"for={address}" if header == "Forwarded" else address
        answer = site.get("/readyz", headers={header: claimed})
        assert answer.status == 200, answer.describe()
        assert "checks" not in answer.text, answer.describe()
