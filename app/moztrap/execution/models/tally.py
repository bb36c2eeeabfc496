"""How many cells of a run stand where, kept so that no page has to count them."""

from django.db import models
from django.db.models import Value
from django.db.models.functions import Coalesce

from moztrap.environments.models import Environment
from moztrap.execution.models.run import Run
from moztrap.execution.progress import Progress
from moztrap.execution.querysets import TallyQuerySet


class Tally(models.Model):
    """The cells of a run in one environment, withdrawn ones left out, by their status.

    Changed in the transaction that changes the cells, and after them: whoever holds a
    tally waits for nobody.
    """

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="tallies")
    environment = models.ForeignKey(
        Environment, null=True, on_delete=models.PROTECT, related_name="tallies"
    )
    environment_key = models.GeneratedField(
        expression=Coalesce("environment_id", Value(0)),
        output_field=models.BigIntegerField(),
        db_persist=True,
    )
    pending = models.PositiveIntegerField(default=0)
    passed = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    blocked = models.PositiveIntegerField(default=0)
    invalid = models.PositiveIntegerField(default=0)
    skipped = models.PositiveIntegerField(default=0)

    objects = models.Manager.from_queryset(TallyQuerySet)()

    class Meta:
        """One row for each environment of a run."""

        verbose_name_plural = "tallies"
        constraints = [
            models.UniqueConstraint(fields=["run", "environment_key"], name="execution_tally_pair"),
        ]

    def __str__(self) -> str:
        """Return the place."""
        return f"run {self.run_id} in environment {self.environment_key}"

    @property
    def progress(self) -> Progress:
        """How far the run is in this environment."""
        return Progress.of([self])
