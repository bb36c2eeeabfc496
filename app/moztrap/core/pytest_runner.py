"""What `manage.py test` runs the tests with: pytest, which they are written for."""

import os
from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError

from moztrap.deploy import vendor

TEST_SETTINGS = "moztrap.settings.test"
ROOT = settings.PROJECT_ROOT


class PytestRunner:
    """Django's protocol of a test runner; labels are what pytest takes, options included."""

    def __init__(
        self, *, verbosity: int = 1, failfast: bool = False, keepdb: bool = False, **options: Any
    ) -> None:
        self.verbosity = verbosity
        self.failfast = failfast
        self.keepdb = keepdb

    @classmethod
    def add_arguments(cls, parser: ArgumentParser) -> None:
        """Options of the command; whatever else pytest knows comes after `--`."""
        parser.usage = "%(prog)s [options] [path, module or, after --, option of pytest …]"
        parser.add_argument("--failfast", action="store_true", help="Stop at the first failure.")
        parser.add_argument("--keepdb", action="store_true", help="Keep the test database.")

    def run_tests(self, labels: Sequence[str]) -> int:
        """Run pytest in this process; return its exit code, 0 when all passed."""
        if os.environ.get("DJANGO_SETTINGS_MODULE") != TEST_SETTINGS:
            raise CommandError(
                f"The tests have settings of their own, {TEST_SETTINGS}, but "
                f"{os.environ.get('DJANGO_SETTINGS_MODULE')} was asked for. "
                "Take DJANGO_SETTINGS_MODULE out of the environment."
            )
        try:
            import pytest
        except ImportError as error:
            raise CommandError(
                f"The tests need pytest ({error}). With pip: bin/install-reqs test. "
                "With the vendor library: bin/generate-vendor-lib --tests"
            ) from error
        self._hand_on_the_library()
        return int(pytest.main(self.arguments(labels)))

    def arguments(self, labels: Sequence[str]) -> list[str]:
        """The command line of pytest."""
        found = [f"--rootdir={ROOT}", f"--config-file={ROOT / 'pytest.ini'}", "--pyargs"]
        found += ["-q"] if self.verbosity == 0 else ["-v"] * (self.verbosity - 1)
        found += ["--exitfirst"] if self.failfast else []
        found += ["--reuse-db"] if self.keepdb else []
        # Options alone, and their values, name no test.
        named = any(
            label.startswith("moztrap.") or Path(label.partition("::")[0]).exists()
            for label in labels
        )
        return [*found, *labels, *([] if named else [str(ROOT / "moztrap")])]

    @staticmethod
    def _hand_on_the_library() -> None:
        """Some tests start programs of their own, which find packages where this one does."""
        if vendor.is_in_use():
            paths = [*vendor.library_paths(), os.environ.get("PYTHONPATH", "")]
            os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, paths))
