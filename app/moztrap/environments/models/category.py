"""A kind of thing that environments differ in, such as “Operating system”."""

from django.db import models

from moztrap.core.models import LiveManager, Record
from moztrap.environments.querysets import CategoryQuerySet


class Category(Record):
    """A kind of thing that environments differ in."""

    name = models.CharField(max_length=100)

    everything = models.Manager.from_queryset(CategoryQuerySet)()
    objects = LiveManager.from_queryset(CategoryQuerySet)()

    class Meta(Record.Meta):
        """No two live categories share a name."""

        verbose_name_plural = "categories"
        constraints = [
            models.UniqueConstraint(
                fields=["name", "live"],
                name="environments_category_name",
                violation_error_message="There is a category of this name already.",
            ),
        ]

    def __str__(self) -> str:
        """Return the name."""
        return self.name
