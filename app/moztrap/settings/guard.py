"""The last step of the settings: derive what follows from others, refuse what is unsafe."""

from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

DEVELOPMENT_SECRET_KEY = "development-only-" + "not-a-secret-" * 4
PLACEHOLDER_MARKS = ("change-me", "changeme", "placeholder", "not-a-secret", "insecure", "example")
SHORTEST_SECRET = 50
MEDIA_BACKENDS = {
    "filesystem": "django.core.files.storage.FileSystemStorage",
    "database": "moztrap.core.database_storage.DatabaseStorage",
}
ENGINE_STATEMENT = "SET default_storage_engine=InnoDB"


def finish(names: dict[str, Any]) -> None:
    """Complete the settings in `names` (the module's globals), or raise ImproperlyConfigured."""
    derive_from_site_url(names)
    use_migrate_option_file(names)
    set_storages(names)
    allow_static_origin(names)
    silence_what_was_decided(names)
    if not names["DEBUG"]:
        refuse_placeholder_secret(names)


def derive_from_site_url(names: dict[str, Any]) -> None:
    """ALLOWED_HOSTS, CSRF_TRUSTED_ORIGINS and mailed links follow from SITE_URL."""
    site = urlsplit(names["SITE_URL"])
    names.setdefault("ALLOWED_HOSTS", [site.hostname] if site.hostname else [])
    if names["DEBUG"] and names["ALLOWED_HOSTS"] == ["localhost"]:
        names["ALLOWED_HOSTS"] = ["localhost", "127.0.0.1", "[::1]"]
    origin = f"{site.scheme}://{site.netloc}"
    names.setdefault("CSRF_TRUSTED_ORIGINS", [origin] if site.scheme == "https" else [])
    names.setdefault("ACCOUNT_DEFAULT_HTTP_PROTOCOL", site.scheme or "https")


def use_migrate_option_file(names: dict[str, Any]) -> None:
    """In phase 1 the owner's account comes from an option file; tables are made InnoDB."""
    path = names["MIGRATE_OPTION_FILE"]
    if not path:
        return
    database = names["DATABASES"]["default"]
    # What stands here would win over the file.
    database.pop("USER", None)
    database.pop("PASSWORD", None)
    options = database.setdefault("OPTIONS", {})
    options["read_default_file"] = path
    options.setdefault("init_command", ENGINE_STATEMENT)


def set_storages(names: dict[str, Any]) -> None:
    """Hashed names and manifests beside the code when compressed; plain files otherwise."""
    if "STORAGES" in names:
        return
    compressed = names["COMPRESS_ENABLED"]
    names["STORAGES"] = {
        "default": {"BACKEND": media_backend(names["MEDIA_STORAGE"])},
        "staticfiles": {
            "BACKEND": "moztrap.core.storage.ReleaseStaticFilesStorage"
            if compressed
            else "django.contrib.staticfiles.storage.StaticFilesStorage"
        },
        "compressor": {"BACKEND": "compressor.storage.CompressorFileStorage"},
        "compressor-offline": {"BACKEND": "moztrap.core.storage.CompressManifestStorage"},
    }
    names["COMPRESS_OFFLINE_MANIFEST_STORAGE_ALIAS"] = "compressor-offline"


def media_backend(chosen: str) -> str:
    """Return the storage of uploads, or raise ImproperlyConfigured."""
    if chosen not in MEDIA_BACKENDS:
        raise ImproperlyConfigured(
            f"MEDIA_STORAGE = {chosen!r} in moztrap/settings/local.py means nothing. "
            f"Use {' or '.join(repr(name) for name in MEDIA_BACKENDS)}."
        )
    return MEDIA_BACKENDS[chosen]


def allow_static_origin(names: dict[str, Any]) -> None:
    """Assets may come from a host of their own; the content policy must name it."""
    asset_host = urlsplit(names["STATIC_URL"])
    if not asset_host.netloc:
        return
    directives = names["CONTENT_SECURITY_POLICY"]["DIRECTIVES"]
    for directive in ("script-src", "style-src", "img-src", "font-src", "manifest-src"):
        directives[directive].append(f"{asset_host.scheme or 'https'}://{asset_host.netloc}")


def silence_what_was_decided(names: dict[str, Any]) -> None:
    """HSTS for subdomains and preloading bind hosts that are not ours: off unless asked for.

    Django warns of both (W005, W021). Exactly these two are silenced, and only while off.
    """
    if "SILENCED_SYSTEM_CHECKS" in names:
        return
    decided = {
        "security.W005": names.get("SECURE_HSTS_INCLUDE_SUBDOMAINS", False),
        "security.W021": names.get("SECURE_HSTS_PRELOAD", False),
    }
    names["SILENCED_SYSTEM_CHECKS"] = [check for check, is_on in decided.items() if not is_on]


def refuse_placeholder_secret(names: dict[str, Any]) -> None:
    """Production does not start with a secret that anybody could know."""
    secrets = [("SECRET_KEY", names["SECRET_KEY"])]
    secrets += [("SECRET_KEY_FALLBACKS", old) for old in names.get("SECRET_KEY_FALLBACKS", [])]
    for name, secret in secrets:
        problem = secret_problem(secret)
        if problem:
            raise ImproperlyConfigured(
                f"{name} in moztrap/settings/local.py {problem}. MozTrap does not start in "
                "production with it. Make one with:\n"
                '  python3 -c "import secrets; print(secrets.token_urlsafe(64))"'
            )


def secret_problem(secret: str) -> str:
    """What is wrong with a secret key, or nothing."""
    if not secret:
        return "is missing"
    if any(mark in secret.lower() for mark in PLACEHOLDER_MARKS):
        return "is a placeholder"
    if len(secret) < SHORTEST_SECRET or len(set(secret)) < 5:
        return f"is too short or too simple (it needs {SHORTEST_SECRET} characters or more)"
    return ""
