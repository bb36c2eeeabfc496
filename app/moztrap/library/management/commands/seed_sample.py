"""`manage.py seed_sample`."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from moztrap.core.actions import ActionError
from moztrap.execution.actions.seed_runs import seed_runs
from moztrap.library.actions.seed_sample import seed_sample


class Command(BaseCommand):
    """Writes the sample library."""

    help = (
        "Write a small sample library: two made-up products with versions, environments, tags "
        "and cases, and test runs of them with results. A second run changes nothing."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        """Write what is missing, and say what that was."""
        try:
            seeded = seed_sample()
            runs = seed_runs()
        except ActionError as error:
            raise CommandError(f"Nothing was written. {error}") from error
        for each in seeded:
            if each.cases is None:
                self.stdout.write(f"{each.product}: is or was here already; left alone.")
            else:
                self.stdout.write(self.style.SUCCESS(f"{each.product}: {each.cases} cases."))
        if runs:
            self.stdout.write(self.style.SUCCESS(f"{len(runs)} runs of their cases."))
        elif all(each.cases is None for each in seeded):
            self.stdout.write("Nothing to do.")
