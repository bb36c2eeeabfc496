"""Put cases into suites and take them out."""

from collections.abc import Collection
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db.models import Exists, F, Max, OuterRef, QuerySet, Value, Window
from django.db.models.functions import RowNumber

from moztrap.core.actions import atomic, record_audit
from moztrap.core.actions.set_based import insert_select, ordering_of
from moztrap.core.authority import authorise
from moztrap.library.actions.hold_suite import hold_suite, mark_changed
from moztrap.library.models import Suite, SuiteCase


@atomic()
def add_cases(suite: Suite, *, by: AbstractBaseUser | None, caseversions: "QuerySet[Any]") -> int:
    """Append the cases of some case versions, in the order of these; return how many.

    Cases of other products and those that are in the suite already are left out. Takes
    the same few statements for any number of cases.
    """
    authorise(by, "manage_suite_cases")
    held = hold_suite(suite)
    last = held.suitecases.aggregate(last=Max("order"))["last"] or 0
    present = SuiteCase.objects.filter(suite=held, case=OuterRef("case"))
    # One version stands for its case, whatever versions were asked for.
    newest = caseversions.model.objects.newest_of_each_case().filter(
        ~Exists(present),
        case__product=held.product_id,
        case__in=caseversions.order_by().values("case"),
    )
    order = ordering_of(caseversions) or [F("case").asc()]
    count = insert_select(
        SuiteCase,
        newest,
        suite=held.pk,
        case=F("case"),
        order=Value(last) + Window(RowNumber(), order_by=order),
    )
    if count:
        mark_changed(held, by=by)
        record_audit("add cases", held, by=by, details={"cases": count})
    return count


@atomic()
def remove_cases(suite: Suite, *, by: AbstractBaseUser | None, cases: Collection[int]) -> int:
    """Take cases (ids) out of a suite; return how many were in it."""
    authorise(by, "manage_suite_cases")
    held = hold_suite(suite)
    count, _ = held.suitecases.filter(case__in=list(cases)).delete()
    if count:
        mark_changed(held, by=by)
        record_audit("remove cases", held, by=by, details={"cases": sorted(cases)})
    return count
