"""A test case: the identity that its versions share."""

from django.db import models
from django.db.models import Q

from moztrap.catalog.models import Product
from moztrap.core.models import LiveManager, Record
from moztrap.library.querysets import CaseQuerySet


class Priority(models.IntegerChoices):
    """How much a case matters; 1 matters most."""

    ONE = 1, "1, highest"
    TWO = 2, "2"
    THREE = 3, "3"
    FOUR = 4, "4, lowest"


class Case(Record):
    """A test case of a product; its text lives in its versions."""

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="cases")
    idprefix = models.CharField("id prefix", max_length=25, blank=True)
    priority = models.PositiveSmallIntegerField(null=True, blank=True, choices=Priority)
    # Where an import took it from, so that the next import knows it again.
    origin = models.CharField(max_length=100, null=True, editable=False)

    everything = models.Manager.from_queryset(CaseQuerySet)()
    objects = LiveManager.from_queryset(CaseQuerySet)()

    class Meta(Record.Meta):
        """A case of the source is imported into a product once, deleted or not."""

        constraints = [
            models.UniqueConstraint(fields=["product", "origin"], name="library_case_origin"),
            models.CheckConstraint(
                condition=Q(priority__isnull=True) | Q(priority__range=(1, 4)),
                name="library_case_priority",
            ),
        ]

    def __str__(self) -> str:
        """Return the id that people see, such as ``MAIL-12``."""
        return self.shown_id

    @property
    def shown_id(self) -> str:
        """Return the id that people see, such as ``MAIL-12``."""
        return f"{self.idprefix}-{self.pk}" if self.idprefix else str(self.pk)
