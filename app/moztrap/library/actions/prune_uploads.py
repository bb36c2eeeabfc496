"""Delete stored files that nothing needs."""

from collections.abc import Iterator
from datetime import timedelta

from django.core.files.storage import default_storage
from django.utils import timezone

from moztrap.core.actions import record_audit
from moztrap.core.uploads import WAITING_SECONDS
from moztrap.library.actions.write_attachments import FOLDER
from moztrap.library.models import Attachment


def prune_uploads(*, dry_run: bool = False) -> int:
    """Delete files of attachments that no row names, deleted rows included; return how many.

    Files of forms that may still be sent are younger than a day, and stay.
    """
    count = 0
    before = timezone.now() - timedelta(seconds=WAITING_SECONDS)
    for paths in _folders():
        rows = Attachment.everything.filter(file__in=paths)
        named = set(rows.values_list("file", flat=True))
        for path in paths:
            if path in named or default_storage.get_created_time(path) > before:
                continue
            count += 1
            if not dry_run:
                default_storage.delete(path)
    if count and not dry_run:
        record_audit("prune uploads", by=None, details={"files": count})
    return count


def _folders() -> Iterator[list[str]]:
    """Yield the files folder by folder: names begin with two random letters."""
    try:
        folders, _ = default_storage.listdir(FOLDER)
    except FileNotFoundError:
        # Nobody has attached anything yet.
        return
    for folder in folders:
        _, files = default_storage.listdir(f"{FOLDER}/{folder}")
        yield [f"{FOLDER}/{folder}/{name}" for name in files]
