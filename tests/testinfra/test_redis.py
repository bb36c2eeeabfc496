"""Role redis: private, with a password, confined, and nothing on disk."""

from collections.abc import Callable

from testinfra.host import Host

from tests.helpers.application import ask
from tests.testinfra.conftest import Value

GROUPS = ("cache",)
CHOSEN = "moztrap_cache_backend == 'redis'"
UNITS = ("redis-server.service",)


def test_runs_and_starts_with_the_host(host: Host) -> None:
    assert host.service("redis-server").is_running
    assert host.service("redis-server").is_enabled


def test_listens_where_derived_and_nowhere_else(host: Host, value: Value) -> None:
    address, port = value("[redis_listen_address, redis_port]")
    shown = host.run("ss --no-header --listening --numeric --tcp --processes").stdout
    lines = [line.split() for line in shown.splitlines() if "redis" in line]
    assert {line[3] for line in lines} == {f"{address}:{port}"}, shown


def test_nobody_comes_in_without_the_account(host: Host, value: Value) -> None:
    address, port = value("[redis_listen_address, redis_port]")
    for command in ("PING", "INFO", "GET x", "CONFIG GET *", "ACL LIST"):
        answer = host.run("redis-cli -h %s -p %s " + command, address, str(port))
        assert "NOAUTH" in answer.stdout + answer.stderr, answer.stdout


def test_the_account_does_what_a_cache_needs_and_no_more(
    value: Value, first_of: Callable[[str], Host]
) -> None:
    refused = (
        "CONFIG GET dir", "FLUSHALL", "KEYS *", "GET other:1:x", "MGET other:1:x", "INFO",
        "EVAL return 0", "SHUTDOWN", "ACL LIST", "MODULE LIST", "SAVE", "CLIENT LIST",
    )  # fmt: skip
    script = (
        "from django.core.cache import cache\n"
        "client = cache._servers[0].client\n"
        "print(client.ping())\n"
        f"for words in {refused!r}:\n"
        "    try:\n"
        "        print('allowed:', words, client.execute_command(*words.split()))\n"
        "    except Exception as error:\n"
        "        print(type(error).__name__)\n"
    )
    first, *others = ask(first_of("web"), value, script).splitlines()
    assert first == "True"
    assert others == ["NoPermissionError"] * len(refused)


def test_nothing_is_written_down(host: Host) -> None:
    """What Debian's own configuration left behind, before ours, is as empty as that Redis was."""
    lines = host.file("/etc/redis/redis.conf").content_string.splitlines()
    assert 'save ""' in lines
    assert "appendonly no" in lines
    began = "/run/redis/redis-server.pid"
    written = host.run("find /var/lib/redis /run/redis -type f -newer %s", began)
    assert (written.rc, written.stdout) == (0, ""), written.stderr


def test_its_files_are_its_own_and_hold_no_password(host: Host, value: Value) -> None:
    for path in ("/etc/redis/moztrap.acl", "/etc/redis/redis.conf"):
        found = host.file(path)
        assert (found.user, found.group, found.mode) == ("root", "redis", 0o640)
        assert value("redis_password") not in found.content_string
    assert host.run("find /run/redis -type f ! -name '*.pid'").stdout == ""


def test_is_confined(host: Host) -> None:
    shown = host.run("systemctl show redis-server").stdout.splitlines()
    properties = dict(line.split("=", 1) for line in shown if "=" in line)
    assert properties["User"] == "redis"
    assert properties["NoNewPrivileges"] == "yes"
    assert properties["ProtectSystem"] == "strict"
    assert properties.get("CapabilityBoundingSet", "") == ""
    assert properties["ReadWritePaths"] == "-/run/redis"
    assert properties["MemoryMax"].isdigit()
