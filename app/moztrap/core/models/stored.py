"""Files that are kept in the database: `moztrap.core.database_storage` writes and reads them."""

from django.db import models


class StoredFile(models.Model):
    """One file: what it is called, how long it is, and what its content hashes to."""

    name = models.CharField(max_length=255)
    # SHA-256 of the name. Collations take “A” for “a”; file names differ.
    name_key = models.CharField(max_length=64, unique=True)
    size = models.PositiveBigIntegerField(default=0)
    # SHA-256 of the content.
    digest = models.CharField(max_length=64)
    created_on = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        """Return the name."""
        return self.name


class StoredChunk(models.Model):
    """A piece of a file, small enough for one statement and for one piece of memory."""

    file = models.ForeignKey(StoredFile, on_delete=models.CASCADE, related_name="chunks")
    number = models.PositiveIntegerField()
    data = models.BinaryField()

    class Meta:
        """Chunks are numbered from 0, each number once."""

        constraints = [
            models.UniqueConstraint(fields=["file", "number"], name="core_storedchunk_number"),
        ]

    def __str__(self) -> str:
        """Return which piece of which file."""
        return f"chunk {self.number} of file {self.file_id}"
