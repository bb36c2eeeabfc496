"""Make the cases of a suite what a program says they are, in the order in which it says so."""

from collections.abc import Sequence

from django.contrib.auth.models import AbstractBaseUser
from django.db.models import Max

from moztrap.core.actions import ActionError, atomic, record_audit
from moztrap.core.authority import authorise
from moztrap.library.actions.hold_suite import hold_suite, mark_changed
from moztrap.library.models import Case, Suite, SuiteCase

# Few enough for the parameters that SQLite takes in one statement.
_BATCH = 250
_NAMED = 10


@atomic()
def append_cases(suite: Suite, *, by: AbstractBaseUser | None, cases: Sequence[int]) -> int:
    """Append cases (ids) that the suite lacks, in this order; return how many.

    Raises ActionError where one is no case of the product of the suite.
    """
    authorise(by, "manage_suite_cases")
    held = hold_suite(suite)
    _refuse_strangers(held, cases)
    present = set(held.suitecases.filter(case__in=cases).values_list("case", flat=True))
    last = held.suitecases.aggregate(last=Max("order"))["last"] or 0
    new = [case for case in cases if case not in present]
    _insert(held, {case: last + place for place, case in enumerate(new, start=1)})
    if new:
        mark_changed(held, by=by)
        record_audit("add cases", held, by=by, details={"cases": len(new)})
    return len(new)


@atomic()
def arrange_cases(suite: Suite, *, by: AbstractBaseUser | None, cases: Sequence[int]) -> int:
    """Make these, in this order, the live cases of a suite; return how many places changed.

    Deleted cases keep their places. Raises ActionError where one is no case of the product.
    """
    authorise(by, "manage_suite_cases")
    held = hold_suite(suite)
    _refuse_strangers(held, cases)
    wanted = {case: place for place, case in enumerate(cases, start=1)}
    places = {place.case_id: place for place in held.suitecases.live()}
    gone = [place.pk for case, place in places.items() if case not in wanted]
    moved = []
    for case, order in wanted.items():
        place = places.get(case)
        if place is not None and place.order != order:
            place.order = order
            moved.append(place)
    for start in range(0, len(gone), _BATCH):
        held.suitecases.filter(pk__in=gone[start : start + _BATCH]).delete()
    SuiteCase.objects.bulk_update(moved, ["order"], batch_size=_BATCH)
    new = {case: order for case, order in wanted.items() if case not in places}
    _insert(held, new)
    if gone or moved or new:
        mark_changed(held, by=by)
        details = {"added": len(new), "removed": len(gone), "moved": len(moved)}
        record_audit("arrange cases", held, by=by, details=details)
    return len(gone) + len(moved) + len(new)


def _refuse_strangers(suite: Suite, cases: Sequence[int]) -> None:
    rows = Case.objects.filter(product=suite.product_id, pk__in=cases)
    known = set(rows.values_list("pk", flat=True))
    strange = [case for case in cases if case not in known]
    if strange:
        more = f" and {len(strange) - _NAMED} more" if len(strange) > _NAMED else ""
        listed = ", ".join(map(str, strange[:_NAMED]))
        raise ActionError(f"{listed}{more}: no case of {suite.product} has this id.")


def _insert(suite: Suite, orders: dict[int, int]) -> None:
    SuiteCase.objects.bulk_create(
        (SuiteCase(suite=suite, case_id=case, order=order) for case, order in orders.items()),
        batch_size=_BATCH,
    )
