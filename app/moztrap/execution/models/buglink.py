"""A bug that a case has shown, offered to whoever meets it again."""

from django.db import models

from moztrap.library.models import Case


class BugLink(models.Model):
    """The address of a bug that results of a case name."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="buglinks")
    url = models.CharField(max_length=500)

    class Meta:
        """A case has a bug once."""

        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["case", "url"], name="execution_buglink_pair"),
        ]

    def __str__(self) -> str:
        """Return the address."""
        return self.url
