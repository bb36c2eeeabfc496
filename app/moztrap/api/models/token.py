"""A key that a person makes for a program."""

from django.conf import settings
from django.db import models
from django.utils import timezone


class Scope(models.TextChoices):
    """What a token may be used for, within what its owner may do."""

    READ = "read", "read only"
    RECORD = "record", "read, and record results"
    WRITE = "write", "everything that you may do"


class ApiToken(models.Model):
    """A token; only the digest of its secret is kept, so nobody can read it here again."""

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="tokens"
    )
    name = models.CharField(max_length=100, help_text="What it is for, such as “nightly tests”.")
    # SHA-256: the secret is random and long, so there is nothing to guess.
    digest = models.CharField(max_length=64, unique=True, editable=False)
    # The end of the secret, by which its owner knows it again.
    hint = models.CharField(max_length=8, editable=False)
    scope = models.CharField(max_length=10, choices=Scope, default=Scope.RECORD)
    created_on = models.DateTimeField(default=timezone.now, editable=False)
    expires_on = models.DateTimeField(editable=False)
    revoked_on = models.DateTimeField(null=True, editable=False)
    # To the day, so that reading does not write all the time.
    last_used_on = models.DateField(null=True, editable=False)

    class Meta:
        """Newest first."""

        verbose_name = "token"
        ordering = ["-pk"]

    def __str__(self) -> str:
        """Return the name."""
        return self.name

    @property
    def is_usable(self) -> bool:
        """Tell whether it was neither revoked nor has expired."""
        return self.revoked_on is None and self.expires_on > timezone.now()
