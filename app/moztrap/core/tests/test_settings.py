"""Settings: what follows from what, and what is refused."""

import os
import re
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as site
from django.core.checks import run_checks
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.test import override_settings

from moztrap.core import checks
from moztrap.core.testing import DOCUMENTATION, WITHOUT_DOCUMENTATION
from moztrap.settings import guard

APP = Path(__file__).resolve().parents[3]
SAMPLE = APP / "moztrap" / "settings" / "local.sample.py"
SECRET = "q9f" + "0aB-7xZ_2kLmN" * 5
GOOD = f"""
SITE_URL = "https://tests.company.internal"
SECRET_KEY = "{SECRET}"
DEFAULT_FROM_EMAIL = "MozTrap <tests@company.internal>"
WEB_PROCESSES = 2
CACHES = {{"default": {{"BACKEND": "moztrap.core.cache.SignedMemcachedCache",
    "LOCATION": "127.0.0.1:1"}}}}
"""


def manage(tmp_path: Path, local: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run manage.py with `local` as local.py, which lies outside the source tree."""
    (tmp_path / "local.py").write_text(local)
    program = (
        "import sys, moztrap.settings\n"
        f"moztrap.settings.__path__.append({str(tmp_path)!r})\n"
        "from django.core.management import execute_from_command_line\n"
        "execute_from_command_line(['manage.py', *sys.argv[1:]])\n"
    )
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "moztrap.settings.default"}
    return subprocess.run(
        [sys.executable, "-c", program, *arguments],
        cwd=APP, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_a_good_production_site_passes_checksecure(tmp_path: Path) -> None:
    done = manage(tmp_path, GOOD, "checksecure")
    assert done.returncode == 0, done.stderr
    assert "(2 silenced)" in done.stdout


def test_exactly_two_warnings_are_silenced(tmp_path: Path) -> None:
    shown = manage(tmp_path, GOOD, "diffsettings")
    assert "SILENCED_SYSTEM_CHECKS = ['security.W005', 'security.W021']" in shown.stdout
    with_hsts = GOOD + "SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = True\n"
    assert "(0 silenced)" in manage(tmp_path, with_hsts, "checksecure").stdout


@pytest.mark.parametrize("secret", ["", "change-me", "short", "a" * 80, "django-insecure-" * 5])
def test_a_secret_that_anybody_could_know_is_refused(secret: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="token_urlsafe"):
        guard.refuse_placeholder_secret({"SECRET_KEY": secret})


def test_production_does_not_start_with_a_placeholder(tmp_path: Path) -> None:
    done = manage(
        tmp_path, GOOD.replace(SECRET, "change-me"), "shell", "-c", "import moztrap.deploy.wsgi"
    )
    assert done.returncode != 0
    assert "SECRET_KEY in moztrap/settings/local.py is a placeholder" in done.stderr


def test_wsgi_is_importable_in_production(tmp_path: Path) -> None:
    done = manage(
        tmp_path, GOOD, "shell", "-c", "from moztrap.deploy.wsgi import application; print('yes')"
    )
    assert "yes" in done.stdout, done.stderr


def test_runserver_is_refused_in_production(tmp_path: Path) -> None:
    done = manage(tmp_path, GOOD, "runserver", "--noreload", "127.0.0.1:1")
    assert done.returncode != 0
    assert "mod_wsgi or with gunicorn" in done.stderr


PRODUCTION = {
    "SITE_URL": "https://tests.company.internal",
    "ALLOWED_HOSTS": ["tests.company.internal"],
    "DEFAULT_FROM_EMAIL": "MozTrap <tests@company.internal>",
    "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
    "EMAIL_HOST": "smtp.company.internal",
    "EMAIL_HOST_USER": "moztrap",
    "EMAIL_USE_TLS": True,
    "WEB_PROCESSES": 2,
    # Tests on MariaDB set a statement of their own, as the deployment guide asks.
    "DATABASES": {"default": {"ENGINE": "django.db.backends.mysql", "OPTIONS": {}}},
    "CACHES": {
        "default": {
            "BACKEND": "moztrap.core.cache.SignedMemcachedCache",
            "LOCATION": "127.0.0.1:1",
        }
    },
    "COMPRESS_ENABLED": True,
    "COMPRESS_OFFLINE": True,
    "SECURE_SSL_REDIRECT": True,
    "SECURE_HSTS_SECONDS": 31536000,
    "SILENCED_SYSTEM_CHECKS": ["security.W005", "security.W021"],
}
UNSIGNED = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": "redis://127.0.0.1:1",
    }
}
LOCAL_MEMORY = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
WITH_STATEMENT = {"default": {"ENGINE": "x", "OPTIONS": {"init_command": "SET x=1"}}}


@pytest.mark.filterwarnings("ignore:Overriding setting DATABASES")
@pytest.mark.parametrize(
    ("name", "value", "identifier", "words"),
    [
        ("USE_BROWSERID", True, "E002", "OpenID Connect"),
        ("CACHE_BACKENDS", {}, "E001", "The setting is CACHES"),
        ("HMAC_KEYS", {}, "E001", "Argon2"),
        ("CACHES", LOCAL_MEMORY, "E003", "memcached"),
        ("CACHES", UNSIGNED, "W002", "SignedRedisCache"),
        ("REGISTRATION", "maybe", "E004", '"domains"'),
        ("REGISTRATION", "domains", "E005", "REGISTRATION_DOMAINS"),
        ("SITE_URL", "http://tests.company.internal", "E006", "https"),
        ("SITE_URL", "https://tests.company.internal/moztrap", "E007", "https://tests."),
        ("ALLOWED_HOSTS", ["other.internal"], "E008", "Add it"),
        ("ALLOWED_HOSTS", ["*"], "W001", "Name the hosts"),
        ("DEFAULT_FROM_EMAIL", "moztrap@example.com", "E009", "may send from"),
        ("EMAIL_BACKEND", "django.core.mail.backends.console.EmailBackend", "E010", "EMAIL_HOST"),
        ("EMAIL_USE_SSL", True, "E013", "port 465"),
        ("EMAIL_USE_TLS", False, "W004", "EMAIL_USE_TLS = True"),
        ("COMPRESS_OFFLINE", False, "E011", "built once"),
        ("DATABASES", WITH_STATEMENT, "E012", "Comment it out"),
    ],
)
def test_each_mistake_is_named_with_its_remedy(
    name: str, value: object, identifier: str, words: str
) -> None:
    functions = [
        checks.renamed_settings, checks.browserid, checks.cache_is_shared, checks.registration,
        checks.cache_is_signed, checks.site_url, checks.any_host_allowed, checks.mail,
        checks.compressed_assets,
        checks.engine_statement,
    ]  # fmt: skip
    with override_settings(**PRODUCTION):
        assert not [found for look in functions for found in look()]
    with override_settings(**PRODUCTION | {name: value}):
        [found] = [found for look in functions for found in look()]
    assert found.id == f"moztrap.{identifier}"
    assert words in str(found.hint)
    assert name in str(found.msg) or identifier in {"E005", "W004"}


def test_a_sample_taken_as_it_is_does_not_start(tmp_path: Path) -> None:
    done = manage(tmp_path, SAMPLE.read_text(), "check")
    assert "is a placeholder" in done.stderr


def test_phase_one_takes_the_account_from_the_option_file() -> None:
    database: dict[str, Any] = {"USER": "moztrap", "PASSWORD": "x", "OPTIONS": {"charset": "u"}}
    guard.use_migrate_option_file(
        {"MIGRATE_OPTION_FILE": "/run/owner.cnf", "DATABASES": {"default": database}}
    )
    assert database == {
        "OPTIONS": {
            "charset": "u",
            "read_default_file": "/run/owner.cnf",
            "init_command": "SET default_storage_engine=InnoDB",
        }
    }


def test_assets_of_another_host_are_allowed_by_the_policy() -> None:
    directives = {
        name: ["'self'"]
        for name in ("script-src", "style-src", "img-src", "font-src", "manifest-src")
    }
    guard.allow_static_origin(
        {
            "STATIC_URL": "https://assets.company.internal/static/",
            "CONTENT_SECURITY_POLICY": {"DIRECTIVES": directives},
        }
    )
    assert directives["style-src"] == ["'self'", "https://assets.company.internal"]


def test_development_needs_no_settings() -> None:
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "moztrap.settings.default"}
    done = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=APP, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_the_sample_documents_every_setting_of_ours() -> None:
    documented = set(re.findall(r"^(?:# )?([A-Z][A-Z_]+) = ", SAMPLE.read_text(), re.MULTILINE))
    common = (APP / "moztrap" / "settings" / "common.py").read_text()
    ours, _, _ = common.partition("# --- Django")
    names = set(re.findall(r"^([A-Z][A-Z_]+)(?:: .*)? = ", ours, re.MULTILINE))
    internal = {"PACKAGE_ROOT", "PROJECT_ROOT", "MANIFEST_ROOT"}
    assert names - internal <= documented
    required = (
        "SECRET_KEY SECRET_KEY_FALLBACKS ALLOWED_HOSTS SITE_URL DATABASES CACHES EMAIL_HOST "
        "EMAIL_PORT EMAIL_HOST_USER EMAIL_HOST_PASSWORD EMAIL_USE_TLS DEFAULT_FROM_EMAIL "
        "ALLOW_ANONYMOUS_ACCESS SESSION_COOKIE_SECURE CSRF_COOKIE_SECURE SECURE_HSTS_SECONDS "
        "SECURE_PROXY_SSL_HEADER REGISTRATION REGISTRATION_DOMAINS COMPRESS_ENABLED "
        "COMPRESS_OFFLINE STATIC_URL STATIC_ROOT MEDIA_URL MEDIA_ROOT LOGGING"
    )
    assert set(required.split()) <= documented


def test_each_setting_says_its_default() -> None:
    blocks = re.split(r"\n\n", SAMPLE.read_text())
    settings = [block for block in blocks if re.search(r"^(?:# )?[A-Z_]+ = ", block, re.MULTILINE)]
    silent = [block.splitlines()[-1] for block in settings if "# Default:" not in block]
    assert not silent


def test_the_sample_is_python() -> None:
    assert runpy.run_path(str(SAMPLE))["WEB_PROCESSES"] == 2


@pytest.mark.skipif(not DOCUMENTATION.is_dir(), reason=WITHOUT_DOCUMENTATION)
def test_the_operators_page_is_up_to_date() -> None:
    call_command("settings_reference", check=True)


def test_the_tests_themselves_pass_the_checks(db) -> None:
    assert run_checks() == []


@override_settings(DEBUG=False, WEB_PROCESSES=1)
def test_one_process_may_have_a_cache_of_its_own() -> None:
    assert checks.cache_is_shared() == []


def test_a_missing_secret_is_told_apart_from_a_short_one() -> None:
    with pytest.raises(ImproperlyConfigured, match="is missing"):
        guard.refuse_placeholder_secret({"SECRET_KEY": ""})
    with pytest.raises(ImproperlyConfigured, match=r"SECRET_KEY_FALLBACKS .* too short"):
        guard.refuse_placeholder_secret({"SECRET_KEY": SECRET, "SECRET_KEY_FALLBACKS": ["old"]})


def test_a_stale_page_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from moztrap.core.management.commands import settings_reference

    monkeypatch.setattr(settings_reference, "PAGE", tmp_path / "settings.md")
    with pytest.raises(CommandError, match="is stale"):
        call_command("settings_reference", check=True)
    call_command("settings_reference")
    call_command("settings_reference", check=True)
    assert site.PROJECT_ROOT == APP
