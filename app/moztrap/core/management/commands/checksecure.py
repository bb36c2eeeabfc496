"""`checksecure`: what the deployment guide calls the check of the security settings."""

from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    """Runs `check --deploy --fail-level WARNING`."""

    help = "Check the settings of a production site: check --deploy --fail-level WARNING."
    requires_system_checks: list[str] = []  # it runs them itself

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the check; it fails at the first level that is worth a warning."""
        call_command("check", deploy=True, fail_level="WARNING", stdout=self.stdout)
