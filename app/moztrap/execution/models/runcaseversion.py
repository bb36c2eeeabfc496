"""A case as a run tests it."""

from django.db import models

from moztrap.execution.models.run import Run
from moztrap.execution.querysets import RunCaseVersionQuerySet
from moztrap.library.models import CaseVersion


class RunCaseVersion(models.Model):
    """One case version in the snapshot of a run.

    It is never deleted, because results hang on it: what a refresh finds no longer
    wanted is withdrawn, and comes back if it is wanted again.
    """

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="runcaseversions")
    caseversion = models.ForeignKey(
        CaseVersion,
        verbose_name="case version",
        on_delete=models.PROTECT,
        related_name="runcaseversions",
    )
    # From 1 without gaps among those that are not withdrawn.
    order = models.PositiveIntegerField()
    withdrawn_on = models.DateTimeField(null=True)

    objects = models.Manager.from_queryset(RunCaseVersionQuerySet)()

    class Meta:
        """A case version is in a run once, withdrawn or not."""

        verbose_name = "run case"
        ordering = ["order", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["run", "caseversion"], name="execution_runcaseversion_pair"
            ),
        ]
        indexes = [models.Index(fields=["run", "withdrawn_on", "order"], name="execution_in_order")]

    def __str__(self) -> str:
        """Return the place."""
        return f"case version {self.caseversion_id} at {self.order} of run {self.run_id}"
