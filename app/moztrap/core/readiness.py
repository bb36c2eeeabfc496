"""What `/readyz` looks at."""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit
from uuid import uuid4

from django.conf import settings
from django.core.cache import cache, caches
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest

from moztrap.accounts.oidc.health import provider_problem
from moztrap.core.mail import mail_problem
from moztrap.settings.guard import secret_problem


@dataclass(frozen=True)
class Finding:
    """One thing looked at: what is wrong with it (nothing: empty), and how bad that is."""

    name: str
    problem: str
    fatal: bool


@dataclass(frozen=True)
class Report:
    """All findings."""

    findings: tuple[Finding, ...]

    @property
    def status(self) -> str:
        """`ok`, `degraded`, or `unavailable` when pages cannot work."""
        if any(finding.problem and finding.fatal for finding in self.findings):
            return "unavailable"
        return "degraded" if any(finding.problem for finding in self.findings) else "ok"

    def details(self) -> dict[str, str]:
        """Each thing and its state, for those who may know."""
        return {finding.name: finding.problem or "ok" for finding in self.findings}


def examine(request: HttpRequest) -> Report:
    """Look at everything; a failing part never stops the others from being looked at."""
    database = database_problem()
    return Report(
        (
            Finding("database", database, fatal=True),
            Finding("migrations", "" if database else migrations_problem(), fatal=True),
            Finding("settings", settings_problem(), fatal=True),
            Finding("site_url", site_url_problem(request), fatal=False),
            Finding("cache", cache_problem(), fatal=False),
            Finding("mail", mail_problem(), fatal=False),
            Finding("login", provider_problem(), fatal=False),
        )
    )


def may_see_details(request: HttpRequest) -> bool:
    """Balancers and the controller see the details; the world sees the status."""
    return request.META.get("REMOTE_ADDR") in settings.HEALTH_DETAIL_ADDRESSES


def _attempt(look: Callable[[], str], *expected: type[Exception]) -> str:
    try:
        return look()
    except expected as error:
        return f"{type(error).__name__}: {error}"


def database_problem() -> str:
    """The database answers a question."""

    def look() -> str:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            cursor.fetchone()
        return ""

    return _attempt(look, DatabaseError)


def migrations_problem() -> str:
    """The database has every migration of this code."""

    def look() -> str:
        executor = MigrationExecutor(connection)
        pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
        names = ", ".join(f"{migration.app_label}.{migration.name}" for migration, _ in pending)
        return f"not applied: {names}" if names else ""

    return _attempt(look, DatabaseError)


def settings_problem() -> str:
    """The settings are those of a production site, where this is one."""
    if settings.DEBUG:
        return ""
    problem = secret_problem(settings.SECRET_KEY)
    if problem:
        return f"SECRET_KEY {problem}"
    return "" if settings.ALLOWED_HOSTS else "ALLOWED_HOSTS is empty"


def site_url_problem(request: HttpRequest) -> str:
    """SITE_URL is the address that people use: mailed links are made from it."""
    site = urlsplit(settings.SITE_URL)
    if site.netloc != request.get_host():
        return f"SITE_URL names {site.netloc}, this request came for {request.get_host()}"
    if site.scheme != request.scheme:
        return f"SITE_URL says {site.scheme}, this request came over {request.scheme}"
    return ""


def cache_problem() -> str:
    """What is put into the cache comes out again, whichever of its servers it goes to."""
    kept_by = getattr(cache, "describe", lambda: type(caches["default"]).__name__)()
    servers = len(getattr(cache, "servers", ()))
    # Where a key goes follows from its name: so many names leave no server out.
    names = [f"readyz-{uuid4().hex}" for _ in range(8 * servers if servers > 1 else 1)]
    values = {name: uuid4().hex for name in names}
    cache.set_many(values, 30)
    found = cache.get_many(values)
    cache.delete_many(values)
    if found == values:
        return ""
    if not found:
        return f"does not keep what it is given: {kept_by}"
    return f"keeps {len(found)} of {len(values)} values that it is given: {kept_by}"
