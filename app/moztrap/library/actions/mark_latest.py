"""Keep `CaseVersion.latest` true."""

from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db.models import QuerySet

from moztrap.catalog.models import Product
from moztrap.core.actions import record_audit
from moztrap.core.actions.set_based import update_found
from moztrap.library.models import CaseVersion


def mark_latest(product: Product, *, by: AbstractBaseUser | None) -> int:
    """Set right which version of each case of a product is its newest; return how many were wrong.

    Costs one query when all are right, and two more otherwise, whatever the number of cases.
    """
    changed = _flip(CaseVersion.objects.filter(case__product=product).with_wrong_latest())
    if changed:
        record_audit("mark latest", product, by=by, details={"case versions": changed})
    return changed


def mark_latest_of(case_id: int) -> None:
    """Set right which version of one case is its newest."""
    _flip(CaseVersion.objects.filter(case_id=case_id).with_wrong_latest())


def _flip(wrong: "QuerySet[Any]") -> int:
    if not wrong.exists():
        return 0
    return sum(
        update_found(wrong.filter(latest=not wanted), latest=wanted) for wanted in (False, True)
    )
