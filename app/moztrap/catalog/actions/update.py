"""Change products and versions."""

from collections.abc import Iterable

from django.contrib.auth.models import AbstractBaseUser

from moztrap.catalog.actions.order import hold_versions, order_versions
from moztrap.catalog.environment_changes import EnvironmentChange, tell_followers
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
    """Change a version; a new name may give it another place among the others.

    Environments that it loses are taken from what follows from it; those that it gains
    are given to what was not narrowed. Results are never touched.
    """
    from moztrap.library.actions import mark_latest

    authorise(by, "manage_products")
    hold_versions(version.product)
    before = set(version.environments.values_list("pk", flat=True))
    chosen = list(environments)
    after = {environment.pk for environment in chosen}
    changed = update_record(
        version,
        by=by,
        cc_version=cc_version,
        version=name,
        codename=codename,
        environments=chosen,
    )
    change = EnvironmentChange(frozenset(before - after), frozenset(after - before))
    tell_followers(changed, change, by)
    if order_versions(changed.product):
        mark_latest(changed.product, by=by)
        changed.refresh_from_db()
    return changed
