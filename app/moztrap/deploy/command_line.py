"""What `manage.py` and `vendor-manage.py` do once Django can be imported."""

import os
import sys


def main() -> None:
    """Run the command that was typed; `test` has settings of its own."""
    # Production's would have the tests ask for a database with the runtime account.
    which = "test" if sys.argv[1:2] == ["test"] else "default"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", f"moztrap.settings.{which}")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
