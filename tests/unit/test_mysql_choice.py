"""MySQL as the site's own database server: what the hosts get, and what preflight says."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.helpers import plugins  # noqa: F401  # makes our shared code importable
from tests.helpers.role_templates import MULTI, ROOT, render, value

from ansible.module_utils.moztrap.preflight import database, hosts, site  # isort: skip
from ansible.module_utils.moztrap.preflight.inventory import Host, Inventory, Value  # isort: skip
from ansible.module_utils.moztrap.preflight.problems import Problem  # isort: skip

MYSQL: dict[str, Any] = {"mysql_flavour": "mysql"}
PAIR = {"one": ["web", "static", "cache", "mail", "build"], "two": ["db"]}
MEMORY: dict[str, Any] = {"mysql__meminfo": {"content": "TWVtVG90YWw6ICA0MDAwMDAwIGtCCg=="}}
LIMITS = hosts.Limits({"Debian": ["12", "13"]}, {"Debian": ["sid"]}, 900, 2000, 30)


def settings(hosts: dict[str, list[str]], host: str) -> dict[str, Any]:
    """DATABASES as the site is told of it."""
    names: dict[str, Any] = {}
    exec(render("settings", "local.py.j2", hosts, host, **MYSQL), names)  # noqa: S102
    return dict(names["DATABASES"]["default"])


def configuration(hosts: dict[str, list[str]], host: str, **choice: Any) -> dict[str, str]:
    """The server's settings by name."""
    lines = render("mysql", "moztrap.cnf.j2", hosts, host, **MEMORY, **choice).splitlines()
    pairs = [line.partition("=") for line in lines if line and line[0] not in "#["]
    return {name.strip(): setting.strip() for name, _, setting in pairs}


@pytest.mark.parametrize(
    ("choice", "package", "refused"),
    [
        ({}, "mysql-server", True),
        ({}, "mariadb-server", False),
        (MYSQL, "mariadb-server", True),
        (MYSQL, "mysql-server", False),
    ],
)
def test_the_role_does_not_put_a_server_over_another(
    choice: dict[str, Any], package: str, refused: bool
) -> None:
    """Preflight has told it, unless it was left out, or the host has changed since."""
    [check] = [
        task["ansible.builtin.assert"]["that"]
        for task in yaml.safe_load((ROOT / "roles/mysql/tasks/main.yml").read_text())
        if "ansible.builtin.assert" in task
    ]
    facts = {"moztrap_packages": [package]}
    assert value("mysql", check, PAIR, "two", **choice, ansible_facts=facts) is not refused


# --- What the hosts get ---------------------------------------------------------------


@pytest.mark.parametrize(("hosts", "host", "address"), [(PAIR, "one", "10.0.0.2"),
                                                        (MULTI, "web2", "10.0.0.5")])  # fmt: skip
def test_web_hosts_ask_who_the_server_is(
    hosts: dict[str, list[str]], host: str, address: str
) -> None:
    told = settings(hosts, host)
    assert told["HOST"] == address
    assert told["OPTIONS"] == {
        "charset": "utf8mb4",
        "ssl_mode": "VERIFY_IDENTITY",
        "ssl": {"ca": "/etc/moztrap/tls/database-ca.pem"},
    }


@pytest.mark.parametrize("provider", ["private_ca", "provided", "acme"])
def test_the_server_is_certified_here_whoever_certifies_the_site(provider: str) -> None:
    choice: dict[str, Any] = {**MYSQL, "tls_provider": provider}
    certificate = value("mysql", "moztrap_database_certificate", PAIR, "two", **choice)
    # Nothing of the site's own name: it is not the site.
    assert certificate["tls_certificate_names"] == ["10.0.0.2", "two"]
    assert certificate["tls_ca_path"] == "/etc/moztrap/tls/database-ca.pem"
    authority = value("database", "database_authority_file", PAIR, "one", **choice)
    assert authority == "/inventory/.state/tls/ca.pem"
    site = value("tls", "[tls_certificate_path, tls_private_key_path, tls_ca_path]", PAIR, "two")
    ours = {certificate[f"tls_{what}_path"] for what in ("certificate", "private_key", "ca")}
    assert not ours & set(site)


def test_nobody_gets_in_over_the_network_in_the_clear() -> None:
    found = configuration(PAIR, "two", **MYSQL)
    assert found["require-secure-transport"] == "ON"
    assert found["ssl-key"] == "/etc/mysql/moztrap/server.key"
    assert found["bind-address"] == "10.0.0.2"
    running = value("mysql", "mysql__running_settings", PAIR, "two", **MEMORY, **MYSQL)
    for name in ("require_secure_transport", "bind_address", "ssl_ca", "ssl_cert", "ssl_key"):
        assert running[name] == found[name.replace("_", "-")]


def test_what_is_asserted_of_the_running_server_is_what_its_file_says() -> None:
    for choice in (MYSQL, {"mysql_flavour": "mariadb"}):
        found = configuration(PAIR, "two", **choice)
        running = value("mysql", "mysql__running_settings", PAIR, "two", **MEMORY, **choice)
        missing = {name.replace("_", "-") for name in running} - set(found)
        assert missing <= {"log-bin"}
    assert "skip-log-bin" in configuration(PAIR, "two", **MYSQL)


def test_settings_of_mariadb_are_as_ever() -> None:
    found = configuration(PAIR, "two")
    assert "symbolic-links" in found
    assert not {"mysqlx", "performance-schema", "require-secure-transport"} & set(found)


def test_packages_are_those_of_the_one_server() -> None:
    found = value("base", "base_role_packages", PAIR, "two", **MYSQL)
    assert found == ["mysql-server", "mysql-client", "zstd"]
    assert value("backup", "backup_packages", PAIR, "two", **MYSQL) == ["mysql-client", "zstd"]
    # The application's driver is MariaDB's, which speaks to both.
    assert "libmariadb3" in value("base", "base_role_packages", PAIR, "one", **MYSQL)
    assert "3306" in render("firewall", "rules.nft.j2", PAIR, "two", **MYSQL)


@pytest.mark.parametrize(
    ("flavour", "installed", "unit"),
    [
        ("external", "mariadb-server", "mariadb.service"),
        ("external", "mysql-server", "mysql.service"),
        ("mysql", "mariadb-server", "mariadb.service"),
    ],
)
def test_the_server_that_a_host_has_is_the_one_that_is_stopped(
    flavour: str, installed: str, unit: str
) -> None:
    """Also where the chosen one is on another host."""
    choice: dict[str, Any] = {
        "mysql_flavour": flavour,
        "ansible_facts": {"moztrap_packages": [installed, "zstd"]},
    }
    assert value("mysql", "mysql__former.unit", PAIR, "one", **choice) == unit
    assert value("mysql", "moztrap_has_database", PAIR, "one", **choice) is False


def test_our_file_is_read_behind_debians() -> None:
    path = Path(value("mysql", "mysql__server.configuration_path", PAIR, "two", **MYSQL))
    assert path.name > max("mysql.cnf", "mysqld.cnf", "99-port-backoff.cnf")


def test_a_configuration_is_tried_where_apparmor_lets_the_server_read() -> None:
    command = value("mysql", "mysql__server.validate", PAIR, "two", **MYSQL)
    words = shlex.split(command.replace("%s", "/root/.ansible/tmp/x"))
    assert words[0:2] == ["sh", "-c"]
    assert words[3:] == ["/root/.ansible/tmp/x"]
    assert "--defaults-file=/etc/mysql/" in words[2]


def test_the_servers_key_is_shown_to_nobody() -> None:
    tasks = yaml.safe_load((ROOT / "roles" / "mysql" / "tasks" / "certificate.yml").read_text())
    [copy] = [task for task in tasks if "ansible.builtin.copy" in task]
    assert copy["diff"] is False
    assert copy["ansible.builtin.copy"]["mode"] == "0640"


# --- What preflight says --------------------------------------------------------------


def host(groups: Iterable[str], release: str, flavour: str, packages: Iterable[str] = ()) -> Host:
    """A host that is fit but for what a test says of it."""

    def get(name: str) -> Value:
        values = {
            "mysql_flavour": flavour,
            "moztrap_database_server": "",
            "moztrap_database_ca": "",
        }
        return Value(values[name], where="main.yml:1") if name in values else Value()

    facts = {
        "moztrap_contact": {"status": "reached", "clock_skew": 0.0},
        "distribution": "Debian",
        "distribution_major_version": release,
        "memtotal_mb": 4000,
        "moztrap_disk_free_mb": 20000,
        "moztrap_packages": list(packages),
    }
    return Host("one", (*groups, "all"), frozenset(), get, facts)


def problems(one: Host) -> list[Problem]:
    inventory = Inventory({group: ["one"] for group in one.groups}, {"one": one}, "inventories/x")
    return [
        *hosts.host_problems(inventory, LIMITS),
        *database.database_problems(inventory),
    ]


@pytest.mark.parametrize(
    ("groups", "release", "flavour", "packages"),
    [
        (["db"], "sid", "mysql", []),
        (["db"], "sid", "mysql", ["mysql-server"]),
        (["db", "web"], "12", "mariadb", ["mariadb-server"]),
        (["web"], "12", "mysql", ["mariadb-server"]),
    ],
)
def test_what_goes_together_is_no_problem(
    groups: list[str], release: str, flavour: str, packages: list[str]
) -> None:
    assert problems(host(groups, release, flavour, packages)) == []


@pytest.mark.parametrize(
    ("groups", "release", "flavour", "packages", "words"),
    [
        (["db"], "12", "mysql", [], "no package mysql-server"),
        (["db"], "13", "mysql", [], "no package mysql-server"),
        (["db"], "testing", "mysql", [], "no package mysql-server"),
        (["db"], "sid", "mariadb", [], "for the database with mysql_flavour: mysql"),
        (["web"], "sid", "mysql", [], "for the database with mysql_flavour: mysql"),
        (["cache"], "testing", "mysql", [], "not supported"),
        (["db", "web", "cache"], "sid", "mysql", [], "group web, cache as well"),
        (["db"], "sid", "mysql", ["mariadb-server"], "has mariadb-server"),
        (["db"], "12", "mariadb", ["mysql-server"], "has mysql-server"),
    ],
)
def test_what_cannot_work_is_named_with_its_remedy(
    groups: list[str], release: str, flavour: str, packages: list[str], words: str
) -> None:
    [found] = problems(host(groups, release, flavour, packages))
    assert words in found.what
    assert found.host == "one"
    assert found.fix


def test_preflight_and_the_role_know_the_same_flavours() -> None:
    """Preflight compares variables with the specs of all roles, whichever are used."""
    specs = yaml.safe_load((ROOT / "roles" / "mysql" / "meta" / "argument_specs.yml").read_text())
    choices = specs["argument_specs"]["main"]["options"]["mysql_flavour"]["choices"]
    available, _ = site.AVAILABLE["mysql_flavour"]
    assert set(choices) == set(available)


def test_the_way_from_one_server_to_the_other_is_told() -> None:
    [found] = problems(host(["db"], "sid", "mysql", ["mariadb-server"]))
    assert "mysql_flavour: mariadb" in found.fix
    assert "another host in group db" in found.fix
    assert database.PAGE in found.fix
    assert (ROOT / database.PAGE).is_file()
