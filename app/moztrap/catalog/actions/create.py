"""Create products and versions."""

from collections.abc import Iterable

from django.contrib.auth.models import AbstractBaseUser

from moztrap.catalog.actions.order import hold_versions, order_versions
from moztrap.catalog.models import Product, ProductVersion
from moztrap.core.actions import atomic, create_record
from moztrap.core.authority import authorise
from moztrap.environments.models import Environment


def create_product(*, by: AbstractBaseUser | None, name: str, description: str = "") -> Product:
    """Create a product; it has no version yet."""
    authorise(by, "manage_products")
    return create_record(Product, by=by, name=name, description=description)


@atomic()
def create_version(
    *,
    by: AbstractBaseUser | None,
    product: Product,
    version: str,
    codename: str = "",
    environments: Iterable[Environment] = (),
    copy_from: ProductVersion | None = None,
) -> ProductVersion:
    """Create a version and put it in its place among the versions of the product.

    With ``copy_from`` it has the cases of another version, and its environments too
    unless others are given.
    """
    from moztrap.library.actions import copy_cases

    authorise(by, "manage_products")
    hold_versions(product)
    chosen = list(environments)
    if copy_from is not None and not chosen:
        chosen = list(copy_from.environments.all())
    created = create_record(
        ProductVersion,
        by=by,
        product=product,
        version=version,
        codename=codename,
        environments=chosen,
    )
    order_versions(product)
    created.refresh_from_db()
    if copy_from is not None:
        copy_cases(copy_from, created, by=by)
    return created
