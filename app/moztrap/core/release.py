"""Which release runs, under which settings."""

import json
from functools import cache
from pathlib import Path

from django.conf import settings

RELEASE_FILE = Path(__file__).resolve().parents[1] / "release.json"
DEVELOPMENT = "development"


@cache
def release_id() -> str:
    """The id in `moztrap/release.json`; without that file, "development"."""
    if not RELEASE_FILE.exists():
        return DEVELOPMENT
    return str(json.loads(RELEASE_FILE.read_text(encoding="utf-8"))["release_id"])


def deployment_id() -> str:
    """`<release id>-<settings digest>`: code and settings that went live together."""
    if release_id() == DEVELOPMENT or not settings.SETTINGS_DIGEST:
        return release_id()
    return f"{release_id()}-{settings.SETTINGS_DIGEST}"
