"""Change and delete suites."""

from django.contrib.auth.models import AbstractBaseUser

from moztrap.catalog.models import Product
from moztrap.core.actions import ActionError, atomic, delete_record, update_record
from moztrap.core.authority import authorise
from moztrap.library.actions.hold_suite import hold_suite
from moztrap.library.models import Suite


@atomic()
def update_suite(
    suite: Suite,
    *,
    by: AbstractBaseUser | None,
    cc_version: int,
    name: str,
    description: str,
    status: str,
    product: Product | None = None,
) -> Suite:
    """Change a suite; it goes to another product only while it has no cases."""
    authorise(by, "manage_suites")
    changes = {"name": name, "description": description, "status": status}
    if product is not None and product.pk != suite.product_id:
        hold_suite(suite)
        if suite.suitecases.exists():
            raise ActionError(f"This suite has cases of {suite.product}; it stays there.")
        return update_record(suite, by=by, cc_version=cc_version, product=product, **changes)
    return update_record(suite, by=by, cc_version=cc_version, **changes)


def delete_suite(suite: Suite, *, by: AbstractBaseUser | None) -> int:
    """Delete a suite; its cases stay, and are in it again if it comes back."""
    authorise(by, "manage_suites")
    return delete_record(suite, by=by)
