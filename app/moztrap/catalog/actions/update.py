"""Change products and versions."""

from collections.abc import Iterable

from django.contrib.auth.models import AbstractBaseUser

from moztrap.catalog.actions.order import hold_versions, order_versions
from moztrap.catalog.models import Product, ProductVersion
from moztrap.core.actions import atomic, update_record
from moztrap.core.authority import authorise
from moztrap.environments.models import Environment


def update_product(
    product: Product,
    *,
    by: AbstractBaseUser | None,
    cc_version: int,
    name: str,
    description: str,
) -> Product:
    """Change a product that nobody else changed meanwhile."""
    authorise(by, "manage_products")
    return update_record(product, by=by, cc_version=cc_version, name=name, description=description)


@atomic()
def update_version(
    version: ProductVersion,
    *,
    by: AbstractBaseUser | None,
    cc_version: int,
    name: str,
    codename: str,
    environments: Iterable[Environment],
) -> ProductVersion:
    """Change a version; a new name may give it another place among the others."""
    from moztrap.library.actions import mark_latest

    authorise(by, "manage_products")
    hold_versions(version.product)
    changed = update_record(
        version,
        by=by,
        cc_version=cc_version,
        version=name,
        codename=codename,
        environments=list(environments),
    )
    if order_versions(changed.product):
        mark_latest(changed.product, by=by)
        changed.refresh_from_db()
    return changed
