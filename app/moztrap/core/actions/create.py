"""Create a record."""

from typing import Any, TypeVar

from django.contrib.auth.models import AbstractBaseUser

from moztrap.core.actions.audit import record_audit
from moztrap.core.actions.values import conflicts_explained, split_values
from moztrap.core.models import Record

R = TypeVar("R", bound=Record)


def create_record(model: type[R], *, by: AbstractBaseUser | None, **values: Any) -> R:
    """Write a new row of `model`, made by `by`, with its many-to-many relations.

    Raises ConflictError when a live row already holds what must be unique.
    """
    columns, relations = split_values(model, values)
    with conflicts_explained(model):
        record = model(**columns, created_by=by, modified_by=by)
        record.save(force_insert=True)
        for name, related in relations.items():
            getattr(record, name).set(related)
        record_audit("create", record, by=by)
    return record
