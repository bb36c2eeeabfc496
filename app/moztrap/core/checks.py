"""System checks: what would break, or endanger, a production site.

`manage.py check` shows them all; those of production run with `--deploy` too, and
`check --deploy --fail-level WARNING` is a gate of every release. A DEBUG site is not
asked for what only production needs.
"""

import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error, Warning

from moztrap.core.mail import LOCAL_HOSTS

LOCAL = "moztrap/settings/local.py"
IN_PROCESS_CACHES = (
    "django.core.cache.backends.locmem.LocMemCache",
    "django.core.cache.backends.dummy.DummyCache",
)
# They run whatever code the cache sends them; ours do the same and believe only what they signed.
SIGNED_INSTEAD = {
    "django.core.cache.backends.memcached.PyMemcacheCache": "SignedPymemcacheCache",
    "django.core.cache.backends.memcached.PyLibMCCache": "SignedPymemcacheCache",
    "django.core.cache.backends.redis.RedisCache": "SignedRedisCache",
    "django_redis.cache.RedisCache": "SignedRedisCache",
    "django.core.cache.backends.filebased.FileBasedCache": "SignedFileCache",
    "django.core.cache.backends.db.DatabaseCache": "SignedDatabaseCache",
}
PLACEHOLDER_DOMAINS = ("example.com", "example.org", "example.net", "localhost", "invalid")

# Settings that had another name in MozTrap 1, or in the Django of its time.
RENAMED = {
    "CACHE_BACKENDS": "The setting is CACHES.",
    "CACHE_BACKEND": "The setting is CACHES.",
    "TEMPLATE_DEBUG": "It is gone: DEBUG alone decides.",
    "SECURE_FRAME_DENY": 'The setting is X_FRAME_OPTIONS = "DENY", which is the default.',
    "DEFAULT_FILE_STORAGE": 'The setting is STORAGES["default"].',
    "STATICFILES_STORAGE": 'The setting is STORAGES["staticfiles"].',
    "HMAC_KEYS": "It is gone: passwords are hashed with Argon2. Delete the line.",
    "ACCOUNT_ACTIVATION_DAYS": "The setting is ACCOUNT_EMAIL_CONFIRMATION_EXPIRE_DAYS.",
    "MINIMUM_PASSWORD_CHARS": "The setting is AUTH_PASSWORD_VALIDATORS.",
    "PASSWORD_REQUIRE_ALPHA_NUMERIC": "The setting is AUTH_PASSWORD_VALIDATORS.",
    "FORBIDDEN_PASSWORDS": "The setting is AUTH_PASSWORD_VALIDATORS.",
    "MOZTRAP_NAME_SUFFIX": "The setting is SITE_NAME_SUFFIX.",
    "GOOGLE_ANALYTICS_ID": "It is gone: MozTrap sends nobody's visits anywhere. Delete the line.",
    "USE_GOOGLE_ANALYTICS": "It is gone: MozTrap sends nobody's visits anywhere. Delete the line.",
    "BROWSERID_CREATE_USER": "It is gone with BrowserID. Delete the line.",
}


@checks.register(checks.Tags.compatibility)
def renamed_settings(**kwargs: Any) -> list[CheckMessage]:
    """Old names would be ignored in silence."""
    return [
        Error(f"{name} is set in {LOCAL}, but nothing reads it.", hint=advice, id="moztrap.E001")
        for name, advice in RENAMED.items()
        if hasattr(settings, name)
    ]


@checks.register(checks.Tags.compatibility)
def browserid(**kwargs: Any) -> list[CheckMessage]:
    """BrowserID cannot be switched on any more."""
    if not settings.USE_BROWSERID:
        return []
    return [
        Error(
            "USE_BROWSERID = True: BrowserID (Persona) was shut down in 2016.",
            hint=(
                f"Set USE_BROWSERID = False in {LOCAL}, or delete the line: people then log in "
                "with passwords. Its successor for federated login is OpenID Connect (OIDC): "
                'LOGIN = "oidc".'
            ),
            id="moztrap.E002",
        )
    ]


@checks.register(checks.Tags.caches)
def cache_is_shared(**kwargs: Any) -> list[CheckMessage]:
    """A cache inside the process is a different one in every process."""
    backend = settings.CACHES["default"]["BACKEND"]
    if settings.DEBUG or settings.WEB_PROCESSES <= 1 or backend not in IN_PROCESS_CACHES:
        return []
    return [
        Error(
            f"CACHES uses {backend.rpartition('.')[2]}, which each process has for itself, but "
            f"{settings.WEB_PROCESSES} processes serve (WEB_PROCESSES).",
            hint=(
                "Sessions and logins would depend on which process answers. In "
                f'{LOCAL} use "moztrap.core.cache.SignedMemcachedCache" with the LOCATION of a '
                "memcached, or one of the others that local.sample.py names."
            ),
            id="moztrap.E003",
        )
    ]


@checks.register(checks.Tags.caches, deploy=True)
def cache_is_signed(**kwargs: Any) -> list[CheckMessage]:
    """A value that is unpickled unseen runs code of whoever could write it."""
    return [
        Warning(
            f"CACHES[{alias!r}] uses {cache['BACKEND']}, which believes whatever is in the cache.",
            hint=(
                f'In {LOCAL} use "moztrap.core.cache.{SIGNED_INSTEAD[cache["BACKEND"]]}", which '
                "takes back only what this site has signed."
            ),
            id="moztrap.W002",
        )
        for alias, cache in settings.CACHES.items()
        if cache["BACKEND"] in SIGNED_INSTEAD
    ]


@checks.register(checks.Tags.caches, deploy=True)
def cache_folder_is_private(**kwargs: Any) -> list[CheckMessage]:
    """Sessions are signed, not encrypted: who can read them sees who works here."""
    found: list[CheckMessage] = []
    for alias, cache in settings.CACHES.items():
        if cache["BACKEND"] != "moztrap.core.cache.SignedFileCache":
            continue
        folder = Path(cache["LOCATION"])
        if folder.is_dir() and stat.S_IMODE(folder.stat().st_mode) & 0o077:
            found.append(
                Warning(
                    f"Others may look into {folder}, the LOCATION of CACHES[{alias!r}].",
                    hint=f"Type: chmod 700 {folder}",
                    id="moztrap.W003",
                )
            )
    return found


@checks.register(checks.Tags.compatibility)
def registration(**kwargs: Any) -> list[CheckMessage]:
    """REGISTRATION is one of three words, and "domains" needs domains."""
    if settings.REGISTRATION not in ("open", "domains", "closed"):
        return [
            Error(
                f"REGISTRATION = {settings.REGISTRATION!r} means nothing.",
                hint='Use "open", "domains" or "closed".',
                id="moztrap.E004",
            )
        ]
    if settings.REGISTRATION == "domains" and not settings.REGISTRATION_DOMAINS:
        return [
            Error(
                'REGISTRATION = "domains", but REGISTRATION_DOMAINS is empty: nobody could.',
                hint='List the domains, as in REGISTRATION_DOMAINS = ["your-company.org"].',
                id="moztrap.E005",
            )
        ]
    return []


@checks.register(checks.Tags.security, deploy=True)
def site_url(**kwargs: Any) -> list[CheckMessage]:
    """Mailed links are made from SITE_URL."""
    return list(_site_url_problems())


def _site_url_problems() -> Iterator[CheckMessage]:
    site = urlsplit(settings.SITE_URL)
    if site.scheme != "https" or not site.hostname:
        yield Error(
            f"SITE_URL = {settings.SITE_URL!r} is no https address.",
            hint=f"Set it in {LOCAL} to the address people type, such as https://tests.your.org.",
            id="moztrap.E006",
        )
        return
    if site.path not in ("", "/") or site.query:
        yield Error(
            f"SITE_URL = {settings.SITE_URL!r} has a path; the site lives at the root.",
            hint=f"Set it to https://{site.netloc} in {LOCAL}.",
            id="moztrap.E007",
        )
    if not _is_allowed(site.hostname):
        yield Error(
            f"SITE_URL names {site.hostname}, which is not in ALLOWED_HOSTS "
            f"({', '.join(settings.ALLOWED_HOSTS) or 'empty'}).",
            hint=f"Every request would be answered with 400. Add it in {LOCAL}.",
            id="moztrap.E008",
        )


def _is_allowed(host: str) -> bool:
    return any(
        allowed in ("*", host) or (allowed.startswith(".") and f".{host}".endswith(allowed))
        for allowed in settings.ALLOWED_HOSTS
    )


@checks.register(checks.Tags.security, deploy=True)
def any_host_allowed(**kwargs: Any) -> list[CheckMessage]:
    """A wildcard lets anybody choose the name this site answers to."""
    if "*" not in settings.ALLOWED_HOSTS:
        return []
    return [
        Warning(
            'ALLOWED_HOSTS contains "*".',
            hint=f"Name the hosts in {LOCAL}.",
            id="moztrap.W001",
        )
    ]


@checks.register(checks.Tags.security, deploy=True)
def mail(**kwargs: Any) -> list[CheckMessage]:
    """Registration and forgotten passwords need mail that arrives."""
    problems: list[CheckMessage] = []
    domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].rstrip("> ").lower()
    placeholder = any(domain == name or domain.endswith(f".{name}") for name in PLACEHOLDER_DOMAINS)
    if placeholder or "." not in domain:
        problems.append(
            Error(
                f"DEFAULT_FROM_EMAIL = {settings.DEFAULT_FROM_EMAIL!r} is a placeholder.",
                hint=f"Set it in {LOCAL} to an address that your mail server may send from.",
                id="moztrap.E009",
            )
        )
    if settings.EMAIL_BACKEND.split(".")[-2] in ("console", "dummy", "locmem"):
        problems.append(
            Error(
                f"EMAIL_BACKEND = {settings.EMAIL_BACKEND!r} sends no mail.",
                hint=(
                    'Use "django.core.mail.backends.smtp.EmailBackend" with EMAIL_HOST '
                    f"and EMAIL_PORT in {LOCAL}."
                ),
                id="moztrap.E010",
            )
        )
    return problems + _mail_server_problems()


def _mail_server_problems() -> list[CheckMessage]:
    if settings.EMAIL_USE_TLS and settings.EMAIL_USE_SSL:
        return [
            Error(
                "EMAIL_USE_TLS and EMAIL_USE_SSL are both True, so that no mail could be sent.",
                hint=f"In {LOCAL} keep EMAIL_USE_SSL for port 465, EMAIL_USE_TLS for others.",
                id="moztrap.E013",
            )
        ]
    is_secure = settings.EMAIL_USE_TLS or settings.EMAIL_USE_SSL
    if settings.EMAIL_HOST_USER and not is_secure and settings.EMAIL_HOST not in LOCAL_HOSTS:
        return [
            Warning(
                f"EMAIL_HOST_PASSWORD goes to {settings.EMAIL_HOST} in the clear.",
                hint=f"Set EMAIL_USE_TLS = True (or EMAIL_USE_SSL, for port 465) in {LOCAL}.",
                id="moztrap.W004",
            )
        ]
    return []


@checks.register(checks.Tags.security, deploy=True)
def compressed_assets(**kwargs: Any) -> list[CheckMessage]:
    """Pages name assets by their content only when they were compressed at build time."""
    return [
        Error(
            f"{name} is False.",
            hint=f"Set it to True in {LOCAL}: assets are built once, before the release.",
            id="moztrap.E011",
        )
        for name in ("COMPRESS_ENABLED", "COMPRESS_OFFLINE")
        if not getattr(settings, name)
    ]


@checks.register(checks.Tags.database, deploy=True)
def engine_statement(**kwargs: Any) -> list[CheckMessage]:
    """`init_command` costs a statement on each connection, and is for migrations alone."""
    options = settings.DATABASES["default"].get("OPTIONS", {})
    if "init_command" not in options or settings.MIGRATE_OPTION_FILE:
        return []
    return [
        Error(
            "DATABASES has an init_command, which every connection would run.",
            hint=f"Comment it out in {LOCAL}; migrations set it by themselves.",
            id="moztrap.E012",
        )
    ]
