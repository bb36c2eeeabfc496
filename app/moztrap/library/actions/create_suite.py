"""Create suites, anew or as copies."""

from django.contrib.auth.models import AbstractBaseUser
from django.db.models import F

from moztrap.catalog.models import Product
from moztrap.core.actions import atomic, create_record, record_audit
from moztrap.core.actions.set_based import insert_select
from moztrap.core.authority import authorise
from moztrap.library.actions.hold_suite import hold_suite
from moztrap.library.models import Status, Suite, SuiteCase

_LONGEST = 200


def create_suite(
    *,
    by: AbstractBaseUser | None,
    product: Product,
    name: str,
    description: str = "",
    status: str = Status.ACTIVE,
) -> Suite:
    """Create a suite without cases."""
    authorise(by, "manage_suites")
    return create_record(
        Suite, by=by, product=product, name=name, description=description, status=status
    )


@atomic()
def clone_suite(source: Suite, *, by: AbstractBaseUser | None) -> Suite:
    """Create a draft with the cases of another suite, in the same order."""
    authorise(by, "manage_suites")
    hold_suite(source)
    copy = create_record(
        Suite,
        by=by,
        product=source.product,
        name=_free_name(source),
        description=source.description,
        status=Status.DRAFT,
    )
    count = insert_select(
        SuiteCase, source.suitecases.live(), suite=copy.pk, case=F("case"), order=F("order")
    )
    record_audit("clone", copy, by=by, details={"from": source.pk, "cases": count})
    return copy


def _free_name(source: Suite) -> str:
    """Return a name that no live suite of the product has."""
    number = 1
    while True:
        ending = " (copy)" if number == 1 else f" (copy {number})"
        name = source.name[: _LONGEST - len(ending)] + ending
        if not Suite.objects.filter(product=source.product, name=name).exists():
            return name
        number += 1
