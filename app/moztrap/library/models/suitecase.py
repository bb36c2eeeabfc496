"""The place of a case in a suite."""

from django.db import models

from moztrap.library.models.case import Case
from moztrap.library.models.suite import Suite
from moztrap.library.querysets import SuiteCaseQuerySet


class SuiteCase(models.Model):
    """One case of a suite.

    Part of its suite: who changed it, when, and against which version is recorded
    there. A deleted case keeps its place, and has it again when it comes back; whoever
    reads a suite asks for the live ones (`SuiteCaseQuerySet.live`).
    """

    suite = models.ForeignKey(Suite, on_delete=models.CASCADE, related_name="suitecases")
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="suitecases")
    # Ascending within the suite; not without gaps.
    order = models.PositiveIntegerField()

    objects = models.Manager.from_queryset(SuiteCaseQuerySet)()

    class Meta:
        """A case is in a suite once."""

        ordering = ["order", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["suite", "case"],
                name="library_suitecase_pair",
                violation_error_message="This case is in this suite already.",
            ),
        ]
        indexes = [models.Index(fields=["suite", "order"], name="library_suitecase_order")]

    def __str__(self) -> str:
        """Return the place."""
        return f"case {self.case_id} at {self.order} of suite {self.suite_id}"
