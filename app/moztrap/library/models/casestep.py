"""One step of a case version."""

from django.db import models
from django.db.models import Q

from moztrap.library.models.caseversion import CaseVersion


class CaseStep(models.Model):
    """One thing to do and what should come of it.

    Part of its case version: who changed it, when, and against which version is
    recorded there.
    """

    caseversion = models.ForeignKey(CaseVersion, on_delete=models.CASCADE, related_name="steps")
    number = models.PositiveSmallIntegerField()
    instruction = models.TextField(help_text="Markdown.")
    expected = models.TextField("expected result", blank=True, help_text="Markdown.")

    class Meta:
        """Steps are numbered from 1, each number once."""

        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(
                fields=["caseversion", "number"], name="library_casestep_number"
            ),
            models.CheckConstraint(condition=Q(number__gte=1), name="library_casestep_from_one"),
            models.CheckConstraint(
                condition=~Q(instruction=""), name="library_casestep_instruction"
            ),
        ]

    def __str__(self) -> str:
        """Return the number."""
        return f"Step {self.number}"
