"""Who did what, when: a log that only grows."""

from typing import Any, NoReturn

from django.conf import settings
from django.db import models


class AuditEntry(models.Model):
    """One thing that somebody did."""

    at = models.DateTimeField(auto_now_add=True, db_index=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    # Kept when the account is gone; empty for what the system did by itself.
    actor_name = models.CharField(max_length=150, blank=True)
    verb = models.CharField(max_length=40)
    model = models.CharField(max_length=100)
    object_id = models.CharField(max_length=40, blank=True)
    object_name = models.CharField(max_length=255, blank=True)
    details = models.JSONField(default=dict)

    class Meta:
        """Newest last, found by what it is about."""

        ordering = ["pk"]
        indexes = [models.Index(fields=["model", "object_id"], name="core_audit_object")]

    def __str__(self) -> str:
        """The entry as a sentence."""
        return f"{self.actor_name or 'system'} {self.verb} {self.model} {self.object_name}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Write a new entry; refuse to change an old one."""
        if not self._state.adding:
            raise TypeError("An audit entry is never changed; write a new one.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refuse: the log only grows."""
        raise TypeError("An audit entry is never deleted.")
