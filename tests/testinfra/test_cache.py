"""The cache that was chosen, whichever it is: shared, private, and the only one there is."""

from testinfra.host import Host

from tests.helpers.application import ask
from tests.helpers.visitor import Visitor
from tests.testinfra.conftest import Sql, Value

GROUPS = ("web",)
UNITS = ("moztrap-application@main.service", "memcached.service", "redis-server.service")
SERVERS = {"memcached": "memcached", "redis": "redis-server"}
FOLDER = "/var/cache/moztrap"


def test_what_one_process_keeps_another_finds(host: Host, value: Value) -> None:
    load = "from django.core.cache import cache;"
    ask(host, value, f"{load} cache.set('verify', {{'from': 'one'}}, 60); cache.set('verified', 4)")
    try:
        found = ask(host, value, f"{load} print(cache.get('verify'), cache.incr('verified'))")
        assert found == "{'from': 'one'} 5"
    finally:
        ask(host, value, f"{load} cache.delete_many(['verify', 'verified'])")
    assert ask(host, value, f"{load} print(cache.get('verify'))") == "None"


def test_a_login_is_in_the_cache(host: Host, value: Value, administrator: Visitor) -> None:
    assert administrator.get("/runs/").status == 200
    [key] = [text for name, text in administrator.cookies.items() if "session" in name]
    script = (
        "from django.core.cache import cache; from moztrap.core.sessions import SessionStore;"
        f" print('_auth_user_id' in (cache.get(SessionStore({key!r}).cache_key) or {{}}))"
    )
    assert ask(host, value, script) == "True"


def test_readiness_finds_nothing_wrong(host: Host, value: Value) -> None:
    script = "from moztrap.core.readiness import cache_problem; print(repr(cache_problem()))"
    assert ask(host, value, script) == "''"


def test_nothing_of_another_choice_is_left(host: Host, sql: Sql, value: Value) -> None:
    backend, server = value("[moztrap_cache_backend, moztrap_cache_server]")
    for name, package in SERVERS.items():
        if server != name:
            assert not host.package(package).is_installed
            assert not host.process.filter(comm=package)
    assert host.file(FOLDER).exists is (backend == "file")
    for path in ("/etc/memcached.conf",):
        assert host.file(path).exists is (server == "memcached")
    for path in ("/etc/redis", "/etc/systemd/system/redis-server.service.d"):
        assert host.file(path).exists is (server == "redis")
    tables = [row[0] for row in sql(f"SHOW TABLES IN {value('mysql_database')}")]
    assert ("moztrap_cache" in tables) is (backend == "database")


def test_the_password_is_in_no_list_of_processes_and_in_no_log(host: Host, value: Value) -> None:
    secret = value("redis_password")
    if secret:
        assert secret not in host.run("ps -eo args --no-headers -ww").stdout
        shown = host.run("journalctl --no-pager --boot --output=cat | grep -cF -- %s", secret)
        assert shown.stdout.strip() == "0"
