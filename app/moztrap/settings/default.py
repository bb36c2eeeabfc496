"""Development defaults; `local.py` beside this file, imported last, makes production.

Without `local.py`: DEBUG, SQLite, mail on the console, cache in the process.
With it: everything that must be safe is safe unless `local.py` says otherwise.
Every setting that an operator may want is documented in `local.sample.py`.
"""

from importlib.util import find_spec
from pathlib import Path
from typing import Any

from moztrap.settings import guard
from moztrap.settings.common import *  # noqa: F403

HAS_LOCAL = find_spec("moztrap.settings.local") is not None

APP_ROOT = Path(__file__).resolve().parents[2]

DEBUG = not HAS_LOCAL
SECRET_KEY = "" if HAS_LOCAL else guard.DEVELOPMENT_SECRET_KEY
SITE_URL = "" if HAS_LOCAL else "http://localhost:8000"

DATABASES: dict[str, dict[str, Any]] = {
    "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": APP_ROOT / "db.sqlite3"}
}
CACHES: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
}
EMAIL_BACKEND = (
    "django.core.mail.backends.smtp.EmailBackend"
    if HAS_LOCAL
    else "django.core.mail.backends.console.EmailBackend"
)

SESSION_COOKIE_SECURE = HAS_LOCAL
CSRF_COOKIE_SECURE = HAS_LOCAL
SECURE_SSL_REDIRECT = HAS_LOCAL
SECURE_HSTS_SECONDS = 31536000 if HAS_LOCAL else 0
COMPRESS_ENABLED = HAS_LOCAL
COMPRESS_OFFLINE = HAS_LOCAL

if HAS_LOCAL:
    from moztrap.settings.local import *  # type: ignore[import-not-found,unused-ignore]  # noqa: F403

guard.finish(globals())
