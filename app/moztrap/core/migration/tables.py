"""Every table InnoDB, utf8mb4, and of the one pinned collation."""

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
