"""Bring back what was deleted together."""

from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser

from moztrap.catalog.actions.order import hold_versions, order_versions
from moztrap.catalog.models import Product, ProductVersion
from moztrap.core.actions import atomic
from moztrap.core.actions.batches import Part, restore_batch
from moztrap.library.actions.mark_latest import mark_latest
from moztrap.library.models import CaseVersion


@atomic()
def undelete_batch(moment: datetime, *, by: AbstractBaseUser | None) -> list[Part]:
    """Bring back a batch, and put versions and the latest texts right again."""
    versions = ProductVersion.everything.filter(deleted_on=moment)
    texts = CaseVersion.everything.filter(deleted_on=moment)
    products = list(
        Product.everything.filter(
            pk__in={
                *versions.values_list("product", flat=True).distinct(),
                *texts.order_by().values_list("case__product", flat=True).distinct(),
            }
        ).order_by("pk")
    )
    for product in products:
        hold_versions(product)
    parts = restore_batch(moment, by=by)
    for product in products:
        order_versions(product)
        mark_latest(product, by=by)
    return parts
