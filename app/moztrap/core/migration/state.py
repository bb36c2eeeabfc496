"""Where a database stands, compared with the code."""

from dataclasses import dataclass, field

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations import Migration
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader

from moztrap.core.migration.compatibility import incompatibilities


@dataclass
class DatabaseState:
    """What is pending, what the code does not know, and the plan to get there."""

    pending: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    plan: list[Migration] = field(default_factory=list)
    incompatible: dict[str, str] = field(default_factory=dict)
    """Pending migrations beside which an earlier release must not run, and why."""


def read_state(connection: BaseDatabaseWrapper) -> DatabaseState:
    """Compare the migrations that the database records with those of the code."""
    executor = MigrationExecutor(connection)
    loader = executor.loader
    plan = [migration for migration, _ in executor.migration_plan(loader.graph.leaf_nodes())]
    known = set(loader.disk_migrations or ())
    unknown = sorted(set(loader.applied_migrations or ()) - known)
    before = executor._create_project_state(with_applied_migrations=True)  # type: ignore[attr-defined]
    return DatabaseState(
        pending=[_name(migration) for migration in plan],
        unknown=[f"{app}.{name}" for app, name in unknown],
        plan=plan,
        # In an empty database there is nothing that an earlier release could go on using.
        incompatible=incompatibilities(plan, before) if plan and loader.applied_migrations else {},
    )


def judge(connection: BaseDatabaseWrapper, names: list[str]) -> dict[str, str]:
    """Which of these migrations of this code an earlier release must not run beside, and why.

    Raises `LookupError` for one that this code does not have.
    """
    loader = MigrationExecutor(connection).loader
    known = {_name(migration): migration for migration in (loader.disk_migrations or {}).values()}
    missing = sorted(set(names) - set(known))
    if missing:
        raise LookupError(", ".join(missing))
    nodes = [(known[name].app_label, known[name].name) for name in names]
    order = [key for leaf in loader.graph.leaf_nodes() for key in loader.graph.forwards_plan(leaf)]
    # The project without them: every other migration, as far as it comes before.
    others = [key for key in dict.fromkeys(order) if key not in nodes]
    before = loader.project_state(_independent_of(loader, others, nodes))
    plan = [loader.graph.nodes[key] for key in dict.fromkeys(order) if key in nodes]
    return incompatibilities(plan, before)


def _independent_of(
    loader: MigrationLoader, keys: list[tuple[str, str]], nodes: list[tuple[str, str]]
) -> list[tuple[str, str]]:
    wanted = set(nodes)
    return [key for key in keys if not wanted & set(loader.graph.forwards_plan(key))]


def _name(migration: Migration) -> str:
    return f"{migration.app_label}.{migration.name}"
