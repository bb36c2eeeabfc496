"""Settings for tests: fast, and independent of any local.py.

SQLite by default. MOZTRAP_TEST_DATABASE=mariadb uses a MariaDB or MySQL server:
MOZTRAP_TEST_DATABASE_HOST (a socket's path works), _PORT, _USER, _PASSWORD, _NAME.
"""

import os
from typing import Any

from moztrap.settings import guard
from moztrap.settings.common import *  # noqa: F403
from moztrap.settings.common import DATABASE_COLLATION

DEBUG = False
SECRET_KEY = "for-tests-alone-" + "0123456789abcdefghijklmnopqrstuvwxyz" * 2
SITE_URL = "https://testserver"
SECURE_SSL_REDIRECT = False
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
SECURE_HSTS_SECONDS = 0
COMPRESS_ENABLED = False
COMPRESS_OFFLINE = False

DATABASES: dict[str, dict[str, Any]] = {
    "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}
}
if os.environ.get("MOZTRAP_TEST_DATABASE") == "mariadb":
    DATABASES["default"] = {
        "ENGINE": "django.db.backends.mysql",
        "NAME": os.environ.get("MOZTRAP_TEST_DATABASE_NAME", "moztrap"),
        "HOST": os.environ.get("MOZTRAP_TEST_DATABASE_HOST", "localhost"),
        "PORT": os.environ.get("MOZTRAP_TEST_DATABASE_PORT", ""),
        "USER": os.environ.get("MOZTRAP_TEST_DATABASE_USER", "root"),
        "PASSWORD": os.environ.get("MOZTRAP_TEST_DATABASE_PASSWORD", ""),
        "OPTIONS": {"charset": "utf8mb4", "init_command": guard.ENGINE_STATEMENT},
        "TEST": {"CHARSET": "utf8mb4", "COLLATION": DATABASE_COLLATION},
    }
CACHES: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
}
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
DEFAULT_FROM_EMAIL = "moztrap@testserver"
# No test leaves a file behind.
MEDIA_STORAGE = "database"
# The real hasher is slow on purpose.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

guard.finish(globals())
