"""A cache in a table: made by the owner, as all tables are, and used without its rights."""

from testinfra.host import Host

from tests.helpers.visitor import Visitor
from tests.testinfra.conftest import Sql, Value

GROUPS = ("web",)
CHOSEN = "moztrap_cache_backend == 'database'"
UNITS = ("moztrap-application@main.service", "mariadb.service")


def test_the_table_is_like_all_others(sql: Sql, value: Value) -> None:
    database, collation = value("[mysql_database, mysql_collation]")
    rows = sql(
        "SELECT engine, table_collation FROM information_schema.tables"
        f" WHERE table_schema = '{database}' AND table_name = 'moztrap_cache'"
    )
    assert rows == [["InnoDB", collation]]


def test_the_account_of_the_site_suffices(
    host: Host, sql: Sql, value: Value, administrator: Visitor
) -> None:
    assert administrator.get("/runs/").status == 200
    database, account = value("[mysql_database, mysql_runtime_account]")
    assert int(sql(f"SELECT COUNT(*) FROM {database}.moztrap_cache")[0][0]) > 0
    rows = sql(
        "SELECT privilege_type FROM information_schema.schema_privileges"
        f" WHERE grantee LIKE '_{account}_@%'"
    )
    assert {row[0] for row in rows} == {"SELECT", "INSERT", "UPDATE", "DELETE"}
