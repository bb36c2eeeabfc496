"""`manage.py import_moztrap PRODUCT VERSION FILE…`."""

import argparse
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from moztrap.core.actions import ActionError
from moztrap.library.actions.import_cases import Target, import_cases, plan_import
from moztrap.library.importing.parse import read_sources
from moztrap.library.importing.problems import SourceError
from moztrap.library.importing.report import Report
from moztrap.library.management.progress import Progress

# More than anybody reads at once; the rest is counted.
_SHOWN_PROBLEMS = 20


class Command(BaseCommand):
    """Imports pages of the public MozTrap API."""

    help = (
        "Import test cases from pages of the public MozTrap API (/api/v1/caseversion/), saved as "
        ".json or .json.gz files. All or nothing: files are checked before anything is written. "
        "A second import changes nothing, and takes over what changed at the source, except "
        "where somebody edited the case here meanwhile."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare the arguments."""
        parser.add_argument("product", help="name of the product; created if there is none")
        parser.add_argument("version", help="version of the product; created if there is none")
        parser.add_argument("files", nargs="+", type=Path, metavar="file")
        parser.add_argument(
            "--dry-run", action="store_true", help="check and report; write nothing"
        )
        parser.add_argument(
            "--overwrite",
            action="store_true",
            help="where both sides changed a case, take the source's text",
        )
        parser.add_argument(
            "--source",
            default="moztrap",
            help="name of the site the files come from: ids are compared within one site "
            "(default: %(default)s)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Read, check, write, report."""
        target = self._target(options)
        reading = Progress(self.stdout, "Reading files", len(options["files"]))
        try:
            source = read_sources(options["files"], lambda count: reading.advance(1))
        except SourceError as error:
            self.stdout.write("")
            raise CommandError(_explain(error)) from error
        reading.finish()
        if options["dry_run"]:
            self._show(plan_import(source, target))
            self.stdout.write("Nothing was written: this was a dry run.")
            return
        writing = Progress(self.stdout, "Writing cases", 0)
        writing.total = len(source.cases)
        try:
            report = import_cases(source, target, by=None, advance=writing.advance)
        except ActionError as error:
            raise CommandError(f"Nothing was imported. {error}") from error
        writing.total = writing.done
        writing.finish()
        self._show(report)
        if report.changed:
            self.stdout.write(self.style.SUCCESS("Imported."))
        else:
            self.stdout.write(self.style.SUCCESS("Nothing to do: all of it is here already."))

    def _target(self, options: dict[str, Any]) -> Target:
        limits = {"product": 100, "version": 100, "source": 40}
        for name, limit in limits.items():
            if not 0 < len(options[name].strip()) <= limit:
                raise CommandError(f"{name}: give 1 to {limit} characters.")
        return Target(
            product_name=options["product"].strip(),
            version_name=options["version"].strip(),
            source_name=options["source"].strip(),
            overwrite=options["overwrite"],
        )

    def _show(self, report: Report) -> None:
        self.stdout.write(report.table())
        for note in report.notes:
            self.stdout.write(self.style.WARNING(f"Note: {note}"))


def _explain(error: SourceError) -> str:
    shown = [f"  {problem}" for problem in error.problems[:_SHOWN_PROBLEMS]]
    left = len(error.problems) - len(shown)
    if left:
        shown.append(f"  … and {left:,} more")
    return "\n".join(["Nothing was imported. These are wrong:", *shown])
