"""A round of testing: which suites, of which product version, in which environments."""

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from moztrap.catalog.models import ProductVersion
from moztrap.core.models import LiveManager, Record
from moztrap.environments.models import Environment
from moztrap.execution.progress import Progress
from moztrap.execution.querysets import RunQuerySet
from moztrap.library.models import Suite


class RunStatus(models.TextChoices):
    """Results are recorded in active runs alone."""

    DRAFT = "draft", "draft"
    ACTIVE = "active", "active"
    DISABLED = "disabled", "disabled"


class Run(Record):
    """A round of testing.

    Activation takes a snapshot of its suites (`moztrap.execution.actions.activate_run`):
    from then on the run knows by itself what is run in it. A series takes none; each
    build that is tested becomes a member of it, which is a run of its own.
    """

    productversion = models.ForeignKey(
        ProductVersion,
        verbose_name="product version",
        on_delete=models.CASCADE,
        related_name="runs",
    )
    name = models.CharField(max_length=200)
    description = models.TextField(
        blank=True, help_text="Markdown. Testers see it above the cases."
    )
    start = models.DateField(default=timezone.localdate)
    end = models.DateField(null=True, blank=True)
    build = models.CharField(max_length=100, blank=True)
    status = models.CharField(
        max_length=10, choices=RunStatus, default=RunStatus.DRAFT, editable=False
    )
    is_series = models.BooleanField(
        "is a series",
        default=False,
        help_text="Whoever tests names a build; each build becomes a run of its own.",
    )
    series = models.ForeignKey(
        "self", null=True, editable=False, on_delete=models.SET_NULL, related_name="members"
    )
    environments = models.ManyToManyField(Environment, blank=True, related_name="runs")
    suites = models.ManyToManyField(
        Suite, through="execution.RunSuite", blank=True, related_name="runs"
    )
    # When its snapshot was last taken; empty before the first activation.
    refreshed_on = models.DateTimeField(null=True, editable=False)

    everything = models.Manager.from_queryset(RunQuerySet)()
    objects = LiveManager.from_queryset(RunQuerySet)()

    class Meta(Record.Meta):
        """A series has one live member for each build."""

        constraints = [
            models.UniqueConstraint(
                fields=["series", "build", "live"],
                name="execution_run_build",
                violation_error_message="This series has a run of this build already.",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["draft", "active", "disabled"]),
                name="execution_run_status",
            ),
            models.CheckConstraint(
                condition=Q(end__isnull=True) | Q(end__gte=F("start")),
                name="execution_run_dates",
                violation_error_message="A run cannot end before it starts.",
            ),
            models.CheckConstraint(
                condition=Q(is_series=False) | Q(series__isnull=True),
                name="execution_run_series",
                violation_error_message="The member of a series is no series itself.",
            ),
        ]

    def __str__(self) -> str:
        """Return the name."""
        return self.name

    @property
    def is_active(self) -> bool:
        """Tell whether results are recorded in it."""
        return bool(self.status == RunStatus.ACTIVE)

    @property
    def progress(self) -> Progress:
        """How far it is; `prefetch_related("tallies")` makes it free."""
        return Progress.of(self.tallies.all())
