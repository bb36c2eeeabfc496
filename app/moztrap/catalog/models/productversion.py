"""A version of a product, which has test cases of its own."""

from django.db import models

from moztrap.catalog.models.product import Product
from moztrap.catalog.querysets import ProductVersionQuerySet
from moztrap.core.models import LiveManager, Record
from moztrap.environments.models import Environment


class ProductVersion(Record):
    """A version of a product.

    ``order`` and ``latest`` follow from the versions of the product
    (`moztrap.catalog.actions.order_versions`) and are never edited.
    """

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="versions")
    version = models.CharField(max_length=100)
    codename = models.CharField(max_length=100, blank=True)
    order = models.PositiveIntegerField(default=0, editable=False)
    latest = models.BooleanField(default=False, editable=False)
    environments = models.ManyToManyField(Environment, blank=True, related_name="productversions")

    everything = models.Manager.from_queryset(ProductVersionQuerySet)()
    objects = LiveManager.from_queryset(ProductVersionQuerySet)()

    class Meta(Record.Meta):
        """A live version is unique in its product."""

        constraints = [
            models.UniqueConstraint(
                fields=["product", "version", "live"],
                name="catalog_productversion_version",
                violation_error_message="This product has this version already.",
            ),
        ]
        indexes = [
            models.Index(fields=["product", "deleted_on", "order"], name="catalog_version_order"),
        ]

    def __str__(self) -> str:
        """Return product and version."""
        return f"{self.product.name} {self.version}"
