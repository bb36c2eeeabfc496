"""An ordered set of cases that are run together."""

from django.db import models

from moztrap.catalog.models import Product
from moztrap.core.models import LiveManager, Record
from moztrap.library.models.case import Case
from moztrap.library.models.caseversion import Status
from moztrap.library.querysets import SuiteQuerySet


class Suite(Record):
    """Cases of one product in the order in which they are run.

    A suite names cases, not their texts: which version of a case is run follows
    from the product version of the run.
    """

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="suites")
    name = models.CharField(max_length=200)
    description = models.TextField(blank=True, help_text="Markdown.")
    status = models.CharField(max_length=10, choices=Status, default=Status.ACTIVE)
    cases = models.ManyToManyField(
        Case, through="library.SuiteCase", blank=True, related_name="suites"
    )

    everything = models.Manager.from_queryset(SuiteQuerySet)()
    objects = LiveManager.from_queryset(SuiteQuerySet)()

    class Meta(Record.Meta):
        """A live suite is unique in its product."""

        constraints = [
            models.UniqueConstraint(
                fields=["product", "name", "live"],
                name="library_suite_name",
                violation_error_message="This product has a suite of this name already.",
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=["draft", "active", "disabled"]),
                name="library_suite_status",
            ),
        ]

    def __str__(self) -> str:
        """Return the name."""
        return self.name
