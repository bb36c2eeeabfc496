#!/usr/bin/env python3
"""Command line of MozTrap: `manage.py help` lists what it can do."""

import os
import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "moztrap.settings.default")
    execute_from_command_line(sys.argv)
