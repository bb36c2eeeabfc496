"""Which roles of a person come from the provider."""

from django.conf import settings
from django.contrib.auth.models import Group
from django.db import models


class ClaimedRole(models.Model):
    """A role that claims have given: claims take it away again, as nothing else that is held."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="claimed_roles"
    )
    role = models.ForeignKey(Group, on_delete=models.CASCADE, related_name="+")

    class Meta:
        """A role is given once."""

        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["user", "role"], name="accounts_claimedrole_unique")
        ]

    def __str__(self) -> str:
        """Who holds what, for whoever debugs."""
        return f"{self.user_id}: {self.role_id}"
