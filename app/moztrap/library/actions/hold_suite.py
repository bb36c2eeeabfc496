"""One writer of a suite at a time."""

from django.contrib.auth.models import AbstractBaseUser
from django.utils import timezone

from moztrap.core.actions import ConcurrencyError
from moztrap.library.models import Suite


def hold_suite(suite: Suite) -> Suite:
    """Wait until nobody else changes a suite or its cases, and return it as it is then."""
    held: Suite | None = Suite.objects.select_for_update().filter(pk=suite.pk).first()
    if held is None:
        raise ConcurrencyError("Someone else deleted this suite meanwhile.")
    return held


def mark_changed(suite: Suite, *, by: AbstractBaseUser | None) -> None:
    """Record who changed the cases of a suite.

    Its version stays: whoever edits the texts of the suite meanwhile is not disturbed.
    """
    Suite.objects.filter(pk=suite.pk).update(modified_on=timezone.now(), modified_by=by)
