"""`manage.py seed_scale`."""

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from moztrap.core.actions import ActionError
from moztrap.execution.scale import Size, seed_scale


class Command(BaseCommand):
    """Writes the library and the runs that speed is measured with."""

    help = (
        "Write a library and runs as large as a big team's after years, to measure with: 20,000 "
        "cases, 260,000 case versions, 832,000 steps and 5,000,000 results. Not for a site that "
        "people use."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """How much of it."""
        parser.add_argument(
            "--part", type=float, default=1.0, help="a part of it, such as 0.1 (default: 1)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Write it, and say how far it is."""
        part = options["part"]
        if not 0 < part <= 1:
            raise CommandError("--part: give a number above 0 and up to 1.")
        started = time.monotonic()

        def said(line: str) -> None:
            self.stdout.write(f"{time.monotonic() - started:7.1f} s  {line}")
            self.stdout.flush()

        try:
            seed_scale(Size.of(part), said)
        except ActionError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(self.style.SUCCESS("Done."))
