"""`prune_uploads`: delete stored files that no record names."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from moztrap.core.words import counted
from moztrap.library.actions.prune_uploads import prune_uploads


class Command(BaseCommand):
    """Deletes what is left of forms that were never saved."""

    help = (
        "Delete stored attachments that no record names, not even a deleted one, and that no "
        "open form can still be waiting for (older than a day)."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Add `--dry-run`."""
        parser.add_argument("--dry-run", action="store_true", help="Count, and delete nothing.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Delete, and say how many."""
        count = prune_uploads(dry_run=options["dry_run"])
        verb = "would be deleted" if options["dry_run"] else "deleted"
        self.stdout.write(f"{counted(count, 'file')} {verb}.")
