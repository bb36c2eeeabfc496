"""Say in which suites a case is."""

from collections.abc import Collection, Iterable

from django.contrib.auth.models import AbstractBaseUser

from moztrap.core.actions import ActionError, ConcurrencyError, atomic
from moztrap.core.authority import authorise
from moztrap.library.actions.fill_suite import add_cases, remove_cases
from moztrap.library.models import Case, CaseVersion, Suite


@atomic()
def place_case(
    case: Case,
    *,
    by: AbstractBaseUser | None,
    into: Iterable[Suite],
    out_of: Collection[int] = (),
) -> None:
    """Put a case at the end of suites of its product, and take it out of others (ids).

    Raises ActionError where somebody has deleted one of them.
    """
    wanted = {suite.pk: suite for suite in into}
    if not wanted and not out_of:
        return
    authorise(by, "manage_suite_cases")
    gone = {suite.pk: suite for suite in Suite.objects.filter(pk__in=list(out_of))}
    rows = CaseVersion.objects.filter(case=case)
    try:
        # Everybody who holds several suites takes them in this order.
        for pk, suite in sorted({**gone, **wanted}.items()):
            if pk in wanted:
                add_cases(suite, by=by, caseversions=rows)
            else:
                remove_cases(suite, by=by, cases=[case.pk])
    except ConcurrencyError as error:
        raise ActionError(
            "Somebody has deleted one of these suites meanwhile; please choose again."
        ) from error
