"""A word that groups case versions, with text that testers read first."""

from django.db import models
from django.db.models import Value
from django.db.models.functions import Coalesce

from moztrap.catalog.models import Product
from moztrap.core.models import LiveManager, Record
from moztrap.library.querysets import TagQuerySet


class Tag(Record):
    """A tag of one product, or of all of them.

    Its description is shown before each case that has it: preconditions that
    many cases share are written once.
    """

    name = models.CharField(max_length=100)
    description = models.TextField(
        blank=True, help_text="Markdown. Testers see it before each case with this tag."
    )
    product = models.ForeignKey(
        Product, null=True, blank=True, on_delete=models.CASCADE, related_name="tags"
    )
    # NULLs never collide, so a global tag needs a value here to be unique.
    product_key = models.GeneratedField(
        expression=Coalesce("product_id", Value(0)),
        output_field=models.BigIntegerField(),
        db_persist=True,
    )

    everything = models.Manager.from_queryset(TagQuerySet)()
    objects = LiveManager.from_queryset(TagQuerySet)()

    class Meta(Record.Meta):
        """A live tag is unique in its product, and a global one among the global ones."""

        constraints = [
            models.UniqueConstraint(
                fields=["name", "product_key", "live"],
                name="library_tag_name",
                violation_error_message="There is a tag of this name already.",
            ),
        ]

    def __str__(self) -> str:
        """Return the name."""
        return self.name
