"""One value of a category, such as “Debian 12”."""

from django.db import models

from moztrap.core.models import LiveManager, Record
from moztrap.environments.querysets import ElementQuerySet


class Element(Record):
    """One value of a category."""

    category = models.ForeignKey(
        "environments.Category", on_delete=models.PROTECT, related_name="elements"
    )
    name = models.CharField(max_length=100)
    # Where an import took it from, so that the next import knows it again.
    origin = models.CharField(max_length=100, null=True, editable=False, unique=True)

    everything = models.Manager.from_queryset(ElementQuerySet)()
    objects = LiveManager.from_queryset(ElementQuerySet)()

    class Meta(Record.Meta):
        """No two live elements of a category share a name."""

        constraints = [
            models.UniqueConstraint(
                fields=["category", "name", "live"],
                name="environments_element_name",
                violation_error_message="This category has an element of this name already.",
            ),
        ]

    def __str__(self) -> str:
        """Return the name."""
        return self.name
