"""Several hosts: who may talk to whom, who is believed, and what a balancer refuses."""

import hashlib
import secrets
import shlex
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import testinfra
from testinfra.host import Host

from tests.helpers import balancer
from tests.helpers import inventory as inventories
from tests.helpers.load import load_of
from tests.helpers.visitor import Visitor
from tests.helpers.website import Site
from tests.testinfra.conftest import Sql, Value
from tests.testinfra.negative.conftest import Converge

GROUPS = ("balancer",)
UNITS = ("haproxy.service",)
FORGED = "203.0.113.66"

Named = Callable[[str], Host]


@pytest.fixture(scope="module")
def named(inventory: Path) -> Named:
    """A host of the inventory by its name."""

    def find(name: str) -> Host:
        return testinfra.get_host(f"ansible://{name}", ansible_inventory=str(inventory))

    return find


def knock(host: Host, address: str, port: int) -> bool:
    """Say whether a host can connect to a port of another one."""
    script = f"import socket; socket.create_connection(({address!r}, {port}), 3).close()"
    return bool(host.run("python3 -c %s", script).rc == 0)


# --- who may talk to whom -----------------------------------------------------------


@pytest.mark.parametrize(
    ("group", "port", "friends"),
    [
        ("db", "3306", {"web"}),
        ("cache", "6379 if moztrap_cache_server == 'redis' else 11211", {"web"}),
        ("mail", "25", {"web"}),
        ("web", "443", {"balancer"}),
        ("web", "80", {"balancer"}),
        ("static", "443", {"balancer"}),
    ],
    ids=["database", "cache", "mail", "pages", "plain", "assets"],
)
def test_only_those_with_business_there_get_in(
    inventory: Path, named: Named, group: str, port: str, friends: set[str]
) -> None:
    members = inventories.groups(inventory)
    target = members[group][0]
    address, number = inventories.value(inventory, target, f"[moztrap_address, {port}]")
    welcome = {name for friend in friends for name in members[friend]}
    everybody = {name for names in members.values() for name in names} - {target}
    got_in = {name for name in sorted(everybody) if knock(named(name), address, number)}
    assert got_in == welcome


# --- who is believed ----------------------------------------------------------------


def own_address(site: Site) -> str:
    """The address that the balancer sees when this machine asks."""
    with socket.create_connection((site.address, site.port), timeout=10) as connection:
        return str(connection.getsockname()[0])


def logged_for(hosts: list[Host], value: Value, mark: str) -> list[str]:
    """The addresses for which the web hosts logged a request."""
    search = f"grep --no-filename %s {value('moztrap_web_log_directory')}/access.log"
    lines = [line for host in hosts for line in host.run(search, mark).stdout.splitlines()]
    return [line.split()[0] for line in lines]


@pytest.mark.parametrize("header", ["X-Forwarded-For", "X_Forwarded_For", "Forwarded"])
def test_access_log_has_the_visitor_whatever_is_claimed(
    site: Site, inventory: Path, named: Named, value: Value, header: str
) -> None:
    mark = f"mark={secrets.token_hex(6)}"
    for _ in range(4):
        assert site.get(f"/healthz?{mark}", headers={header: FORGED}).status == 200
    web = [named(name) for name in inventories.groups(inventory)["web"]]
    assert logged_for(web, value, mark) == [own_address(site)] * 4


def test_limits_count_the_visitor_whatever_is_claimed(site: Site, sql: Sql, value: Value) -> None:
    table = f"{value('mysql_database')}.accounts_throttlecount"
    sql(f"DELETE FROM {table}")
    person = Visitor(Site(site.url, site.ca_file, site.address, {"X-Forwarded-For": FORGED}))
    person.log_in("somebody", "a wrong guess")
    counted = {row[0] for row in sql(f"SELECT `key` FROM {table}")}
    sql(f"DELETE FROM {table}")

    def key(address: str) -> str:
        return hashlib.sha256(f"login-failed-address:{address}".encode()).hexdigest()

    assert key(own_address(site)) in counted
    assert key(FORGED) not in counted
    assert key(value("moztrap_address")) not in counted, "the balancer itself was counted"


def test_a_web_host_believes_balancers_alone(inventory: Path, named: Named, value: Value) -> None:
    """Asked by itself, over its own network address, with a claim."""
    name = inventories.groups(inventory)["web"][0]
    host = named(name)
    facts = inventories.value(
        inventory,
        name,
        "{'address': moztrap_address, 'ca': tls_ca_path, 'name': moztrap_server_name}",
    )
    mark = f"mark={secrets.token_hex(6)}"
    script = (
        "import http.client, socket, ssl\n"
        f"tls = ssl.create_default_context(cafile={facts['ca']!r})\n"
        f"plain = socket.create_connection(({facts['address']!r}, 443))\n"
        f"talk = http.client.HTTPSConnection({facts['name']!r})\n"
        f"talk.sock = tls.wrap_socket(plain, server_hostname={facts['name']!r})\n"
        f"talk.request('GET', '/healthz?{mark}', headers={{'X-Forwarded-For': {FORGED!r}}})\n"
        "print(talk.getresponse().status)\n"
    )
    asked = host.run("python3 -c %s", script)
    assert asked.stdout.strip() == "200", asked.stderr
    assert logged_for([host], value, mark) == [facts["address"]]


# --- what a balancer refuses --------------------------------------------------------


@pytest.fixture
def second_web_host(inventory: Path) -> str:
    """One of several, so that the site goes on without it."""
    return inventories.groups(inventory)["web"][1]


@pytest.fixture
def impostor(
    inventory: Path, named: Named, host: Host, second_web_host: str, request: pytest.FixtureRequest
) -> Iterator[str]:
    """A web host with a certificate that is not the one it should have."""
    other = named(second_web_host)
    facts = inventories.value(
        inventory,
        second_web_host,
        "{'pem': tls_certificate_path, 'key': tls_private_key_path, 'name': moztrap_server_name,"
        " 'authority': tls_controller_directory, 'unit': moztrap_web_unit}",
    )
    folder = "/root/kept-certificate"
    pem, key = shlex.quote(facts["pem"]), shlex.quote(facts["key"])
    kept = other.run(f"mkdir -p {folder} && cp --archive {pem} {key} {folder}")
    assert kept.rc == 0, kept.stderr
    make = (
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2"
        f" -keyout {key} -out {pem}"
    )
    if request.param == "a stranger's":
        make += f" -subj /CN={facts['name']} -addext subjectAltName=DNS:{facts['name']}"
    else:
        authority = Path(facts["authority"])
        for name in ("ca.pem", "ca.key"):
            content = (authority / name).read_text()
            other.run(f"umask 077; cat > {folder}/{name} <<'END'\n{content}END\n")
        make += (
            " -subj /CN=elsewhere.example -addext subjectAltName=DNS:elsewhere.example"
            f" -CA {folder}/ca.pem -CAkey {folder}/ca.key"
        )
    try:
        made = other.run(f"{make} && systemctl reload {facts['unit']}")
        assert made.rc == 0, made.stderr
        yield second_web_host
    finally:
        other.run(
            f"cp --archive {folder}/$(basename {pem}) {pem};"
            f" cp --archive {folder}/$(basename {key}) {key};"
            f" rm -r {folder}; systemctl reload {facts['unit']}"
        )
        balancer.wait_for(host, "moztrap_web", second_web_host, lambda status: status == "UP")


@pytest.mark.parametrize("impostor", ["a stranger's", "of another name"], indirect=True)
def test_a_web_host_with_a_wrong_certificate_gets_no_request(
    host: Host, site: Site, impostor: str
) -> None:
    status = balancer.wait_for(
        host, "moztrap_web", impostor, lambda status: status.startswith("DOWN")
    )
    assert status == "DOWN"
    row = balancer.servers(host, "moztrap_web")[impostor]
    assert row["check_status"] == "L6RSP", row["last_chk"]
    for _ in range(10):
        assert site.get("/healthz").status == 200


# Two checks in a row that got two seconds each, as they once did, have failed by then.
BUSY_SECONDS = 8


def test_a_web_host_that_is_busy_for_a_moment_stays_in(
    host: Host, inventory: Path, named: Named
) -> None:
    name = inventories.groups(inventory)["web"][0]
    web = named(name)
    server = inventories.value(inventory, name, "moztrap_application_server")
    units = " ".join(server["units"])

    def failed() -> tuple[int, int]:
        counted = balancer.servers(host, "moztrap_web")[name]
        return int(counted["chkfail"]), int(counted["chkdown"])

    checks, losses = failed()
    web.run(f"systemctl kill --signal=STOP {units}")
    try:
        time.sleep(BUSY_SECONDS)
        unanswered, lost = failed()
        assert unanswered > checks
        assert lost == losses
    finally:
        web.run(f"systemctl kill --signal=CONT {units}")
    balancer.wait_for(host, "moztrap_web", name, lambda status: status == "UP")
    assert failed()[1] == losses


def test_without_any_web_host_there_is_a_page_that_says_when(
    host: Host, site: Site, value: Value
) -> None:
    names = value("moztrap_web_hosts")
    try:
        for name in names:
            balancer.ask(host, f"set server moztrap_web/{name} state maint")
        for method in ("GET", "POST"):
            answer = site.request(method, "/accounts/login/")
            assert answer.status == 503, answer.describe()
            assert int(answer.header("Retry-After") or 0) > 0, answer.describe()
            assert "<h1>Back in a moment</h1>" in answer.text
    finally:
        for name in names:
            balancer.ask(host, f"set server moztrap_web/{name} state ready")
    for name in names:
        balancer.wait_for(host, "moztrap_web", name, lambda status: status == "UP")


def test_a_drained_web_host_answers_while_no_other_can(
    host: Host, site: Site, value: Value
) -> None:
    drained, *others = value("moztrap_web_hosts")
    try:
        balancer.ask(host, f"set server moztrap_web/{drained} state drain")
        for name in others:
            balancer.ask(host, f"set server moztrap_web/{name} state maint")
        assert site.get("/accounts/login/").status == 200
        # Refused by the application, for want of a CSRF token.
        assert site.request("POST", "/accounts/login/").status == 403
        requests = balancer.servers(host, "moztrap_web_reserve")[drained]["stot"]
        assert int(requests) >= 2
    finally:
        for name in (drained, *others):
            balancer.ask(host, f"set server moztrap_web/{name} state ready")
    for name in (drained, *others):
        balancer.wait_for(host, "moztrap_web", name, lambda status: status == "UP")


def test_a_static_server_without_the_proof_gets_no_request(
    host: Host, inventory: Path, named: Named, value: Value
) -> None:
    name = inventories.groups(inventory)["static"][0]
    proofs = f"{value('moztrap_home')}/assets/proofs"
    static = named(name)
    moved = static.run("mv %s %s.away", proofs, proofs)
    assert moved.rc == 0, moved.stderr
    try:
        balancer.wait_for(host, "moztrap_static", name, lambda status: status == "DOWN")
    finally:
        static.run("mv %s.away %s", proofs, proofs)
    balancer.wait_for(host, "moztrap_static", name, lambda status: status == "UP")


def test_acme_answers_come_from_whichever_web_host_has_them(
    inventory: Path, named: Named, site: Site
) -> None:
    token = secrets.token_hex(8)
    for name in inventories.groups(inventory)["web"]:
        # Where a client puts it that was given the webroot.
        folder = "/var/www/moztrap-acme/.well-known/acme-challenge"
        path = f"{folder}/{token}"
        host = named(name)
        host.run(f"mkdir -p {folder} && echo answer-of-{name} > {path}")
        try:
            for _ in range(4):
                answer = site.plain("GET", f"/.well-known/acme-challenge/{token}")
                assert answer.text.strip() == f"answer-of-{name}", answer.describe()
        finally:
            host.run(f"rm {path}")


# --- what must not be lost ----------------------------------------------------------


def test_a_reload_loses_no_request_and_forgets_no_drain(
    host: Host, site: Site, second_web_host: str
) -> None:
    load = load_of(site, pause=0, timeout=15)
    server = f"moztrap_web/{second_web_host}"
    balancer.ask(host, f"set server {server} state drain")
    load.start()
    try:
        for _ in range(4):
            reloaded = host.run("systemctl reload haproxy")
            assert reloaded.rc == 0, reloaded.stderr
            drained = balancer.servers(host, "moztrap_web")[second_web_host]
            assert drained["status"] == "DRAIN", "the reload forgot it"
    finally:
        report = load.stop()
        balancer.ask(host, f"set server {server} state ready")
    assert report.requests > 200, f"only {report.requests} requests"
    assert report.failures == [], f"{report.failed} of {report.requests} requests failed"


def test_a_reload_that_would_fail_is_told_and_changes_nothing(host: Host, site: Site) -> None:
    broken = "/etc/haproxy/zz-broken.cfg"
    host.run("echo nonsense > %s", broken)
    try:
        assert host.run("systemctl reload haproxy").rc != 0
        assert site.get("/healthz").status == 200
    finally:
        host.run("rm %s", broken)
    assert host.run("systemctl reload haproxy").rc == 0


def test_what_was_changed_by_hand_is_put_back(host: Host, converge: Converge) -> None:
    path = "/etc/haproxy/haproxy.cfg"
    before = host.file(path).sha256sum
    host.run("sed -i 's/^    maxconn .*/    maxconn 7/' %s && systemctl reload haproxy", path)
    run = converge("--tags", "haproxy")
    assert run.status == 0, run.explain()
    assert host.file(path).sha256sum == before
    assert "Maxconn: 7\n" not in balancer.ask(host, "show info") + "\n"
    assert host.run("sha256sum --check --quiet /run/haproxy/loaded").rc == 0
