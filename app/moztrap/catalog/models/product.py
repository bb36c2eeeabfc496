"""Something that is tested."""

from django.db import models

from moztrap.catalog.querysets import ProductQuerySet
from moztrap.core.models import LiveManager, Record


class Product(Record):
    """Something that is tested."""

    name = models.CharField(max_length=100)
    description = models.TextField(blank=True, help_text="Markdown.")

    everything = models.Manager.from_queryset(ProductQuerySet)()
    objects = LiveManager.from_queryset(ProductQuerySet)()

    class Meta(Record.Meta):
        """No two live products share a name."""

        constraints = [
            models.UniqueConstraint(
                fields=["name", "live"],
                name="catalog_product_name",
                violation_error_message="There is a product of this name already.",
            ),
        ]

    def __str__(self) -> str:
        """Return the name."""
        return self.name
