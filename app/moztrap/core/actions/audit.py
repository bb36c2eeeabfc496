"""Write one line of the audit log."""

from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import models

from moztrap.core.models import AuditEntry


def record_audit(
    verb: str,
    target: models.Model | None = None,
    *,
    by: AbstractBaseUser | None,
    details: dict[str, Any] | None = None,
) -> AuditEntry:
    """Log that `by` (None: the system itself) did `verb` to `target`."""
    actor = by if by is not None and by.pk is not None else None
    return AuditEntry.objects.create(
        actor=actor,
        actor_name=actor.get_username() if actor else "",
        verb=verb,
        model=target._meta.label_lower if target is not None else "",
        object_id=str(target.pk) if target is not None else "",
        object_name=str(target)[:255] if target is not None else "",
        details=details or {},
    )


def plain(value: Any) -> Any:
    """A value as the log's JSON keeps it: short, and without objects."""
    if isinstance(value, models.Model):
        return value.pk
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, list | tuple | set | models.QuerySet):
        return [plain(item) for item in value]
    text = str(value)
    return text if len(text) <= 500 else text[:499] + "…"
