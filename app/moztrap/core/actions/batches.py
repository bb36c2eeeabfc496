"""What was deleted together: found, and brought back together."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.apps import apps
from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models import Count, F, Min, Q, QuerySet

from moztrap.core.actions.audit import record_audit
from moztrap.core.actions.errors import ActionError, ConcurrencyError
from moztrap.core.actions.values import conflicts_explained
from moztrap.core.conditions import any_of
from moztrap.core.models import Record
from moztrap.core.policies import may_restore

# The columns that people know records by.
_NAMES = {"name", "version"}


@dataclass(frozen=True)
class Part:
    """The records of one kind in a batch; ``first`` is the key of one of them."""

    model: type[Record]
    count: int
    first: int
    deleted_by: int | None

    @property
    def kind(self) -> str:
        """Return the model's label, as policies know it."""
        return self.model._meta.label_lower

    @property
    def name(self) -> str:
        """Return what people call so many of them."""
        meta = self.model._meta
        return str(meta.verbose_name if self.count == 1 else meta.verbose_name_plural)


@dataclass(frozen=True)
class Batch:
    """Everything that was deleted at one moment."""

    deleted_on: datetime
    parts: tuple[Part, ...]


def record_models() -> list[type[Record]]:
    """Return every kind of record of the site."""
    return [model for model in apps.get_models() if issubclass(model, Record)]


def batch_moments(
    *, kinds: Collection[str] = (), names: Collection[str] = (), people: Collection[str] = ()
) -> "QuerySet[Any]":
    """Return the moments at which something was deleted, newest first, as ``deleted_on``.

    Of these kinds alone, with one of these words in a name, or by people with one of these in
    theirs: the records that fit decide, and a batch is found by any of them.
    """
    parts = []
    for model in record_models():
        if kinds and model._meta.label_lower not in kinds:
            continue
        rows = model.everything.deleted()
        fields = {field.name for field in model._meta.concrete_fields} & _NAMES
        if names:
            condition = Q()
            for field in sorted(fields):
                for name in names:
                    condition |= Q(**{f"{field}__icontains": name})
            rows = rows.filter(condition) if fields else rows.none()
        if people:
            rows = rows.filter(any_of(people, lambda name: Q(deleted_by__username__icontains=name)))
        parts.append(rows.order_by().values("deleted_on").distinct())
    first, *rest = parts
    return first.union(*rest).order_by("-deleted_on")


def load_batches(moments: list[datetime]) -> list[Batch]:
    """Return what was deleted at each moment (1 query per kind of record)."""
    parts: dict[datetime, list[Part]] = {moment: [] for moment in moments}
    for model in record_models():
        rows = model.everything.filter(deleted_on__in=moments).order_by().values("deleted_on")
        for row in rows.annotate(number=Count("pk"), first=Min("pk"), who=Min("deleted_by")):
            part = Part(model, row["number"], row["first"], row["who"])
            parts[row["deleted_on"]].append(part)
    return [Batch(moment, tuple(found)) for moment, found in parts.items()]


def restore_batch(moment: datetime, *, by: AbstractBaseUser | None) -> list[Part]:
    """Bring back everything that was deleted at one moment; return what that was.

    Raises ConflictError when a live record has taken the place of one of them, and
    ActionError when something that they belong to is deleted too.
    """
    (batch,) = load_batches([moment])
    if not batch.parts:
        raise ConcurrencyError("Someone else brought this back meanwhile.")
    if by is not None and not may_restore(by, [part.kind for part in batch.parts]):
        raise PermissionDenied("This needs the permission with which it was deleted.")
    for part in batch.parts:
        _refuse_orphans(part, moment)
    alive = {"deleted_on": None, "deleted_by": None, "cc_version": F("cc_version") + 1}
    for part in batch.parts:
        with conflicts_explained(part.model):
            part.model.everything.filter(deleted_on=moment).update(**alive)
    details = {part.kind: part.count for part in batch.parts}
    record_audit("undelete batch", by=by, details=details)
    return list(batch.parts)


def _refuse_orphans(part: Part, moment: datetime) -> None:
    rows = part.model.everything.filter(deleted_on=moment)
    for field in _owners(part.model):
        gone = rows.filter(**{f"{field.name}__deleted_on__isnull": False})
        orphan = gone.exclude(**{f"{field.name}__deleted_on": moment}).first()
        if orphan is not None:
            owner = getattr(orphan, field.name)
            raise ActionError(
                f"The {owner._meta.verbose_name} “{owner}” that this belongs to is deleted too; "
                "bring it back first."
            )


def _owners(model: type[Record]) -> Iterator[Any]:
    for field in model._meta.concrete_fields:
        remote: Any = field.remote_field
        if (
            isinstance(field, models.ForeignKey)
            and remote.on_delete is models.CASCADE
            and issubclass(field.related_model, Record)
        ):
            yield field
