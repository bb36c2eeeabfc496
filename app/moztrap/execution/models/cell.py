"""A case of a run in one environment: what is decided by results, and counted."""

from django.conf import settings
from django.db import models
from django.db.models import Q, Value
from django.db.models.functions import Coalesce

from moztrap.environments.models import Environment
from moztrap.execution.models.run import Run
from moztrap.execution.models.runcaseversion import RunCaseVersion
from moztrap.execution.querysets import CellQuerySet


class CellStatus(models.TextChoices):
    """What stands of a cell; every page and every count means this."""

    PENDING = "pending", "pending"
    PASSED = "passed", "passed"
    FAILED = "failed", "failed"
    BLOCKED = "blocked", "blocked"
    INVALID = "invalid", "invalid"
    SKIPPED = "skipped", "skipped"


def stamp_of(pk: int, status: str, result: int | None, assignee: int | None) -> str:
    """Return the stamp of a cell: where it stands, by which result, and who is to test it."""
    return f"{pk}-{status}-{result or 0}-{assignee or 0}"


class Cell(models.Model):
    """One case of a run in one environment.

    ``status``, ``result`` and ``tester`` say which result decides
    (`moztrap.execution.actions.settle`): the newest one, whoever recorded it, unless it
    takes the cell back or a reviewer has sent it back. Whoever writes results holds the
    row, so that two testers at once come one after the other.
    """

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="cells")
    runcaseversion = models.ForeignKey(
        RunCaseVersion, on_delete=models.CASCADE, related_name="cells"
    )
    # Empty where the run has no environments: then its cases run anywhere, once.
    environment = models.ForeignKey(
        Environment, null=True, on_delete=models.PROTECT, related_name="cells"
    )
    # NULLs never collide, so “anywhere” needs a value here to be unique.
    environment_key = models.GeneratedField(
        expression=Coalesce("environment_id", Value(0)),
        output_field=models.BigIntegerField(),
        db_persist=True,
    )
    is_withdrawn = models.BooleanField(default=False)
    status = models.CharField(max_length=10, choices=CellStatus, default=CellStatus.PENDING)
    result = models.ForeignKey(
        "execution.Result", null=True, on_delete=models.SET_NULL, related_name="+"
    )
    tester = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )

    objects = models.Manager.from_queryset(CellQuerySet)()

    class Meta:
        """A case of a run has one cell in each environment."""

        constraints = [
            models.UniqueConstraint(
                fields=["runcaseversion", "environment_key"], name="execution_cell_pair"
            ),
            models.CheckConstraint(
                condition=Q(
                    status__in=["pending", "passed", "failed", "blocked", "invalid", "skipped"]
                ),
                name="execution_cell_status",
            ),
        ]
        indexes = [
            models.Index(
                fields=["run", "environment_key", "is_withdrawn", "status"],
                name="execution_cell_status_in",
            ),
            # People of a run, found by person: otherwise each is looked for in all that they did.
            models.Index(
                fields=["assignee", "run", "is_withdrawn", "status"], name="execution_cell_assigned"
            ),
            models.Index(fields=["tester", "run"], name="execution_cell_tested"),
        ]

    @property
    def stamp(self) -> str:
        """What a tester sees of it changes whenever this does."""
        return stamp_of(self.pk, self.status, self.result_id, self.assignee_id)

    def __str__(self) -> str:
        """Return the place."""
        return f"case {self.runcaseversion_id} in environment {self.environment_key}"
