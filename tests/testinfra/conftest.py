"""Fixtures of the host tests.

Run against any inventory, as root on its hosts:

    pytest tests/testinfra --hosts=ansible://all --ansible-inventory=INVENTORY

A module names the groups it is about in `GROUPS`, and in `UNITS` the systemd units
whose journal an operator would read next when one of its tests fails. One that is about a
single host in every group says `ONE_HOST = True`; one that visits the site as people do, and
would do so again for each host of its groups, `AT_THE_ENTRANCE = True`; one that is about a
choice says which in `CHOSEN`, an expression over the inventory's variables.
"""

from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
import testinfra
from testinfra.host import Host

from tests.helpers import inventory as inventories
from tests.helpers.playbook import REPOSITORY
from tests.helpers.tunnel import Tunnel
from tests.helpers.visitor import Visitor
from tests.helpers.website import Site

# Suites of a Molecule scenario of their own: they run where they are named.
SCENARIOS = (
    "acme",
    "acme_balancers",
    "backup",
    "database_move",
    "debian_upgrade",
    "elsewhere",
    "external",
    "faults",
    "killed",
    "mail",
    "oidc",
    "options",
    "rolling",
    "suite",
    "vendor",
)
# The client of whichever server is on the host.
SQL_CLIENT = "$(command -v mariadb || command -v mysql)"
Sql = Callable[[str], list[list[str]]]
Value = Callable[[str], Any]


def _inventory(config: pytest.Config) -> Path:
    named = config.getoption("ansible_inventory")
    if not named:
        raise pytest.UsageError(
            "which hosts? add --hosts=ansible://all --ansible-inventory=.testbed/single/inventory"
        )
    return Path(named).resolve()


def _host_of(item: pytest.Item) -> Host | None:
    call = getattr(item, "callspec", None)
    return None if call is None else call.params.get("_testinfra_host")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave the suite of a scenario to that scenario."""
    if collection_path.parent == Path(__file__).parent and collection_path.name in SCENARIOS:
        named = [Path(argument.partition("::")[0]).resolve() for argument in config.args]
        return not any(path.is_relative_to(collection_path) for path in named) or None
    return None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep a module to the hosts of its groups, and what changes a host to the end."""
    items.sort(key=lambda item: "negative" in item.path.parts)
    inventory = _inventory(config)
    members = inventories.groups(inventory)
    are_several = len({name for names in members.values() for name in names}) > 1
    any_host = next(name for names in members.values() for name in names)
    kept: list[pytest.Item] = []
    dropped: list[pytest.Item] = []
    for item in items:
        module = getattr(item, "module", None)
        wanted = getattr(module, "GROUPS", ())
        host = _host_of(item)
        hosts = [name for group in wanted for name in members.get(group, [])]
        if getattr(module, "AT_THE_ENTRANCE", False):
            hosts = hosts[:1]
        if are_several and getattr(module, "ONE_HOST", False):
            dropped.append(item)
            continue
        chosen = getattr(module, "CHOSEN", "")
        if chosen and not inventories.value(inventory, any_host, chosen):
            dropped.append(item)
            continue
        # A test that names its hosts itself still needs its module's groups to have some.
        foreign = wanted and (
            not hosts if host is None else host.backend.get_hostname() not in hosts
        )
        (dropped if foreign else kept).append(item)
    items[:] = kept
    if dropped:
        config.hook.pytest_deselected(items=dropped)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add to a failure what an operator would look at next."""
    report = yield
    units = getattr(getattr(item, "module", None), "UNITS", ())
    host = getattr(item, "funcargs", {}).get("host")
    if report.failed and host is not None:
        for unit in units:
            shown = host.run(
                "systemctl status --no-pager --lines=0 %s; journalctl --no-pager -n 40 -u %s",
                unit,
                unit,
            )
            report.sections.append((f"{unit} on {host.backend.get_hostname()}", shown.stdout))
    return report


@pytest.fixture(scope="session")
def inventory(pytestconfig: pytest.Config) -> Path:
    """The inventory under test."""
    return _inventory(pytestconfig)


@pytest.fixture(scope="module")
def value(host: Host, inventory: Path) -> Value:
    """What a template expression is for this host, as a role would see it."""
    name = host.backend.get_hostname()
    return lambda expression: inventories.value(inventory, name, expression)


@pytest.fixture(scope="session")
def first_of(inventory: Path) -> Callable[[str], Host]:
    """The first host of a group, for what the host under test cannot tell by itself."""

    def find(group: str) -> Host:
        name = inventories.groups(inventory)[group][0]
        return testinfra.get_host(f"ansible://{name}", ansible_inventory=str(inventory))

    return find


@pytest.fixture(scope="module")
def sql(host: Host, value: Value, first_of: Callable[[str], Host]) -> Sql:
    """Ask the site's database as root, over its socket."""
    is_here = host.backend.get_hostname() in value("moztrap_database_hosts")
    database = host if is_here else first_of("db")

    def ask(statement: str) -> list[list[str]]:
        shown = database.run(f"{SQL_CLIENT} --batch --skip-column-names --execute %s", statement)
        assert shown.rc == 0, f"{statement}\n{shown.stderr}"
        return [line.split("\t") for line in shown.stdout.splitlines()]

    return ask


@pytest.fixture(scope="module")
def hasty(sql: Sql) -> Iterator[None]:
    """For tests whose rows are thrown away: no need to wait for the disk."""
    sql("SET GLOBAL innodb_flush_log_at_trx_commit = 0")
    yield
    sql("SET GLOBAL innodb_flush_log_at_trx_commit = 1")


@pytest.fixture(scope="session")
def tunnels(inventory: Path) -> Generator[Callable[[str, str], Tunnel]]:
    """Ways to hosts that only balancers may reach."""
    opened: dict[str, Tunnel] = {}

    def to(name: str, address: str) -> Tunnel:
        if name not in opened:
            connection = inventories.connection(inventory, name)
            opened[name] = Tunnel(connection, address, (80, 443))
        return opened[name]

    yield to
    for tunnel in opened.values():
        tunnel.close()


@pytest.fixture(scope="module")
def authority(host: Host, value: Value, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The file of the authority that certified the site."""
    ca_file = tmp_path_factory.mktemp("ca") / "ca.pem"
    ca_file.write_text(host.file(value("tls_ca_path")).content_string)
    return str(ca_file)


@pytest.fixture(scope="module")
def site(host: Host, value: Value, authority: str, tunnels: Callable[[str, str], Tunnel]) -> Site:
    """The site as this host serves it."""
    facts = value(
        "{'url': moztrap_site_url, 'address': moztrap_address, 'balancers': moztrap_balancer_hosts}"
    )
    name = host.backend.get_hostname()
    if facts["balancers"] and name not in facts["balancers"]:
        tunnel = tunnels(name, facts["address"])
        return Site(facts["url"], authority, "127.0.0.1", forwarded=tunnel.ports)
    return Site(facts["url"], authority, facts["address"])


@pytest.fixture(scope="module")
def entrance(value: Value, authority: str) -> Site:
    """The site as visitors reach it: at a balancer, where there is one."""
    facts = value("{'url': moztrap_site_url, 'addresses': activate_public_addresses}")
    return Site(facts["url"], authority, facts["addresses"][0])


@pytest.fixture(scope="module")
def visitor(site: Site) -> Visitor:
    """Somebody who is not logged in."""
    return Visitor(site)


@pytest.fixture(scope="module")
def administrator(site: Site, value: Value) -> Visitor:
    """The administrator, logged in."""
    person = Visitor(site)
    page = person.log_in(value("moztrap_admin_username"), value("moztrap_admin_password"))
    assert page.status == 200, page.describe()
    return person


@pytest.fixture(scope="session")
def testbed(inventory: Path) -> Path:
    """The folder that belongs to the disposable hosts of this inventory."""
    folder = inventory.parent
    assert (folder / "ssh_config").is_file(), (
        f"{inventory} is not of a disposable host: no ssh_config beside it. "
        f"type: make demo (or molecule create) in {REPOSITORY}"
    )
    return folder
