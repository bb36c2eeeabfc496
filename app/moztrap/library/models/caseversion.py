"""What a case says in one product version."""

from django.db import models

from moztrap.catalog.models import ProductVersion
from moztrap.core.models import LiveManager, Record
from moztrap.environments.models import Environment
from moztrap.library.models.case import Case
from moztrap.library.models.tag import Tag
from moztrap.library.querysets import CaseVersionQuerySet


class Status(models.TextChoices):
    """Only active case versions are run."""

    DRAFT = "draft", "draft"
    ACTIVE = "active", "active"
    DISABLED = "disabled", "disabled"


class CaseVersion(Record):
    """The text of a case in one product version.

    ``latest`` marks the version of the case that belongs to the newest product
    version it has (`moztrap.library.actions.mark_latest`); it is never edited.
    """

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="versions")
    productversion = models.ForeignKey(
        ProductVersion,
        verbose_name="product version",
        on_delete=models.CASCADE,
        related_name="caseversions",
    )
    name = models.CharField(max_length=255)
    description = models.TextField(blank=True, help_text="Markdown.")
    status = models.CharField(max_length=10, choices=Status, default=Status.ACTIVE)
    tags = models.ManyToManyField(Tag, blank=True, related_name="caseversions")
    environments = models.ManyToManyField(Environment, blank=True, related_name="caseversions")
    # True once somebody chose the environments by hand: they no longer follow
    # those of the product version.
    envs_narrowed = models.BooleanField(default=False, editable=False)
    latest = models.BooleanField(default=False, editable=False)

    everything = models.Manager.from_queryset(CaseVersionQuerySet)()
    objects = LiveManager.from_queryset(CaseVersionQuerySet)()

    class Meta(Record.Meta):
        """A case has at most one live text in a product version."""

        constraints = [
            models.UniqueConstraint(
                fields=["case", "productversion", "live"],
                name="library_caseversion_pair",
                violation_error_message="This case is in this product version already.",
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=["draft", "active", "disabled"]),
                name="library_caseversion_status",
            ),
        ]
        # The lists: newest first by case, by name, and within a version.
        indexes = [
            models.Index(fields=["latest", "deleted_on", "case"], name="library_newest"),
            models.Index(fields=["latest", "deleted_on", "name"], name="library_by_name"),
            models.Index(
                fields=["productversion", "deleted_on", "latest", "case"], name="library_of_version"
            ),
        ]

    def __str__(self) -> str:
        """Return the name."""
        return self.name
