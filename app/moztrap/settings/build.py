"""Settings for building assets: no database, no secret, no local.py.

`collectstatic` and `compress` run with them on the build host. What they leave
depends on the source alone, and on MOZTRAP_STATIC_URL.
"""

import os
import secrets
from typing import Any

from moztrap.settings import guard
from moztrap.settings.common import *  # noqa: F403

DEBUG = False
# Nothing that a build leaves is signed with it.
SECRET_KEY = secrets.token_urlsafe(64)
SITE_URL = "https://build.invalid"
STATIC_URL = os.environ.get("MOZTRAP_STATIC_URL", "/static/")
COMPRESS_ENABLED = True
COMPRESS_OFFLINE = True
DATABASES: dict[str, dict[str, Any]] = {"default": {"ENGINE": "django.db.backends.dummy"}}
CACHES: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}
}

guard.finish(globals())
