"""Delete products and versions; both can come back."""

from django.contrib.auth.models import AbstractBaseUser

from moztrap.catalog.actions.order import hold_versions, order_versions
from moztrap.catalog.models import Product, ProductVersion
from moztrap.core.actions import atomic, delete_record
from moztrap.core.authority import authorise


def delete_product(product: Product, *, by: AbstractBaseUser | None) -> int:
    """Delete a product with its versions, cases and tags; return how many rows went."""
    authorise(by, "manage_products")
    return delete_record(product, by=by)


@atomic()
def delete_version(version: ProductVersion, *, by: AbstractBaseUser | None) -> int:
    """Delete a version with the case versions in it; return how many rows went.

    A case whose last version goes stays: it shows up again with the next version
    that it is given, or when this one comes back.
    """
    from moztrap.library.actions import mark_latest

    authorise(by, "manage_products")
    hold_versions(version.product)
    count = delete_record(version, by=by)
    order_versions(version.product)
    mark_latest(version.product, by=by)
    return count
