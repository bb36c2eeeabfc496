"""What a web request says to the database, overheard by the server's general log."""

import re
from collections.abc import Iterator

import pytest
from testinfra.host import Host

from tests.helpers.visitor import Visitor
from tests.helpers.website import Site
from tests.testinfra.conftest import Sql, Value

GROUPS = ("web",)
ONE_HOST = True
UNITS = ("mariadb.service", "moztrap-application@main.service")
FORBIDDEN = re.compile(
    r"\s*(SET\b.*(storage_engine|sql_mode)|SET\s+GLOBAL|ALTER|CREATE|DROP|TRUNCATE)",
    re.IGNORECASE | re.DOTALL,
)


@pytest.fixture
def general_log(sql: Sql) -> Iterator[None]:
    """Write every statement to a table for the length of a test."""
    sql("SET GLOBAL log_output = 'TABLE'")
    sql("TRUNCATE TABLE mysql.general_log")
    sql("SET GLOBAL general_log = 1")
    yield
    sql("SET GLOBAL general_log = 0")
    sql("SET GLOBAL log_output = 'FILE'")
    sql("TRUNCATE TABLE mysql.general_log")


def test_requests_set_no_engine_and_change_no_table(
    host: Host, site: Site, value: Value, sql: Sql, general_log: None
) -> None:
    # New processes open new connections: those would carry a set-up statement.
    assert host.run("systemctl restart moztrap-application@main").rc == 0
    person = Visitor(site)
    person.log_in(value("moztrap_admin_username"), value("moztrap_admin_password"))
    for path in ("/", "/cases/", "/products/", "/readyz"):
        assert person.get(path).status in {200, 404}
    sql("SET GLOBAL general_log = 0")
    account = value("mysql_runtime_account")
    heard = [
        row[0]
        for row in sql(
            "SELECT CONVERT(argument USING utf8mb4) FROM mysql.general_log"
            f" WHERE command_type IN ('Query', 'Execute') AND user_host LIKE '%{account}%'"
        )
    ]
    assert any("SELECT" in statement for statement in heard), "nothing was overheard"
    wrong = [statement for statement in heard if FORBIDDEN.match(statement)]
    assert wrong == []
