"""What came of one step."""

from django.db import models

from moztrap.execution.models.result import Result, ResultStatus
from moztrap.library.models import CaseStep


class StepResult(models.Model):
    """The verdict about one step of a result; pages write the failed step alone.

    The step as it read then is kept: what is tested is edited, what was found is not.
    """

    result = models.ForeignKey(Result, on_delete=models.CASCADE, related_name="steps")
    step = models.ForeignKey(CaseStep, null=True, on_delete=models.SET_NULL, related_name="+")
    number = models.PositiveSmallIntegerField()
    instruction = models.TextField()
    status = models.CharField(max_length=10, choices=ResultStatus)

    class Meta:
        """A result says one thing about a step."""

        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(
                fields=["result", "number"], name="execution_stepresult_number"
            ),
        ]

    def __str__(self) -> str:
        """Return number and verdict."""
        return f"Step {self.number} {self.status}"
