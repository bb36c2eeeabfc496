"""Write any number of rows in one statement, without reading them first."""

from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection, models
from django.db.models import F, Value
from django.db.models.expressions import Combinable


def insert_select(
    model: type[models.Model], source: "models.QuerySet[Any]", /, **columns: Any
) -> int:
    """Insert one row of ``model`` for each row of ``source``; return how many.

    A column is an expression over the source, or a plain value. What the model does by
    itself when it is saved (defaults, dates) is not done: name every column that has
    no default in the database.
    """
    fields = [model._meta.get_field(name) for name in columns]
    selected: dict[str, Any] = {}
    for field, value in zip(fields, columns.values(), strict=True):
        is_expression = isinstance(value, Combinable | models.Subquery | models.Exists)
        # A relation is written as the key that it holds.
        target: Any = getattr(field, "target_field", field)
        kind = type(target)() if isinstance(target, models.AutoField) else target
        selected[f"into_{field.name}"] = value if is_expression else Value(value, output_field=kind)
    query = source.order_by().annotate(**selected).values_list(*selected)
    try:
        sql, parameters = query.query.sql_with_params()
    except EmptyResultSet:
        # Django knows without asking that there is no such row.
        return 0
    quote = connection.ops.quote_name
    names = ", ".join(quote(str(field.column)) for field in fields)  # type: ignore[union-attr]
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {quote(model._meta.db_table)} ({names}) {sql}",
            parameters,
        )
        return int(cursor.rowcount)


def update_found(rows: "models.QuerySet[Any]", /, **columns: Any) -> int:
    """Update the rows that a query finds, which may read the table it changes; return how many.

    MySQL and MariaDB refuse that in one statement unless what is read is set aside first.
    """
    try:
        found, parameters = rows.order_by().values_list("pk").query.sql_with_params()
    except EmptyResultSet:
        return 0
    # The text is Django's own; what people typed is among the parameters.
    condition = f"{_quoted(rows.model, 'id')} IN (SELECT * FROM ({found}) AS found)"  # noqa: S608
    query = rows.model._base_manager.extra(where=[condition], params=parameters)  # noqa: S610
    return int(query.update(**columns))


def _quoted(model: type[models.Model], column: str) -> str:
    quote = connection.ops.quote_name
    return f"{quote(model._meta.db_table)}.{quote(column)}"


def ordering_of(rows: "models.QuerySet[Any]") -> list[Any]:
    """Return the order of a queryset as expressions, for a window function."""
    return [
        F(name.removeprefix("-")).desc() if name.startswith("-") else F(name).asc()
        for name in rows.query.order_by
        if isinstance(name, str)
    ]
