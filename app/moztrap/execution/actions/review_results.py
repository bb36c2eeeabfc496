"""A second person has looked at results."""

from collections.abc import Collection

from django.contrib.auth.models import AbstractBaseUser
from django.utils import timezone

from moztrap.core.actions import ActionError, atomic, record_audit
from moztrap.core.authority import authorise
from moztrap.execution.models import Result, Review


@atomic()
def review_results(ids: Collection[int], *, by: AbstractBaseUser, comment: str = "") -> int:
    """Mark results as reviewed; return how many were waiting for it.

    Nobody reviews what they found themselves, and what somebody else has reviewed
    meanwhile stays theirs.
    """
    authorise(by, "review_results")
    waiting = Result.objects.filter(pk__in=list(ids)).to_review()
    if waiting.filter(tester=by).exists():
        raise ActionError("Somebody else must review what you found yourself.")
    count = waiting.update(
        review=Review.REVIEWED,
        reviewed_on=timezone.now(),
        reviewed_by=by,
        review_comment=comment,
    )
    if count:
        record_audit("review", None, by=by, details={"results": sorted(ids), "comment": comment})
    return count
