"""Split what an action was given into columns and relations."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import IntegrityError, models

from moztrap.core.actions.atomic import atomic
from moztrap.core.actions.errors import ConflictError

BOOKKEEPING = frozenset(
    {
        "created_on", "created_by", "modified_on", "modified_by",
        "deleted_on", "deleted_by", "cc_version", "live",
    }
)  # fmt: skip


def split_values(
    model: type[models.Model], values: dict[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Columns, and many-to-many relations, of `values`; a name that is neither is an error."""
    columns: dict[str, Any] = {}
    relations: dict[str, Any] = {}
    for name, value in values.items():
        if name in BOOKKEEPING:
            raise TypeError(f"{model.__name__}.{name} is kept by the actions; do not pass it.")
        field = model._meta.get_field(name)
        (relations if field.many_to_many else columns)[name] = value
    return columns, relations


@contextmanager
def conflicts_explained(model: type[models.Model]) -> Iterator[None]:
    """Run a write atomically; what the database refuses as a duplicate becomes a ConflictError."""
    try:
        with atomic():
            yield
    except IntegrityError as error:
        for constraint in model._meta.constraints:
            named = constraint.name in str(error)
            fields = getattr(constraint, "fields", ())
            columns = [getattr(model._meta.get_field(name), "column", name) for name in fields]
            # SQLite names the columns, MariaDB and MySQL the constraint.
            listed = ", ".join(f"{model._meta.db_table}.{column}" for column in columns)
            if named or (listed and listed in str(error)):
                raise ConflictError(str(constraint.violation_error_message)) from error
        raise ConflictError(
            f"The database refuses this {model._meta.verbose_name}: {error}"
        ) from error
