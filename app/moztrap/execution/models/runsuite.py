"""The place of a suite in a run."""

from django.db import models

from moztrap.execution.models.run import Run
from moztrap.library.models import Suite


class RunSuite(models.Model):
    """One suite of a run.

    Part of its run: who changed it, when, and against which version is recorded there.
    """

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="runsuites")
    suite = models.ForeignKey(Suite, on_delete=models.CASCADE, related_name="runsuites")
    # Ascending within the run; not without gaps.
    order = models.PositiveIntegerField()

    class Meta:
        """A suite is in a run once."""

        ordering = ["order", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["run", "suite"],
                name="execution_runsuite_pair",
                violation_error_message="This suite is in this run already.",
            ),
        ]

    def __str__(self) -> str:
        """Return the place."""
        return f"suite {self.suite_id} at {self.order} of run {self.run_id}"
