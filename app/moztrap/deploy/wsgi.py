"""The WSGI callable, `application`, for Apache with mod_wsgi or gunicorn."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "moztrap.settings.default")

application = get_wsgi_application()
