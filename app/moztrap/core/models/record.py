"""The abstract base of every record that people write."""

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Case, Value, When


class RecordQuerySet(models.QuerySet[Any]):
    """Reads that every record shares."""

    def live(self) -> Self:
        """Records that nobody deleted."""
        return self.filter(deleted_on__isnull=True)

    def deleted(self) -> Self:
        """Records that somebody deleted and that can come back."""
        return self.filter(deleted_on__isnull=False)


class LiveManager(models.Manager.from_queryset(RecordQuerySet)):
    """Hides deleted rows; pass a queryset class with `LiveManager.from_queryset(MyQuerySet)`."""

    def get_queryset(self) -> Any:
        """Every query starts from the rows that nobody deleted."""
        return super().get_queryset().filter(deleted_on__isnull=True)


def _by(verb: str) -> Any:
    return models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=f"{verb} by",
        null=True,
        blank=True,
        editable=False,
        on_delete=models.SET_NULL,
        related_name="+",
    )


class Record(models.Model):
    """Who wrote a row and when, its version for optimistic locking, and whether it lives.

    Never save or delete a record directly: `moztrap.core.actions` does, and keeps
    these columns true. A constraint that must hold among live rows only names
    `live` among its fields: it is 1 on a live row and NULL on a deleted one, and
    NULLs never collide. (MariaDB has no partial unique index.)
    """

    created_on = models.DateTimeField(auto_now_add=True, editable=False, db_index=True)
    created_by = _by("created")
    modified_on = models.DateTimeField(auto_now_add=True, editable=False, db_index=True)
    modified_by = _by("modified")
    deleted_on = models.DateTimeField(null=True, blank=True, editable=False, db_index=True)
    deleted_by = _by("deleted")
    cc_version = models.PositiveIntegerField(default=0, editable=False)
    live = models.GeneratedField(
        expression=Case(When(deleted_on__isnull=True, then=Value(1)), default=Value(None)),
        output_field=models.PositiveSmallIntegerField(null=True),
        db_persist=True,
    )

    everything = models.Manager.from_queryset(RecordQuerySet)()
    objects = LiveManager()

    class Meta:
        """`everything` is what Django itself uses: relations and checks see all rows."""

        abstract = True
        base_manager_name = "everything"
        default_manager_name = "objects"
