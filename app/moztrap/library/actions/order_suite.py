"""Put the cases of a suite in order."""

from collections.abc import Mapping

from django.contrib.auth.models import AbstractBaseUser
from django.db.models import F, Max

from moztrap.core.actions import atomic, record_audit
from moztrap.core.authority import authorise
from moztrap.library.actions.hold_suite import hold_suite, mark_changed
from moztrap.library.models import Suite


@atomic()
def move_cases(suite: Suite, *, by: AbstractBaseUser | None, to: Mapping[int, int]) -> int:
    """Move cases (ids) to positions among the live cases, from 1; return how many were moved.

    A position before the first or behind the last means the first or the last one.
    Positions are taken from the front to the back, so that what was typed holds in the end.
    """
    authorise(by, "manage_suite_cases")
    held = hold_suite(suite)
    moved = [
        case
        for case, position in sorted(to.items(), key=lambda pair: pair[1])
        if _move(held, case, position)
    ]
    if moved:
        mark_changed(held, by=by)
        record_audit("order cases", held, by=by, details={"cases": moved})
    return len(moved)


def _move(suite: Suite, case: int, position: int) -> bool:
    """Move one case (5 statements at most, whatever the length of the suite)."""
    place = suite.suitecases.live().filter(case=case).first()
    if place is None:
        return False
    others = suite.suitecases.live().exclude(pk=place.pk).order_by("order", "pk")
    following = others[max(position, 1) - 1 : max(position, 1)].first()
    if following is None:
        last = suite.suitecases.aggregate(last=Max("order"))["last"] or 0
        target = last + 1
    else:
        target = following.order
        suite.suitecases.filter(order__gte=target).update(order=F("order") + 1)
    suite.suitecases.filter(pk=place.pk).update(order=target)
    return True
