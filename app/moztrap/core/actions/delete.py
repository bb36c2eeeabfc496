"""Delete a record so that it can come back."""

from django.contrib.auth.models import AbstractBaseUser
from django.db.models import F
from django.utils import timezone

from moztrap.core.actions.atomic import atomic
from moztrap.core.actions.audit import record_audit
from moztrap.core.actions.errors import ConcurrencyError
from moztrap.core.actions.tree import owned_paths
from moztrap.core.models import Record


def delete_record(record: Record, *, by: AbstractBaseUser | None) -> int:
    """Hide a record and all that belongs to it, under one timestamp; returns how many rows.

    Rows deleted earlier keep their own timestamp, so that `undelete_record`
    brings back what this call took and nothing else.
    """
    model = type(record)
    stamp = {
        "deleted_on": timezone.now(),
        "deleted_by": by,
        "cc_version": F("cc_version") + 1,
    }
    with atomic():
        count: int = model.objects.filter(pk=record.pk).update(**stamp)
        if not count:
            raise ConcurrencyError(
                f"Someone else deleted this {model._meta.verbose_name} meanwhile."
            )
        for owned, path in owned_paths(model):
            count += owned.objects.filter(**{path: record.pk}).update(**stamp)
        record_audit("delete", record, by=by, details={"rows": count})
    record.refresh_from_db(from_queryset=model.everything.all())
    return count
