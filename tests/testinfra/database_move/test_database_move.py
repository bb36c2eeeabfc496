"""A site of MySQL moves to MariaDB, and from there to an empty MySQL: every record comes along."""

from collections import Counter
from dataclasses import dataclass

import pytest

from tests.helpers.application import ask
from tests.helpers.commands import done
from tests.helpers.playbook import Run
from tests.helpers.visitor import Visitor
from tests.helpers.website import Site
from tests.testinfra.conftest import Value
from tests.testinfra.database_move.conftest import PLACES, WEB, Servers

GROUPS = ("web",)
UNITS = ("moztrap-application@main.service", "mariadb.service")
FEWEST_RECORDS = 500
RENAME = """
from moztrap.catalog.models import Product
product = Product.objects.earliest("pk")
product.name = "Moved"
product.save()
"""


@dataclass(frozen=True)
class Moved:
    """What was written out before a move, what a second look finds, and the run in its middle."""

    before: Counter[str]
    after: Counter[str]
    run: Run


def differences(moved: Moved) -> list[str]:
    """Records that are not on both sides."""
    return [*(moved.before - moved.after), *(moved.after - moved.before)]


def is_retired(servers: Servers, flavour: str) -> bool:
    """The server does not run, and does not start with its host."""
    name, unit = PLACES[flavour]
    service = servers.host(name).service(unit)
    return not service.is_running and not service.is_enabled


def move(servers: Servers, source: str, target: str) -> Moved:
    """Move, and look at once what there is now."""
    before, run = servers.move(source, target)
    after = servers.write_everything_out()
    done(servers.host(WEB), "rm -r /var/lib/moztrap-move")
    return Moved(before, after, run)


@pytest.fixture(scope="module")
def to_mariadb(servers: Servers) -> Moved:
    """The move of a site that people have worked with."""
    done(
        servers.host(WEB), "cd /srv/moztrap/current && runuser -u moztrap -- bin/manage seed_sample"
    )
    return move(servers, "mysql", "mariadb")


def test_mariadb_gets_every_record(to_mariadb: Moved) -> None:
    assert to_mariadb.before.total() > FEWEST_RECORDS
    assert differences(to_mariadb) == []


def test_people_log_in_as_before(
    to_mariadb: Moved, servers: Servers, site: Site, value: Value
) -> None:
    visitor = Visitor(site)
    page = visitor.log_in(value("moztrap_admin_username"), value("moztrap_admin_password"))
    assert page.status == 200, page.describe()
    assert servers.run().changed == 0


@pytest.fixture(scope="module")
def to_mysql(to_mariadb: Moved, servers: Servers, value: Value) -> Moved:
    """The move back, with what happened since, to a database that was taken away."""
    name, _ = PLACES["mysql"]
    done(servers.host(name), "systemctl start mysql && mysql --execute 'DROP DATABASE moztrap'")
    ask(servers.host(WEB), value, RENAME)
    return move(servers, "mariadb", "mysql")


def test_mysql_gets_every_record_and_what_happened_since(to_mysql: Moved) -> None:
    assert differences(to_mysql) == []
    assert any('"name": "Moved"' in record for record in to_mysql.after)


def test_the_server_that_is_left_does_not_start_again(to_mysql: Moved, servers: Servers) -> None:
    assert is_retired(servers, "mariadb")
    assert not is_retired(servers, "mysql")
    assert "mariadb.service on web1 is stopped" in " ".join(to_mysql.run.output.split())


def test_the_first_server_has_everything_still(to_mysql: Moved, servers: Servers) -> None:
    """Whoever goes back to it finds what it had."""
    done(servers.host(PLACES["mysql"][0]), "systemctl stop mysql")
    servers.choose("mariadb")
    servers.run()
    kept = servers.write_everything_out()
    assert kept == to_mysql.before


def test_the_same_mysql_may_be_one_that_somebody_else_runs(
    to_mysql: Moved, servers: Servers, value: Value
) -> None:
    """Its authority vouches for its address; of the accounts, one was for its host alone."""
    name, _ = PLACES["mysql"]
    server, web = servers.host(name), servers.host(WEB)
    address, client = (done(host, "hostname -I").split()[0] for host in (server, web))
    account, password, privileges = value(
        "[mysql_backup_account, mysql_backup_password, moztrap_database_privileges.backup]"
    )
    who = f"{account}@'{client}'"
    done(server, "systemctl start mysql")
    done(
        server,
        "mysql --execute %s",
        f"CREATE USER {who} IDENTIFIED BY '{password}' REQUIRE SSL;"
        f" GRANT {', '.join(privileges)} ON moztrap.* TO {who}",
    )
    servers.choose(
        "external",
        moztrap_database_server=address,
        moztrap_database_ca=str(servers.inventory / ".state" / "tls" / "ca.pem"),
    )
    run = servers.run()
    assert "mariadb.service on web1 is stopped" in " ".join(run.output.split())
    found = servers.write_everything_out()
    assert differences(Moved(to_mysql.after, found, run)) == []
    assert servers.run().changed == 0
    servers.run(playbook="playbooks/backup.yml")
