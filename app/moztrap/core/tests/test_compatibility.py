"""Which migrations may be applied while the release before still runs."""

from typing import Any, cast

import pytest
from django.db import migrations, models
from django.db.migrations import Migration
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ModelState, ProjectState
from django.db.models.functions import Lower

from moztrap.core.migration.compatibility import incompatibilities
from moztrap.core.migration.state import judge

NAME = models.CharField(max_length=50)
ADD_INDEX = migrations.AddIndex("shelf", models.Index(fields=["name"], name="by_name"))
UNIQUE = models.UniqueConstraint(fields=["name"], name="one_name")
SQL = migrations.RunSQL("SELECT 1")


def state() -> ProjectState:
    """A project with one table, `stock.Shelf`."""
    fields: dict[str, models.Field[Any, Any]] = {
        "id": models.BigAutoField(primary_key=True),
        "name": NAME,
    }
    return ProjectState({("stock", "shelf"): ModelState("stock", "Shelf", fields)})


def migration(*operations: Operation, name: str = "0002_next", **stated: Any) -> Migration:
    kind = type("Migration", (Migration,), {"operations": list(operations), **stated})
    return cast("Migration", kind(name, "stock"))


def verdict(*operations: Operation, **stated: Any) -> str:
    return incompatibilities([migration(*operations, **stated)], state()).get("stock.0002_next", "")


def added(field: models.Field) -> Operation:  # type: ignore[type-arg]
    return migrations.AddField("shelf", "extra", field)


def altered(field: models.Field) -> Operation:  # type: ignore[type-arg]
    return migrations.AlterField("shelf", "name", field)


@pytest.mark.parametrize(
    "operation",
    [
        added(models.IntegerField(null=True)),
        added(models.IntegerField(db_default=0)),
        added(models.ManyToManyField("stock.Shelf")),
        added(
            models.GeneratedField(
                expression=Lower("name"),
                output_field=models.CharField(max_length=50),
                db_persist=True,
            )
        ),
        altered(models.CharField(max_length=80, help_text="Longer.")),
        altered(models.CharField(max_length=50, null=True)),
        ADD_INDEX,
        migrations.AlterModelOptions("shelf", {"ordering": ["name"]}),
        migrations.SeparateDatabaseAndState(state_operations=[migrations.DeleteModel("Shelf")]),
    ],
    ids=lambda operation: type(operation).__name__,
)
def test_what_earlier_releases_do_not_notice_is_safe(operation: Operation) -> None:
    assert verdict(operation) == ""


@pytest.mark.parametrize(
    ("operation", "words"),
    [
        (added(models.IntegerField(default=0)), "insert rows without shelf.extra"),
        (altered(models.CharField(max_length=20)), "max_length"),
        (altered(models.TextField()), "type"),
        (altered(models.CharField(max_length=50, unique=True)), "unique"),
        (migrations.RemoveField("shelf", "name"), "use shelf.name"),
        (migrations.DeleteModel("Shelf"), "use Shelf"),
        (migrations.RenameField("shelf", "name", "title"), "RenameField"),
        (migrations.RenameModel("Shelf", "Rack"), "RenameModel"),
        (migrations.AddConstraint("shelf", UNIQUE), "one_name on shelf refuses"),
        (migrations.RunPython(migrations.RunPython.noop), "cannot judge"),
        (SQL, "cannot judge"),
        (migrations.SeparateDatabaseAndState(database_operations=[SQL]), "cannot judge"),
    ],
)
def test_what_would_break_an_earlier_release_is_named(operation: Operation, words: str) -> None:
    assert words in verdict(operation)


def test_a_new_table_is_no_business_of_earlier_releases() -> None:
    """Constraints on a table that the same release makes break nobody."""
    made = migration(migrations.CreateModel("Box", [("id", models.BigAutoField(primary_key=True))]))
    later = migration(
        migrations.AddField("box", "label", models.CharField(max_length=9)),
        migrations.AddConstraint("box", models.UniqueConstraint(fields=["label"], name="one")),
        name="0003_later",
    )
    assert incompatibilities([made, later], state()) == {}


def test_a_migration_may_speak_for_itself() -> None:
    assert verdict(SQL, backward_compatible=True) == ""
    assert "says so itself" in verdict(ADD_INDEX, backward_compatible=False)


@pytest.mark.django_db
def test_applied_migrations_of_this_code_can_be_judged() -> None:
    """What a rollback asks of the newer release."""
    from django.db import connection

    names = [
        f"{app}.{name}"
        for app, name in MigrationLoader(connection).disk_migrations or {}
        if app == "library"
    ]
    assert judge(connection, names) == {}
    with pytest.raises(LookupError, match=r"library\.9999_gone"):
        judge(connection, ["library.9999_gone"])


def test_the_tables_of_federated_login_are_made_beside_a_live_release() -> None:
    """Those of the library too, which a site gets whichever login it has chosen."""
    graph = MigrationLoader(None).graph
    names: list[tuple[str, str]] = []
    for leaf in graph.leaf_nodes():
        names += [name for name in graph.forwards_plan(leaf) if name not in names]
    added = [name for name in names if name[0] == "socialaccount" or "claimedrole" in name[1]]
    assert len(added) > 1
    before = ProjectState()
    for name in names:
        if name not in added:
            before = graph.nodes[name].mutate_state(before)
    assert incompatibilities([graph.nodes[name] for name in added], before) == {}
