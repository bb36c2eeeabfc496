"""Whether the release that is live may go on running while migrations are applied.

Judged by what each operation does to code that does not know of it: the releases before
write and read the tables as they were. What is not known to be safe counts as unsafe. A
migration may say for itself, with `backward_compatible = True` or `False` on its class.
"""

from collections.abc import Callable, Iterable
from typing import Any

from django.db.migrations import Migration
from django.db.migrations.operations import (
    AddConstraint,
    AddField,
    AddIndex,
    AlterField,
    AlterModelManagers,
    AlterModelOptions,
    AlterModelTableComment,
    CreateModel,
    DeleteModel,
    RemoveConstraint,
    RemoveField,
    RemoveIndex,
    RenameIndex,
    RunPython,
    RunSQL,
    SeparateDatabaseAndState,
)
from django.db.migrations.operations.base import Operation
from django.db.migrations.operations.models import ModelOperation
from django.db.migrations.state import ProjectState
from django.db.models import NOT_PROVIDED, Field, ManyToManyField

Judge = Callable[[Any, str, ProjectState], str]

SAFE = (
    AddIndex,
    AlterModelManagers,
    AlterModelOptions,
    AlterModelTableComment,
    RemoveConstraint,
    RemoveIndex,
    RenameIndex,
)
# What a field says of itself that its column knows nothing of.
NOT_IN_THE_DATABASE = frozenset(
    {
        "blank",
        "choices",
        "default",
        "editable",
        "error_messages",
        "help_text",
        "limit_choices_to",
        "on_delete",
        "related_name",
        "related_query_name",
        "validators",
        "verbose_name",
    }
)


def incompatibilities(plan: Iterable[Migration], state: ProjectState) -> dict[str, str]:
    """Migration → why releases that do not know it must not run beside it.

    `state` is the project before the first of them; the plan is judged as a whole, because
    no earlier release knows of a table that one of them makes.
    """
    found: dict[str, str] = {}
    made: set[tuple[str, str]] = set()
    for migration in plan:
        stated = getattr(migration, "backward_compatible", None)
        reasons = [
            reason
            for operation in _flat(migration.operations)
            if (reason := _reason(operation, migration.app_label, state, made))
        ]
        if stated is False:
            reasons = reasons or ["it says so itself"]
        if reasons and stated is not True:
            found[f"{migration.app_label}.{migration.name}"] = "; ".join(reasons)
        state = migration.mutate_state(state, preserve=True)
    return found


def _flat(operations: Iterable[Operation]) -> Iterable[Operation]:
    for operation in operations:
        if isinstance(operation, SeparateDatabaseAndState):
            yield from _flat(operation.database_operations)
        else:
            yield operation


def _reason(operation: Operation, app: str, state: ProjectState, made: set[tuple[str, str]]) -> str:
    if isinstance(operation, CreateModel):
        made.add((app, operation.name_lower))
        return ""
    if isinstance(operation, SAFE) or (app, _model(operation)) in made:
        return ""
    for kind, judge in _JUDGES.items():
        if isinstance(operation, kind):
            return judge(operation, app, state)
    return f"nothing is known of what {type(operation).__name__} does to earlier releases"


def _model(operation: Operation) -> str:
    if isinstance(operation, ModelOperation):
        return operation.name_lower
    return str(getattr(operation, "model_name_lower", getattr(operation, "model_name", ""))).lower()


def _added(operation: AddField, app: str, state: ProjectState) -> str:
    field = operation.field
    # Column made by the server, empty, with the server's default, or in a table of its own.
    harmless = (
        field.null
        or field.generated
        or field.has_db_default()
        or isinstance(field, ManyToManyField)
    )
    where = f"{operation.model_name}.{operation.name}"
    return "" if harmless else f"earlier releases insert rows without {where}, which needs a value"


def _altered(operation: AlterField, app: str, state: ProjectState) -> str:
    model = state.models[app, operation.model_name_lower]
    changed = _column(model.get_field(operation.name)), _column(operation.field)
    before, after = changed
    names = {name for name in before | after if before.get(name) != after.get(name)}
    if "null" in names and after.get("null"):
        names.remove("null")
    if "max_length" in names and _wider(before.get("max_length"), after.get("max_length")):
        names.remove("max_length")
    if "db_default" in names and after.get("db_default", NOT_PROVIDED) is not NOT_PROVIDED:
        names.remove("db_default")
    where = f"{operation.model_name}.{operation.name}"
    return f"{where} changes in {', '.join(sorted(names))}" if names else ""


def _column(field: Field) -> dict[str, object]:  # type: ignore[type-arg]
    _, path, _, options = field.deconstruct()
    kept = {name: value for name, value in options.items() if name not in NOT_IN_THE_DATABASE}
    return {"type": path, "null": False} | kept


def _wider(before: object, after: object) -> bool:
    return isinstance(before, int) and isinstance(after, int) and after >= before


def _constrained(operation: AddConstraint, app: str, state: ProjectState) -> str:
    name = operation.constraint.name
    return f"earlier releases may write what {name} on {operation.model_name} refuses"


_JUDGES: dict[type[Operation], Judge] = {
    AddField: _added,
    AlterField: _altered,
    AddConstraint: _constrained,
    RemoveField: lambda each, *_: f"earlier releases use {each.model_name}.{each.name}",
    DeleteModel: lambda each, *_: f"earlier releases use {each.name}",
    RunPython: lambda *_: "it runs code that this check cannot judge",
    RunSQL: lambda *_: "it runs SQL that this check cannot judge",
}
