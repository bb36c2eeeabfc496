"""`ensure_admin`: the first administrator, without a prompt."""

import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from moztrap.accounts.actions import ensure_admin
from moztrap.core.actions import ActionError


class Command(BaseCommand):
    """Creates an administrator, or gives an existing account what it lacks."""

    help = (
        "Have an active superuser of this name, with a confirmed address. The password of a new "
        "account is read from standard input; an existing account keeps its own."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Name, address, and whether to only look."""
        parser.add_argument("--username", required=True)
        parser.add_argument("--email", required=True)
        parser.add_argument(
            "--check", action="store_true", help="Change nothing; say what would be done."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Print one word for people (created, changed, unchanged) and one JSON line."""
        password = sys.stdin.readline().rstrip("\r\n")
        try:
            result = ensure_admin(
                username=options["username"],
                email=options["email"],
                password=password,
                dry_run=options["check"],
            )
        except ActionError as error:
            raise CommandError(str(error)) from error
        message = f"{result.status}: administrator {options['username']}"
        if result.changes:
            message += f" ({', '.join(result.changes)})"
        self.stdout.write(result.status)
        report = {
            "changed": result.status != "unchanged",
            "status": result.status,
            "message": message,
        }
        self.stdout.write(json.dumps(report))
