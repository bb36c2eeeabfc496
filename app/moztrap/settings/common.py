"""What development, production, tests and builds share."""

from pathlib import Path
from typing import Any

from csp.constants import NONCE, NONE, SELF

PACKAGE_ROOT = Path(__file__).resolve().parents[1]
PROJECT_ROOT = PACKAGE_ROOT.parent

# --- Ours ---------------------------------------------------------------------
ALLOW_ANONYMOUS_ACCESS = False
USE_BROWSERID = False
REGISTRATION = "open"
REGISTRATION_DOMAINS: list[str] = []
DEFAULT_NEW_USER_ROLE = "Tester"
LOGIN = "password"
OIDC_ISSUER = ""
OIDC_CLIENT_ID = ""
OIDC_CLIENT_SECRET = ""
OIDC_PROVIDER_NAME = ""
OIDC_SCOPES = ["openid", "profile", "email"]
OIDC_PASSWORD_LOGIN = "superusers"  # noqa: S105  # whose, not which
OIDC_TRUST_EMAIL = False
OIDC_LINK_ACCOUNTS = False
OIDC_ROLE_CLAIM = ""
OIDC_ROLES: dict[str, str] = {}
OIDC_ACCESS_CLAIM = ""
OIDC_ACCESS_VALUES: list[str] = []
WEB_PROCESSES = 1
SETTINGS_DIGEST = ""
HEALTH_DETAIL_ADDRESSES: list[str] = ["127.0.0.1", "::1"]
MIGRATE_OPTION_FILE = ""
DATABASE_COLLATION = "utf8mb4_unicode_520_ci"
SITE_NAME_SUFFIX = ""
MEDIA_STORAGE = "filesystem"
ATTACHMENT_MEGABYTES = 25
MANIFEST_ROOT = PACKAGE_ROOT / "manifests"
SESSION_CACHE_SECONDS = 300
MAIL_STATUS: list[str] = []

# --- Django -------------------------------------------------------------------
INSTALLED_APPS = [
    "moztrap.core",
    "moztrap.accounts",
    "moztrap.environments",
    "moztrap.catalog",
    "moztrap.library",
    "moztrap.execution",
    "moztrap.reports",
    "moztrap.api",
    "allauth",
    "allauth.account",
    # Always, so that its tables are there whichever login is chosen.
    "allauth.socialaccount",
    "compressor",
    "csp",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.forms",
]

MIDDLEWARE = [
    "moztrap.core.middleware.DeploymentHeaderMiddleware",
    # Around everything that may answer with an error page.
    "csp.middleware.CSPMiddleware",
    "moztrap.core.middleware.BrowserPolicyMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "moztrap.core.middleware.AccessMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]

ROOT_URLCONF = "moztrap.urls"
WSGI_APPLICATION = "moztrap.deploy.wsgi.application"
# `manage.py test`
TEST_RUNNER = "moztrap.core.pytest_runner.PytestRunner"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
FORM_RENDERER = "moztrap.core.forms.Renderer"

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "moztrap.core.context.site",
            ],
            "builtins": ["django.templatetags.static"],
        },
    }
]

LANGUAGE_CODE = "en"
USE_I18N = False
TIME_ZONE = "UTC"
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = PROJECT_ROOT / "collected-assets"
MEDIA_URL = "/media/"
MEDIA_ROOT = PROJECT_ROOT / "media"
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "compressor.finders.CompressorFinder",
]

COMPRESS_CSS_HASHING_METHOD = "content"
COMPRESS_OFFLINE_MANIFEST = "compress.json"

# --- Login and sessions ---------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["moztrap.accounts.backends.AccountBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "account_login"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ["username", "email"]},
    },
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
PASSWORD_RESET_TIMEOUT = 60 * 60 * 24

SESSION_ENGINE = "moztrap.core.sessions"
SESSION_COOKIE_AGE = 60 * 60 * 24 * 90
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "moztrap.core.views.errors.csrf_failure"

ACCOUNT_ADAPTER = "moztrap.accounts.adapter.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "moztrap.accounts.forms.LoginForm",
    "signup": "moztrap.accounts.forms.SignupForm",
    "reset_password": "moztrap.accounts.forms.ResetPasswordForm",
    "reset_password_from_key": "moztrap.accounts.forms.ResetPasswordKeyForm",
    "change_password": "moztrap.accounts.forms.ChangePasswordForm",
}
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_CONFIRMATION_EXPIRE_DAYS = 1
ACCOUNT_EMAIL_SUBJECT_PREFIX = "[MozTrap] "
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_PRESERVE_USERNAME_CASING = True
ACCOUNT_USERNAME_MIN_LENGTH = 2
# What the provider of LOGIN = "oidc" says of an address is judged by moztrap.accounts.oidc.
SOCIALACCOUNT_ADAPTER = "moztrap.accounts.oidc.people.ProviderPeopleAdapter"
SOCIALACCOUNT_EMAIL_VERIFICATION = "none"
SOCIALACCOUNT_STORE_TOKENS = False
# Counted in the database by moztrap.accounts.throttle: limits that live in the
# cache would lock everybody out, or let everybody in, when the cache is away.
ACCOUNT_RATE_LIMITS = False

# --- What browsers are told -----------------------------------------------------
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY: dict[str, Any] = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}

DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000

# --- The API --------------------------------------------------------------------
REST_FRAMEWORK: dict[str, Any] = {
    "EXCEPTION_HANDLER": "moztrap.api.errors.explain",
    "DEFAULT_SCHEMA_CLASS": "moztrap.api.schema.ApiSchema",
}
SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "MozTrap",
    "DESCRIPTION": "Test cases, runs and results. Send your token as “Authorization: Bearer …”.",
    "VERSION": "1",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SERVE_INCLUDE_SCHEMA": False,
    "APPEND_COMPONENTS": {"securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
    "SECURITY": [{"token": []}],
    "ENUM_NAME_OVERRIDES": {
        "Status": "moztrap.library.models.Status",
        "Priority": "moztrap.library.models.Priority",
        "CellStatus": "moztrap.execution.models.CellStatus",
        "ResultStatus": "moztrap.execution.models.ResultStatus",
        "StepStatus": "moztrap.api.serializers.results.STEP_STATUSES",
        "Review": "moztrap.execution.models.Review",
        "ClosedAs": "moztrap.api.serializers.execution.CLOSED_AS",
    },
}

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"},
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        "moztrap": {"level": "INFO"},
        "django.server": {"level": "INFO"},
    },
}
