"""What a tester found: one line of a log that only grows."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from moztrap.execution.models.cell import Cell
from moztrap.execution.models.run import Run
from moztrap.execution.querysets import ResultQuerySet


class ResultStatus(models.TextChoices):
    """A verdict, or that a tester takes their verdict back."""

    PASSED = "passed", "passed"
    FAILED = "failed", "failed"
    BLOCKED = "blocked", "blocked"
    INVALID = "invalid", "invalid"
    SKIPPED = "skipped", "skipped"
    RESTARTED = "restarted", "restarted"


class Review(models.TextChoices):
    """Whether a second person must look at a result, or has; and what they made of it."""

    NONE = "", "not needed"
    PENDING = "pending", "pending"
    REVIEWED = "reviewed", "reviewed"
    # It decides nothing any more: the cell must be tested again.
    REJECTED = "rejected", "sent back"


class Result(models.Model):
    """What one tester found in one cell; a new one is added, an old one never changed.

    ``latest`` is 1 on the newest result of this tester in this cell and NULL on the ones
    before it, so that the database itself keeps it single. Review is what others add.
    """

    # The run of the cell, repeated because the results of a run are listed by time.
    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="results")
    cell = models.ForeignKey(Cell, on_delete=models.PROTECT, related_name="results")
    tester = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="results"
    )
    created_on = models.DateTimeField("recorded on", default=timezone.now)
    status = models.CharField(max_length=10, choices=ResultStatus)
    comment = models.TextField(blank=True, help_text="Markdown.")
    bug_url = models.CharField("bug", max_length=500, blank=True)
    # Seconds, if whoever recorded it knows.
    duration = models.PositiveIntegerField(null=True, blank=True)
    latest = models.PositiveSmallIntegerField(null=True, default=1)
    review = models.CharField(max_length=10, choices=Review, blank=True, default=Review.NONE)
    reviewed_on = models.DateTimeField(null=True)
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    review_comment = models.TextField(blank=True)

    objects = models.Manager.from_queryset(ResultQuerySet)()

    class Meta:
        """A tester has one newest result in a cell."""

        constraints = [
            models.UniqueConstraint(
                fields=["cell", "tester", "latest"], name="execution_result_latest"
            ),
            models.CheckConstraint(
                condition=Q(latest__isnull=True) | Q(latest=1), name="execution_result_flag"
            ),
            models.CheckConstraint(
                condition=Q(
                    status__in=["passed", "failed", "blocked", "invalid", "skipped", "restarted"]
                ),
                name="execution_result_status",
            ),
        ]
        # Nobody reviews their own, so that the tester is asked for as well.
        indexes = [
            models.Index(
                fields=["review", "latest", "run", "tester"], name="execution_awaiting_review"
            )
        ]

    def __str__(self) -> str:
        """Return the verdict."""
        return self.status
