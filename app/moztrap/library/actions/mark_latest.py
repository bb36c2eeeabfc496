"""Keep `CaseVersion.latest` true."""

from collections.abc import Iterable

from django.contrib.auth.models import AbstractBaseUser

from moztrap.catalog.models import Product
from moztrap.core.actions import record_audit
from moztrap.library.models import CaseVersion

# Few enough for the parameters that SQLite takes in one statement.
_BATCH = 500


def mark_latest(product: Product, *, by: AbstractBaseUser | None) -> int:
    """Set right which version of each case of a product is its newest; return how many were wrong.

    Costs one query when all are right, whatever the number of cases.
    """
    changed = _flip(CaseVersion.objects.filter(case__product=product).with_wrong_latest())
    if changed:
        record_audit("mark latest", product, by=by, details={"case versions": changed})
    return changed


def mark_latest_of(case_id: int) -> None:
    """Set right which version of one case is its newest."""
    _flip(CaseVersion.objects.filter(case_id=case_id).with_wrong_latest())


def _flip(wrong: Iterable[CaseVersion]) -> int:
    # Two steps, because MySQL cannot update a table that it reads in the same statement.
    ids: dict[bool, list[int]] = {True: [], False: []}
    for pk, latest in wrong.values_list("pk", "latest"):  # type: ignore[attr-defined]
        ids[not latest].append(pk)
    for wanted, pks in ids.items():
        for start in range(0, len(pks), _BATCH):
            rows = CaseVersion.objects.filter(pk__in=pks[start : start + _BATCH])
            rows.update(latest=wanted)
    return len(ids[True]) + len(ids[False])
