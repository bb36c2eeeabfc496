"""How often something was tried: in the database, because a cache can be away."""

from django.db import models


class ThrottleCount(models.Model):
    """Attempts of one kind by one source in the current window."""

    # Kind and source as a digest: neither addresses nor names are kept.
    key = models.CharField(max_length=64, unique=True)
    count = models.PositiveIntegerField(default=0)
    window_ends = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        """The count, for whoever debugs."""
        return f"{self.count} until {self.window_ends:%H:%M:%S}"
