"""A migration that died between its statement and its record.

MySQL and MariaDB commit each schema statement by itself. Our migrations hold one
operation each, so that what a crash leaves behind is one thing, and can be named
with its repair. Third-party migrations may hold several: there the repair is a
suggestion, and the snapshot taken before the migration is the way back.
"""

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations import Migration
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.operations import (
    AddConstraint,
    AddField,
    AddIndex,
    CreateModel,
    DeleteModel,
    RemoveField,
)
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from django.db.models import Field


class _Schema:
    """What is in the database, read once per table."""

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        self.connection = connection
        self.tables = set(connection.introspection.table_names())

    def columns(self, table: str) -> set[str]:
        if table not in self.tables:
            return set()
        with self.connection.cursor() as cursor:
            description = self.connection.introspection.get_table_description(cursor, table)
        return {column.name for column in description}

    def constraints(self, table: str) -> set[str]:
        if table not in self.tables:
            return set()
        with self.connection.cursor() as cursor:
            return set(self.connection.introspection.get_constraints(cursor, table))

    def is_empty(self, table: str) -> bool:
        quoted = self.connection.ops.quote_name(table)
        with self.connection.cursor() as cursor:
            cursor.execute(f"SELECT 1 FROM {quoted} LIMIT 1")  # noqa: S608
            return cursor.fetchone() is None


def interrupted_migrations(connection: BaseDatabaseWrapper, plan: list[Migration]) -> list[str]:
    """One line for each pending migration whose statement already ran, with the repair."""
    if connection.features.can_rollback_ddl or not plan:
        return []
    schema = _Schema(connection)
    if not schema.tables:
        return []
    state: ProjectState = MigrationExecutor(connection)._create_project_state(  # type: ignore[attr-defined]
        with_applied_migrations=True
    )
    found = []
    for migration in plan:
        for operation in migration.operations:
            repair = _repair(migration, operation, state, schema)
            if repair:
                name = f"{migration.app_label}.{migration.name}"
                found.append(
                    f"{name} was interrupted: its statement ran, its record is missing. {repair}"
                )
        state = migration.mutate_state(state, preserve=False)
    return found


def _repair(
    migration: Migration, operation: Operation, state: ProjectState, schema: _Schema
) -> str:
    app = migration.app_label
    fake = f"Record it: manage.py migrate --fake {app} {migration.name}"
    if isinstance(operation, CreateModel):
        table = operation.options.get("db_table") or f"{app}_{operation.name_lower}"
        leftovers = [
            name for name in (table, *_relation_tables(table, operation)) if name in schema.tables
        ]
        if not leftovers:
            return ""
        if all(schema.is_empty(name) for name in leftovers):
            drops = " ".join(f"DROP TABLE `{name}`;" for name in reversed(leftovers))
            return f"Nothing is in it yet, so remove it and migrate again: {drops}"
        return f"{table} holds rows: compare it with the model, then {fake.lower()}"
    if isinstance(operation, AddField):
        table, column = _table(state, app, operation.model_name_lower), _column(operation)
        if operation.field.many_to_many:
            return fake if f"{table}_{operation.name}" in schema.tables else ""
        if column in schema.columns(table):
            return (
                "No code has written to it yet, so remove it and migrate again: "
                f"ALTER TABLE `{table}` DROP COLUMN `{column}`;"
            )
        return ""
    if isinstance(operation, AddIndex):
        table = _table(state, app, operation.model_name_lower)
        return fake if operation.index.name in schema.constraints(table) else ""
    if isinstance(operation, AddConstraint):
        table = _table(state, app, operation.model_name_lower)
        return fake if operation.constraint.name in schema.constraints(table) else ""
    if isinstance(operation, DeleteModel):
        return fake if _table(state, app, operation.name_lower) not in schema.tables else ""
    if isinstance(operation, RemoveField):
        table = _table(state, app, operation.model_name_lower)
        field = state.models[app, operation.model_name_lower].get_field(operation.name)
        gone = not field.many_to_many and _named(field, operation.name) not in schema.columns(table)
        return fake if gone else ""
    return ""


def _table(state: ProjectState, app: str, model: str) -> str:
    options = state.models[app, model].options
    return str(options.get("db_table") or f"{app}_{model}")


def _relation_tables(table: str, operation: CreateModel) -> list[str]:
    return [f"{table}_{name}" for name, field in operation.fields if field.many_to_many]


def _column(operation: AddField) -> str:
    return _named(operation.field, operation.name)


def _named(field: Field, name: str) -> str:  # type: ignore[type-arg]
    copy = field.clone()
    copy.set_attributes_from_name(name)
    return str(copy.column)
