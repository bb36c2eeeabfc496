"""A file that belongs to a case version."""

from django.db import models

from moztrap.core.models import LiveManager, Record
from moztrap.library.models.caseversion import CaseVersion
from moztrap.library.querysets import AttachmentQuerySet


class Attachment(Record):
    """A file that testers need for a case.

    Copies of a case version point at the same stored file: it is never changed, so it
    need not be there twice.
    """

    caseversion = models.ForeignKey(
        CaseVersion, on_delete=models.CASCADE, related_name="attachments"
    )
    # What people called it; in the storage it has a random name.
    name = models.CharField(max_length=250)
    file = models.FileField(max_length=100, editable=False)
    size = models.PositiveBigIntegerField(editable=False)
    # As its content shows, never as the sender says.
    content_type = models.CharField(max_length=100, editable=False)
    # SHA-256 of the content.
    digest = models.CharField(max_length=64, editable=False)

    everything = models.Manager.from_queryset(AttachmentQuerySet)()
    objects = LiveManager.from_queryset(AttachmentQuerySet)()

    class Meta(Record.Meta):
        """The stored file is looked up when it might be deleted."""

        indexes = [models.Index(fields=["file"], name="library_attachment_file")]

    def __str__(self) -> str:
        """Return the name."""
        return self.name
