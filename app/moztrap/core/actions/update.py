"""Change a record that nobody else changed meanwhile."""

from typing import Any, TypeVar

from django.contrib.auth.models import AbstractBaseUser
from django.db.models import F
from django.utils import timezone

from moztrap.core.actions.audit import plain, record_audit
from moztrap.core.actions.errors import ConcurrencyError
from moztrap.core.actions.values import conflicts_explained, split_values
from moztrap.core.models import Record

R = TypeVar("R", bound=Record)


def update_record(
    record: R, *, by: AbstractBaseUser | None, cc_version: int | None = None, **changes: Any
) -> R:
    """Write `changes` if the row still has the version that was read; then read it again.

    `cc_version` is the version that the person saw (the hidden field of a form);
    without it, the one `record` was loaded with. Many-to-many relations may be
    among the changes. Raises ConcurrencyError or ConflictError.
    """
    model = type(record)
    columns, relations = split_values(model, changes)
    expected = record.cc_version if cc_version is None else cc_version
    with conflicts_explained(model):
        # The query instead of save(): its WHERE decides, so that of two writers
        # at the same moment exactly one wins.
        changed = model.objects.filter(pk=record.pk, cc_version=expected).update(
            **columns, modified_on=timezone.now(), modified_by=by, cc_version=F("cc_version") + 1
        )
        if not changed:
            raise ConcurrencyError(
                f"Someone else changed or deleted this {model._meta.verbose_name} meanwhile."
            )
        for name, related in relations.items():
            getattr(record, name).set(related)
        record.refresh_from_db()
        details = {name: plain(value) for name, value in changes.items()}
        record_audit("update", record, by=by, details=details)
    return record
