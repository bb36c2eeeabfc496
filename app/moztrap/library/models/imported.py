"""What the last import saw, so that the next one knows what changed, and where."""

from django.db import models

from moztrap.library.models.caseversion import CaseVersion


class ImportedCaseVersion(models.Model):
    """The state of an imported case version right after its import."""

    caseversion = models.OneToOneField(
        CaseVersion, primary_key=True, on_delete=models.CASCADE, related_name="imported"
    )
    # Of the source's content: differs when the source has changed since.
    digest = models.CharField(max_length=64)
    # Of our row: differs when somebody has edited it here since.
    cc_version = models.PositiveIntegerField()

    def __str__(self) -> str:
        """Return whose state this is."""
        return f"import of case version {self.caseversion_id}"
