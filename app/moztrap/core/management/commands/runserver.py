"""`runserver`, for development alone."""

from typing import Any

from django.conf import settings
from django.contrib.staticfiles.management.commands.runserver import Command as StaticRunserver
from django.core.management.base import CommandError


class Command(StaticRunserver):
    """Refuses to serve a production site."""

    def handle(self, *args: Any, **options: Any) -> None:
        """Serve, unless these are the settings of production."""
        if not settings.DEBUG:
            raise CommandError(
                "runserver is for development; these are production settings (DEBUG is off, from "
                "moztrap/settings/local.py).\nServe moztrap/deploy/wsgi.py with Apache and "
                "mod_wsgi or with gunicorn. To develop, move local.py away."
            )
        super().handle(*args, **options)
