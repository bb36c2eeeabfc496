"""Delete a case from one product version."""

from django.contrib.auth.models import AbstractBaseUser

from moztrap.core.actions import atomic, delete_record
from moztrap.core.authority import authorise
from moztrap.library.actions.hold_case import hold_case
from moztrap.library.actions.mark_latest import mark_latest_of
from moztrap.library.models import CaseVersion


@atomic()
def delete_caseversion(caseversion: CaseVersion, *, by: AbstractBaseUser | None) -> int:
    """Delete a case version; the last one takes its case with it. Return how many rows went."""
    authorise(by, "manage_cases")
    case = caseversion.case
    hold_case(case)
    others = CaseVersion.objects.filter(case=case).exclude(pk=caseversion.pk)
    if not others.exists():
        return delete_record(case, by=by)
    count = delete_record(caseversion, by=by)
    mark_latest_of(case.pk)
    return count
