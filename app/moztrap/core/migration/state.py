"""Where a database stands, compared with the code."""

from dataclasses import dataclass, field

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations import Migration
from django.db.migrations.executor import MigrationExecutor


@dataclass
class DatabaseState:
    """What is pending, what the code does not know, and the plan to get there."""

    pending: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    plan: list[Migration] = field(default_factory=list)


def read_state(connection: BaseDatabaseWrapper) -> DatabaseState:
    """Compare the migrations that the database records with those of the code."""
    executor = MigrationExecutor(connection)
    loader = executor.loader
    plan = [migration for migration, _ in executor.migration_plan(loader.graph.leaf_nodes())]
    known = set(loader.disk_migrations or ())
    unknown = sorted(set(loader.applied_migrations or ()) - known)
    return DatabaseState(
        pending=[f"{migration.app_label}.{migration.name}" for migration in plan],
        unknown=[f"{app}.{name}" for app, name in unknown],
        plan=plan,
    )
