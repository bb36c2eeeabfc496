"""Every table InnoDB, utf8mb4, and of the one pinned collation; every connection as asked for."""

from django.conf import settings
from django.db.backends.base.base import BaseDatabaseWrapper

TABLES = """
    SELECT table_name, engine, table_collation FROM information_schema.tables
    WHERE table_schema = DATABASE() AND table_type = 'BASE TABLE'
    ORDER BY table_name
"""
COLUMNS = """
    SELECT table_name, column_name, character_set_name FROM information_schema.columns
    WHERE table_schema = DATABASE() AND character_set_name NOT IN ('utf8mb4')
    ORDER BY table_name, column_name
"""


def connection_problem(connection: BaseDatabaseWrapper) -> str:
    """Where settings ask for TLS, the connection has it; what is wrong otherwise."""
    options = connection.settings_dict.get("OPTIONS", {})
    if connection.vendor != "mysql" or not ({"ssl", "ssl_mode"} & set(options)):
        return ""
    with connection.cursor() as cursor:
        cursor.execute("SHOW SESSION STATUS LIKE 'Ssl_cipher'")
        row = cursor.fetchone()
    if row and row[1]:
        return ""
    return (
        f"the connection to {connection.settings_dict['HOST']} is not encrypted, although OPTIONS "
        "of DATABASES ask for it: set ssl_mode to VERIFY_IDENTITY, and ssl to the authority of "
        "the server's certificate"
    )


def table_problems(connection: BaseDatabaseWrapper) -> list[str]:
    """One line for each table or column that is not as it must be, with its repair."""
    if connection.vendor != "mysql":
        return []
    collation = settings.DATABASE_COLLATION
    problems = []
    with connection.cursor() as cursor:
        cursor.execute(TABLES)
        for table, engine, table_collation in cursor.fetchall():
            if engine != "InnoDB":
                problems.append(f"table {table} is {engine}: ALTER TABLE `{table}` ENGINE=InnoDB;")
            if table_collation != collation:
                problems.append(
                    f"table {table} has the collation {table_collation}: ALTER TABLE `{table}` "
                    f"CONVERT TO CHARACTER SET utf8mb4 COLLATE {collation};"
                )
        cursor.execute(COLUMNS)
        for table, column, character_set in cursor.fetchall():
            problems.append(
                f"column {table}.{column} is {character_set}: ALTER TABLE `{table}` "
                f"CONVERT TO CHARACTER SET utf8mb4 COLLATE {collation};"
            )
    return problems
