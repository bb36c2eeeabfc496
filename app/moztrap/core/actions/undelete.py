"""Bring a deleted record back."""

from django.contrib.auth.models import AbstractBaseUser
from django.db.models import F

from moztrap.core.actions.audit import record_audit
from moztrap.core.actions.errors import ConcurrencyError
from moztrap.core.actions.tree import owned_paths
from moztrap.core.actions.values import conflicts_explained
from moztrap.core.models import Record


def undelete_record(record: Record, *, by: AbstractBaseUser | None) -> int:
    """Bring back a record with exactly what was deleted with it; returns how many rows.

    Raises ConflictError when a live row has taken its place.
    """
    model = type(record)
    stamp = record.deleted_on
    if stamp is None:
        raise ConcurrencyError(f"This {model._meta.verbose_name} is not deleted.")
    alive = {"deleted_on": None, "deleted_by": None, "cc_version": F("cc_version") + 1}
    with conflicts_explained(model):
        count = model.everything.filter(pk=record.pk, deleted_on=stamp).update(**alive)
        if not count:
            raise ConcurrencyError(
                f"Someone else brought this {model._meta.verbose_name} back meanwhile."
            )
        for owned, path in owned_paths(model):
            count += owned.everything.filter(**{path: record.pk}, deleted_on=stamp).update(**alive)
        record_audit("undelete", record, by=by, details={"rows": count})
    record.refresh_from_db()
    return count
