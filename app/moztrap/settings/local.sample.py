"""The settings of one site: copy to `local.py` in this folder, and read every comment.

`default.py` imports `local.py` last, so that what is set there wins. With a
`local.py` the site is a production site: DEBUG is off, cookies are for HTTPS alone,
and MozTrap refuses to start with a placeholder secret. Check the result with
`manage.py checksecure`. Ansible's role `settings` writes this file from the inventory.

Any setting of Django's may stand here too; these are the ones to think about. Each
comment says what the setting does, its default, and what follows from a wrong value.
"""

# --- The site ---------------------------------------------------------------------

# Whether errors show their source code to whoever caused them.
# Default: False as soon as there is a local.py. Never True on a server.
DEBUG = False

# The address people type. Links in mails are made from it, and ALLOWED_HOSTS and
# CSRF_TRUSTED_ORIGINS follow from it.
# Default: none. Wrong: mails lead nowhere, every request may be answered with 400,
# and federated login fails; `/readyz` says "degraded" and names the difference.
SITE_URL = "https://tests.example.org"

# Names this site answers to, without scheme and port.
# Default: the host in SITE_URL. A missing name: 400 for every request to it.
ALLOWED_HOSTS = ["tests.example.org"]

# Origins that may post forms besides the site's own host.
# Default: SITE_URL. Wrong behind a proxy: "Please try that again" on every form.
CSRF_TRUSTED_ORIGINS = ["https://tests.example.org"]

# Printed behind the name MozTrap on every page, to tell a staging site from the real one.
# Default: empty.
SITE_NAME_SUFFIX = ""

# The time zone dates are shown in.
# Default: "UTC".
TIME_ZONE = "UTC"

# --- Secrets -----------------------------------------------------------------------

# Signs sessions, links in mails and what is in the cache. At least 50 characters,
# known to nobody; the same on every web host.
# Default: none. Missing, short or a placeholder: MozTrap does not start.
#   python3 -c "import secrets; print(secrets.token_urlsafe(64))"
SECRET_KEY = "change-me"

# Earlier secrets that are still believed, so that a new SECRET_KEY logs nobody out.
# Default: empty. Remove them after SESSION_COOKIE_AGE.
SECRET_KEY_FALLBACKS = []

# --- Who may do what ------------------------------------------------------------------

# Whether people without an account may read the management pages. They can write
# nothing, and see no page about people.
# Default: False: everything needs a login.
ALLOW_ANONYMOUS_ACCESS = False

# Who may register: "open" (everybody), "domains" (addresses at REGISTRATION_DOMAINS)
# or "closed" (nobody; `manage.py ensure_admin` still makes administrators).
# Default: "open".
REGISTRATION = "open"

# The mail domains of REGISTRATION = "domains", such as ["your-company.org"].
# Default: empty. Empty with "domains" is an error of `manage.py check`.
REGISTRATION_DOMAINS = []

# The role of new people: "Tester", "Test Creator", "Test Manager", "Admin", or "" for
# reading alone.
# Default: "Tester".
DEFAULT_NEW_USER_ROLE = "Tester"

# How people log in: "password", or "oidc": through an OpenID Connect provider.
# Default: "password". With "oidc" the OIDC_ settings below are read, nobody registers by
# form, and SITE_URL must be exactly what people type: the provider sends them back there.
LOGIN = "password"

# The provider's issuer, an https address, exactly as its discovery document writes it: a
# slash at the end counts.
# Default: empty, an error of `manage.py check` with "oidc". Wrong: nobody can log in through
# it, and `/readyz` says "degraded".
OIDC_ISSUER = ""

# The name of this site at the provider. There, the address to return to is
# SITE_URL/accounts/oidc/callback/, and after a logout SITE_URL/accounts/login/.
# Default: empty, an error with "oidc".
OIDC_CLIENT_ID = ""

# Its secret there.
# Default: empty, an error with "oidc". Wrong: the provider refuses the site, nobody can log in
# through it, and the log says "invalid_client".
OIDC_CLIENT_SECRET = ""

# What the button says: "Sign in with …".
# Default: empty: the host of OIDC_ISSUER.
OIDC_PROVIDER_NAME = ""

# What is asked for. Some providers give roles only to those who ask for another one.
# Default: these three. Without "openid" it is an error with "oidc".
OIDC_SCOPES = ["openid", "profile", "email"]

# Who may still log in with a password, with "oidc": "nobody", "superusers", or "everybody"
# who has one; the last one keeps registration and forgotten passwords open, too.
# Default: "superusers": a way in while the provider is away. "nobody" leaves none.
OIDC_PASSWORD_LOGIN = "superusers"

# Whether the provider's addresses count as confirmed when it says nothing about that.
# One that it calls unconfirmed never does.
# Default: False. True for a provider where people choose their addresses themselves: anybody
# can become anybody who has no account yet.
OIDC_TRUST_EMAIL = False

# Whether somebody with a confirmed address gets the account that has this address already.
# Never that of a superuser.
# Default: False: they are told that there is one. True for a provider that you do not run
# yourselves: whoever it gives an address to gets that account.
OIDC_LINK_ACCOUNTS = False

# The claim that names groups or roles; a path as "realm_access.roles" works.
# Default: empty: new people get DEFAULT_NEW_USER_ROLE, administrators give out roles.
OIDC_ROLE_CLAIM = ""

# Value of that claim → role, as {"qa-leads": "Test Manager"}. At each login people get the
# roles of their values and lose those that an earlier login gave them; roles from an
# administrator stay.
# Default: empty.
OIDC_ROLES = {}

# The claim that decides who may enter at all.
# Default: empty: whoever the provider lets in.
OIDC_ACCESS_CLAIM = ""

# One of these values has to be among its own.
# Default: empty.
OIDC_ACCESS_VALUES = []

# BrowserID was shut down in 2016; OpenID Connect (LOGIN, above) is its successor.
# Default: False, which means passwords. True is an error of `manage.py check`.
USE_BROWSERID = False

# How long a login lasts, in seconds.
# Default: 90 days.
SESSION_COOKIE_AGE = 7776000

# How long, in seconds, a login is believed without asking the database, once it is in the
# cache.
# Default: 300. Longer: a session that ended while the cache was away can live so long.
SESSION_CACHE_SECONDS = 300

# --- Database ------------------------------------------------------------------------

# MariaDB or MySQL. The account needs SELECT, INSERT, UPDATE and DELETE, no more.
# Default: SQLite in db.sqlite3, for development.
# CONN_MAX_AGE keeps connections for so many seconds; with it, CONN_HEALTH_CHECKS asks
# each whether it still lives, and without that a restarted database means error pages.
# A server elsewhere is reached over TLS with these two OPTIONS; without the first one, nobody
# would look whose certificate it is. Migrations refuse a connection that lacks the TLS
# that is asked for.
#   "ssl_mode": "VERIFY_IDENTITY", "ssl": {"ca": "/etc/moztrap/tls/database-ca.pem"}
#
# init_command makes InnoDB tables whatever the server's default. It costs a statement
# on each connection, so it stays commented out here: migrations set it by themselves,
# and left on it is an error of `manage.py check --deploy`.
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.mysql",
        "NAME": "moztrap",
        "USER": "moztrap",
        "PASSWORD": "change-me",
        "HOST": "localhost",
        "PORT": "",
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            "charset": "utf8mb4",
            # "init_command": "SET default_storage_engine=InnoDB",
        },
    }
}

# The collation every table must have.
# Default: "utf8mb4_unicode_520_ci", which MariaDB and MySQL share. `migrate_production`
# refuses to go on when a table has another.
DATABASE_COLLATION = "utf8mb4_unicode_520_ci"

# An option file with the account that may change tables, for phase 1 of a release alone.
# Default: empty. Left on, the site would run with that account.
MIGRATE_OPTION_FILE = ""

# --- Cache --------------------------------------------------------------------------

# One cache for all processes and hosts.
# Default: a cache inside the process, for development. With several processes it is an
# error of `manage.py check`: sessions would depend on which process answers.
#
# BACKEND is one of these, and LOCATION says where:
#
# - "moztrap.core.cache.SignedMemcachedCache": a list of memcached servers, as below;
# - "moztrap.core.cache.SignedPymemcacheCache": the same, through the client pymemcache;
# - "moztrap.core.cache.SignedRedisCache": a list as ["redis://10.0.0.5:6379"];
# - "moztrap.core.cache.SignedFileCache": a folder of its own, for one web host alone;
# - "moztrap.core.cache.SignedDatabaseCache": a table that `createcachetable` makes.
#
# They sign what they store with SECRET_KEY and take back nothing else. Django's own
# believe whatever is in the cache; `manage.py check --deploy` warns of them.
#
# KEY_PREFIX begins every key, TIMEOUT is how many seconds a value lives by default.
# OPTIONS for servers: socket_timeout (0.25; at most 0.5 seconds) bounds the wait for one
# that is away, dead_retry (15 seconds) is how long it is left alone; its values then count
# as missing, and nobody sees an error. Redis takes a username and a password, too.
# OPTIONS for a folder or a table: MAX_ENTRIES values are kept (Django's default of 300 is
# too few); when there are more, one in CULL_FREQUENCY (3) goes, the oldest first.
CACHES = {
    "default": {
        "BACKEND": "moztrap.core.cache.SignedMemcachedCache",
        "LOCATION": ["127.0.0.1:11211"],
        "KEY_PREFIX": "moztrap",
        "TIMEOUT": 300,
        "OPTIONS": {"socket_timeout": 0.25},
    }
}

# --- Mail ----------------------------------------------------------------------------

# How mail leaves. Registration and forgotten passwords need it.
# Default: SMTP. A backend that sends nothing is an error of `manage.py check --deploy`.
EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"

# The mail server: one on this host that queues (as Ansible sets up), or any other. One that
# queues takes mail while the world is away. Without a queue the person who registers waits
# for the server, and when it does not answer is told so, and is not registered.
# Default: "localhost". One that does not answer: `/readyz` says "degraded".
EMAIL_HOST = "localhost"

# Its port: usually 25, 587 with EMAIL_USE_TLS, 465 with EMAIL_USE_SSL.
# Default: 25.
EMAIL_PORT = 25

# Its account, when it asks for one.
# Default: empty. An unknown one: `/readyz` says "degraded".
EMAIL_HOST_USER = ""

# The password of that account.
# Default: empty. A wrong one: `/readyz` says "degraded", and to those who may see details,
# what the server said.
EMAIL_HOST_PASSWORD = ""

# Whether to switch to TLS after connecting. The server's certificate must then be valid.
# Default: False.
EMAIL_USE_TLS = False

# Whether to speak TLS from the beginning. Not together with EMAIL_USE_TLS.
# Default: False.
EMAIL_USE_SSL = False

# How long to wait for the mail server, in seconds.
# Default: no limit, and a mail server that hangs then hangs the page that mails.
EMAIL_TIMEOUT = 10

# Where mail queues tell whether mail waits in them, as "127.0.0.1:2526"; `/readyz` asks them.
# Default: empty. Ansible names those that it has set up.
MAIL_STATUS = []

# Whom mail comes from. Your mail server must be allowed to send for this domain.
# Default: "webmaster@localhost". A placeholder is an error of `manage.py check --deploy`.
DEFAULT_FROM_EMAIL = "MozTrap <do-not-reply@example.org>"

# Whom mail about errors comes from.
# Default: "root@localhost".
SERVER_EMAIL = DEFAULT_FROM_EMAIL

# --- HTTPS alone -----------------------------------------------------------------------

# Send the session's cookie over HTTPS alone.
# Default: True with a local.py. False invites session hijacking.
SESSION_COOKIE_SECURE = True

# The same for the cookie that protects forms.
# Default: True with a local.py.
CSRF_COOKIE_SECURE = True

# Redirect plain HTTP to HTTPS.
# Default: True with a local.py.
SECURE_SSL_REDIRECT = True

# For how many seconds browsers insist on HTTPS after a visit.
# Default: one year with a local.py. Not taken back before that time is over.
SECURE_HSTS_SECONDS = 31536000

# Make that hold for every subdomain, too.
# Default: False, because it binds hosts that are not MozTrap's; Django's warning
# security.W005 is then silenced. True where every subdomain speaks HTTPS.
SECURE_HSTS_INCLUDE_SUBDOMAINS = False

# Ask browser makers to build the site into their lists.
# Default: False, because it can hardly be undone; security.W021 is then silenced.
SECURE_HSTS_PRELOAD = False

# The header by which a balancer that ends HTTPS says so, as
# ("HTTP_X_FORWARDED_PROTO", "https").
# Default: None. Set it only when the balancer discards that header from outside:
# otherwise anybody can claim to have come over HTTPS.
SECURE_PROXY_SSL_HEADER = None

# --- Static files and media ---------------------------------------------------------------

# Serve style sheets and scripts compressed, under names that carry their content's hash.
# Default: True with a local.py. False is an error of `manage.py check --deploy`.
COMPRESS_ENABLED = True

# Take them as they were compressed when the release was built.
# Default: True with a local.py. False would compress while people wait.
COMPRESS_OFFLINE = True

# Where browsers fetch static files. It must be what the release was built for.
# Default: "/static/".
STATIC_URL = "/static/"

# Where `collectstatic` puts them.
# Default: collected-assets/ beside manage.py.
# STATIC_ROOT = "/srv/moztrap/collected-assets"

# Where browsers fetch uploads.
# Default: "/media/".
MEDIA_URL = "/media/"

# Where uploads are kept: in a folder ("filesystem") or in the database ("database").
# Default: "filesystem". With several web hosts, a folder must be one that all of them
# share: otherwise a file is found on the host that took it and on no other. A change
# leaves behind what is kept at the old place; move it first.
MEDIA_STORAGE = "filesystem"

# That folder, the one the application writes to; unused with "database".
# Default: media/ beside manage.py.
MEDIA_ROOT = "/srv/moztrap/media"

# How large a file attached to a case may be, in megabytes.
# Default: 25. More than the web server accepts of a request (LimitRequestBody, 32 MB as
# Ansible sets it) is answered by the web server, with a page that says less.
ATTACHMENT_MEGABYTES = 25

# --- How it runs ----------------------------------------------------------------------------

# How many processes serve the site, over all web hosts.
# Default: 1. Too small a number hides that the cache is not shared.
WEB_PROCESSES = 2

# Which addresses see the details of `/readyz`: balancers and whoever deploys.
# Default: this host alone.
HEALTH_DETAIL_ADDRESSES = ["127.0.0.1", "::1"]

# What identifies these settings; part of the header X-MozTrap-Deployment.
# Default: empty. Ansible computes it.
SETTINGS_DIGEST = ""

# Where messages go.
# Default: warnings, and what MozTrap itself says, to standard error, which the web
# server writes to its error log.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{levelname} {name} {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {"moztrap": {"level": "INFO"}},
}
