"""Assets: what a build leaves, and pages that find it."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

APP = Path(__file__).resolve().parents[3]
CSS = APP / "moztrap" / "core" / "static" / "core" / "css"
LOCAL = """
SITE_URL = "https://tests.company.internal"
ALLOWED_HOSTS = ["testserver"]
SECRET_KEY = "q9f0aB-7xZ_2kLmNq9f0aB-7xZ_2kLmNq9f0aB-7xZ_2kLmNq9f0aB"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "site.sqlite3"}}
"""
# Every page of the site, and the error pages, as a production site renders them.
WALK = """
import django
django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
from django.urls import reverse
from moztrap.accounts.models import User
from moztrap.core.testing import HttpsClient
from moztrap.core.tests.test_access import GUARDED, address
client = HttpsClient(raise_request_exception=False)
client.force_login(User.objects.create_superuser("root", "root@people.test", "x"))
OPEN_PATHS = [
    "/accounts/login/", "/accounts/signup/", "/accounts/password/reset/", "/nothing/",
    "/accounts/password/reset/done/", "/accounts/password/reset/key/done/",
    "/accounts/password/reset/key/1-x/", "/accounts/confirm-email/", "/accounts/confirm-email/x/",
    "/accounts/inactive/", "/accounts/logout/",
]
seen = 0
for who in (HttpsClient(), client):
    for path in [*(address(name) for name in GUARDED), *OPEN_PATHS]:
        page = who.get(path)
        is_page = page["Content-Type"].startswith("text/html")
        if page.status_code in (301, 302, 405) or not is_page:
            continue
        assert b'/static/CACHE/css/site.' in page.content, path
        assert b'core/css/' not in page.content, path
        seen += 1
print("pages:", seen)
"""


def copy_of_source(target: Path) -> Path:
    ignore = shutil.ignore_patterns("__pycache__", "local.py", "manifests", "release.json")
    shutil.copytree(APP / "moztrap", target / "moztrap", ignore=ignore)
    shutil.copy(APP / "manage.py", target)
    return target


def run(folder: Path, settings: str, *arguments: str) -> str:
    paths = filter(None, (str(folder), os.environ.get("PYTHONPATH")))
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": settings,
        "PYTHONPATH": os.pathsep.join(paths),
    }
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=folder, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def build(folder: Path) -> dict[str, str]:
    run(folder, "moztrap.settings.build", "manage.py", "collectstatic", "--noinput", "-v0")
    run(folder, "moztrap.settings.build", "manage.py", "compress", "-v0")
    built = [*folder.glob("collected-assets/**/*"), *folder.glob("moztrap/manifests/*")]
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in built
        if path.is_file()
    }


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    folder = copy_of_source(tmp_path_factory.mktemp("build"))
    return folder, build(folder)


def test_two_builds_leave_the_same_bytes(built, tmp_path: Path) -> None:
    assert build(copy_of_source(tmp_path)) == built[1]


def test_the_manifests_travel_with_the_code(built) -> None:
    folder, digests = built
    assert "moztrap/manifests/compress.json" in digests
    names = json.loads((folder / "moztrap/manifests/staticfiles.json").read_text())["paths"]
    for plain, hashed in names.items():
        assert hashed != plain
        assert f"collected-assets/{hashed}" in digests
    assert not [path for path in digests if path.endswith("assets/staticfiles.json")]


def test_every_page_of_a_production_site_finds_its_stylesheet(built) -> None:
    folder, digests = built
    (folder / "moztrap" / "settings" / "local.py").write_text(LOCAL)
    said = run(folder, "moztrap.settings.default", "-c", WALK)
    assert int(said.split(":")[1]) > 25
    [link] = re.findall(
        r"CACHE/css/site\.\w+\.css", (folder / "moztrap/manifests/compress.json").read_text()
    )
    assert f"collected-assets/{link}" in digests


def test_style_sheets_name_no_other_file() -> None:
    """A url() would be an asset whose name does not follow from its content."""
    for path in CSS.glob("*.css"):
        assert "url(" not in path.read_text(), path.name
        assert "@import" not in path.read_text(), path.name


def schemes() -> dict[str, dict[str, str]]:
    light, _, dark = (CSS / "tokens.css").read_text().partition("@media")
    values = re.compile(r"--([\w-]+): (#[0-9a-f]{6})")
    plain = dict(values.findall(light))
    return {"light": plain, "dark": plain | dict(values.findall(dark))}


def luminance(colour: str) -> float:
    channels = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    bright, dim = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


TEXT = [
    *((text, ground) for text in ("ink", "ink-soft", "accent", "danger")
      for ground in ("ground", "surface", "surface-sunk", "surface-hover")),
    ("accent-ink", "accent"), ("accent-ink", "accent-hover"), ("danger-ink", "danger"),
    ("danger-ink", "danger-hover"),
    *((f"{name}-wash-ink", f"{name}-wash")
      for name in ("accent", "danger", "warning", "success", "neutral")),
]  # fmt: skip


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_is_readable_and_edges_can_be_seen(scheme: str) -> None:
    colours = schemes()[scheme]
    for text, ground in TEXT:
        assert contrast(colours[text], colours[ground]) >= 4.5, f"{text} on {ground}"
    for edge in ("line-strong", "focus"):
        for ground in ("ground", "surface"):
            assert contrast(colours[edge], colours[ground]) >= 3, f"{edge} on {ground}"
