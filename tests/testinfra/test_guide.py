"""The deployment guide, line by line, on a host.

Each test is one statement of the guide in its form for today, under its number in the
checklist of the guide's statements. Lines that other tests answer for are not here: 18 to 24
(`test_vendor.py` and `vendor/`), 33 (several asset servers, tests/rollout), and what comes
after 15 for sites that choose it: login through a provider (`oidc/`).
"""

import json
import re

import pytest
from testinfra.backend.base import CommandResult
from testinfra.host import Host

from tests.helpers.visitor import Visitor
from tests.helpers.website import Site
from tests.testinfra.conftest import Sql, Value

GROUPS = ("web",)
MEMCACHED_CLIENTS = {
    "python-memcached": "SignedMemcachedCache",
    "pymemcache": "SignedPymemcacheCache",
}
UNITS = ("moztrap-application@main.service", "moztrap-gunicorn@*.service")
HOME = "/srv/moztrap/current"
SETTINGS = f"{HOME}/moztrap/settings"


@pytest.fixture(scope="module")
def setting(host: Host, value: Value) -> dict[str, object]:
    """What the live application's settings are; no secret among them."""
    names = [
        "ALLOWED_HOSTS",
        "ALLOW_ANONYMOUS_ACCESS",
        "COMPRESS_ENABLED",
        "COMPRESS_OFFLINE",
        "CSRF_COOKIE_SECURE",
        "CSRF_TRUSTED_ORIGINS",
        "DEBUG",
        "DEFAULT_FROM_EMAIL",
        "EMAIL_BACKEND",
        "EMAIL_HOST",
        "EMAIL_PORT",
        "SECURE_HSTS_SECONDS",
        "SECURE_SSL_REDIRECT",
        "SESSION_COOKIE_SECURE",
        "SILENCED_SYSTEM_CHECKS",
        "SITE_URL",
        "STATIC_ROOT",
        "STATIC_URL",
        "USE_BROWSERID",
    ]
    script = (
        "import json; from django.conf import settings;"
        f" found = {{name: getattr(settings, name) for name in {names}}};"
        " cache = settings.CACHES['default'];"
        " found['cache'] = {name: cache[name] for name in ('BACKEND', 'LOCATION')};"
        " print(json.dumps(found, default=str))"
    )
    shown = manage(host, value, "shell", "--verbosity", "0", "-c", script)
    assert shown.rc == 0, shown.stderr
    known: dict[str, object] = json.loads(shown.stdout)
    return known


def manage(host: Host, value: Value, *arguments: str) -> CommandResult:
    """Run manage.py as the application does."""
    return host.run(
        f"cd {HOME} && runuser -u {value('moztrap_user')} -- bin/manage" + " %s" * len(arguments),
        *arguments,
    )


class TestServing:
    """How requests come in."""

    def test_01_served_by_mod_wsgi_or_gunicorn(
        self, host: Host, value: Value, setting: dict[str, object]
    ) -> None:
        if value("moztrap_wsgi_server") == "mod_wsgi":
            application = "/etc/apache2/moztrap/application.conf"
            assert "wsgi_module" in host.run(f"apachectl -M -f {application}").stdout
        else:
            assert " gunicorn " in host.run(f"ps -u {value('moztrap_user')} -o args=").stdout
        assert setting["DEBUG"] is False
        refused = manage(host, value, "runserver", "127.0.0.1:8765")
        assert refused.rc != 0, "runserver works under production settings"

    def test_02_wsgi_module_has_the_application(self, host: Host, value: Value) -> None:
        program = "from moztrap.deploy.wsgi import application; print(callable(application))"
        found = manage(host, value, "shell", "--verbosity", "0", "-c", program)
        assert found.stdout.strip() == "True", found.stderr

    def test_03_web_server_serves_the_assets(self, site: Site, entrance: Site) -> None:
        sheet = re.findall(r'href="(/static/[^"]+\.css)"', site.get("/accounts/login/").text)[0]
        answer = entrance.get(sheet, headers={"Accept-Encoding": "gzip"})
        assert answer.status == 200
        assert (answer.header("Content-Type") or "").startswith("text/css")
        assert "immutable" in (answer.header("Cache-Control") or "")
        assert answer.header("Content-Encoding") == "gzip"
        # The application would have named its deployment.
        assert answer.header("X-MozTrap-Deployment") is None, answer.describe()


class TestMail:
    """Registration needs mail; the round trip is in negative/test_registration.py."""

    def test_04_mail_server_works(self, host: Host, setting: dict[str, object]) -> None:
        assert str(setting["EMAIL_BACKEND"]).endswith("smtp.EmailBackend")
        talk = f"smtplib.SMTP({setting['EMAIL_HOST']!r}, {setting['EMAIL_PORT']}, timeout=5)"
        greeting = host.run("python3 -c %s", f"import smtplib; print({talk}.noop()[0])")
        assert greeting.stdout.strip() == "250", greeting.stderr

    def test_05_mail_settings_come_from_the_inventory(
        self, value: Value, setting: dict[str, object]
    ) -> None:
        assert setting["DEFAULT_FROM_EMAIL"] == value("moztrap_default_from_email")
        assert setting["EMAIL_HOST"] == value("settings_email_host")
        assert setting["EMAIL_PORT"] == value("settings_email_port")


class TestCache:
    """One cache for all processes; many logins are in negative/test_logins.py."""

    def test_06_in_process_cache_is_refused(self, host: Host) -> None:
        complaints = with_settings(
            host,
            "CACHES = {'default': {'BACKEND': 'django.core.cache.backends.locmem.LocMemCache'}}\n"
            "WEB_PROCESSES = 2\n",
        )
        assert re.search("(?i)cache", complaints), complaints

    def test_07_login_finds_its_token_in_every_process(self, site: Site) -> None:
        """The symptom of a cache of each process's own was a CSRF error at login."""
        for _ in range(6):
            visitor = Visitor(site)
            page = visitor.submit(
                visitor.get("/accounts/login/"), {"login": "guide", "password": "no such"}
            )
            assert page.status != 403, page.describe()

    def test_08_09_chosen_cache_is_used(self, value: Value, setting: dict[str, object]) -> None:
        facts = value(
            "{'backend': moztrap_cache_backend, 'servers': settings_cache_servers,"
            " 'folder': moztrap_cache_directory, 'client': moztrap_memcached_client}"
        )
        expected: dict[str, tuple[str, object]] = {
            "memcached": (MEMCACHED_CLIENTS[facts["client"]], facts["servers"]),
            "redis": ("SignedRedisCache", facts["servers"]),
            "file": ("SignedFileCache", facts["folder"]),
            "database": ("SignedDatabaseCache", "moztrap_cache"),
        }
        backend, location = expected[facts["backend"]]
        cache = setting["cache"]
        assert isinstance(cache, dict)
        assert cache["BACKEND"] == f"moztrap.core.cache.{backend}"
        assert cache["LOCATION"] == location

    def test_10_old_name_of_the_cache_setting_is_explained(self, host: Host) -> None:
        complaints = with_settings(host, "CACHE_BACKENDS = {'default': 'memcached://'}\n")
        assert "CACHE_BACKENDS" in complaints
        assert "CACHES" in complaints.replace("CACHE_BACKENDS", "")


class TestSettings:
    """local.py and what it says."""

    def test_11_sample_documents_the_settings(self, host: Host) -> None:
        sample = host.file(f"{SETTINGS}/local.sample.py").content_string
        named = [
            "SECRET_KEY",
            "SECRET_KEY_FALLBACKS",
            "ALLOWED_HOSTS",
            "SITE_URL",
            "DATABASES",
            "CACHES",
            "EMAIL_HOST",
            "EMAIL_PORT",
            "EMAIL_HOST_USER",
            "EMAIL_HOST_PASSWORD",
            "EMAIL_USE_TLS",
            "DEFAULT_FROM_EMAIL",
            "ALLOW_ANONYMOUS_ACCESS",
            "USE_BROWSERID",
            "SESSION_COOKIE_SECURE",
            "CSRF_COOKIE_SECURE",
            "SECURE_HSTS_SECONDS",
            "SECURE_PROXY_SSL_HEADER",
            "CONN_MAX_AGE",
            "CONN_HEALTH_CHECKS",
            "REGISTRATION",
            "REGISTRATION_DOMAINS",
            "COMPRESS_ENABLED",
            "COMPRESS_OFFLINE",
            "STATIC_ROOT",
            "STATIC_URL",
            "MEDIA_ROOT",
            "MEDIA_URL",
            "LOGGING",
            "init_command",
        ]
        assert [name for name in named if name not in sample] == []

    def test_12_local_settings_are_ours_and_private(self, host: Host, value: Value) -> None:
        file = host.file(f"{SETTINGS}/local.py")
        assert (file.user, file.group, file.mode) == ("root", value("moztrap_user"), 0o640)
        assert "change-me" not in file.content_string.lower()

    def test_15_passwords_or_a_provider_have_taken_browserids_place(
        self, visitor: Visitor, value: Value
    ) -> None:
        page = visitor.get("/accounts/login/")
        assert page.status == 200, page.describe()
        assert "browserid" not in page.text.lower()
        expected = {"password": 'type="password"', "oidc": "/accounts/oidc/login/"}
        assert expected[value("moztrap_login")] in page.text

    def test_16_browserid_true_is_an_error_and_false_is_fine(
        self, host: Host, setting: dict[str, object]
    ) -> None:
        assert setting["USE_BROWSERID"] is False
        complaints = with_settings(host, "USE_BROWSERID = True\n")
        assert "BROWSERID" in complaints
        assert re.search("OIDC|OpenID", complaints), complaints

    def test_17_site_url_is_right_and_everything_follows_from_it(
        self, setting: dict[str, object], value: Value
    ) -> None:
        assert setting["SITE_URL"] == value("moztrap_site_url")
        assert value("moztrap_server_name") in str(setting["ALLOWED_HOSTS"])
        assert setting["CSRF_TRUSTED_ORIGINS"] == [value("moztrap_site_url")]

    def test_17_a_wrong_site_url_is_told(self, host: Host) -> None:
        elsewhere = 'SITE_URL = "https://elsewhere.test"\nALLOWED_HOSTS = ["moztrap.test"]\n'
        assert "which is not in ALLOWED_HOSTS" in with_settings(host, elsewhere)
        assert "is no https address" in with_settings(host, 'SITE_URL = "http://moztrap.test"\n')


def with_settings(host: Host, lines: str) -> str:
    """Say what the deployment's own checks say of settings that local.py could hold.

    A scratch package of settings is laid over the release's for the length of the check,
    in a folder of root's; nothing that is served is touched.
    """
    script = f"""
set -e
scratch=$(mktemp --directory)
trap 'rm --recursive --force "$scratch"' EXIT
cat {SETTINGS}/local.py - > "$scratch/trial.py" <<'END'

{lines}
END
cat > "$scratch/run.py" <<'END'
import importlib.util, os, sys
scratch, home = sys.argv[1:3]
sys.path.insert(0, home)
if os.path.isdir(home + "/requirements/vendor"):
    from moztrap.deploy.vendor import add_library
    add_library()
spec = importlib.util.spec_from_file_location("moztrap.settings.local", scratch + "/trial.py")
module = importlib.util.module_from_spec(spec)
sys.modules["moztrap.settings.local"] = module
spec.loader.exec_module(module)
os.environ["DJANGO_SETTINGS_MODULE"] = "moztrap.settings.default"
from django.core.management import execute_from_command_line
execute_from_command_line(["manage.py", "check", "--deploy", "--fail-level", "WARNING"])
END
python={HOME}/venv/bin/python
test -x $python || python=/usr/bin/python3
$python -B "$scratch/run.py" "$scratch" {HOME}
"""
    ended = host.run("bash -c %s", script)
    assert ended.rc != 0, f"these settings are accepted:\n{lines}\n{ended.stdout}{ended.stderr}"
    return str(ended.stdout + ended.stderr)


class TestAccess:
    """Who gets in."""

    def test_13_everything_needs_a_login(
        self, visitor: Visitor, setting: dict[str, object]
    ) -> None:
        """Every URL is walked in test_pages.py."""
        assert setting["ALLOW_ANONYMOUS_ACCESS"] is False
        for path in ("/", "/cases/", "/products/", "/media/x.png"):
            page = visitor.get(path)
            assert 'type="password"' in page.text or page.status in {403, 404}, page.describe()

    def test_14_anonymous_access_is_a_setting(self, value: Value) -> None:
        """What it opens and what it does not is walked by the application's own tests."""
        assert value("moztrap_allow_anonymous_access") is False


class TestTransport:
    """HTTPS and nothing else."""

    def test_25_https_only(self, site: Site, setting: dict[str, object]) -> None:
        answer = site.plain("GET", "/cases/?page=2")
        assert answer.status in {301, 308}
        assert answer.header("Location") == f"https://{site.host_header}/cases/?page=2"
        assert "max-age=" in (site.get("/").header("Strict-Transport-Security") or "")
        assert setting["SECURE_SSL_REDIRECT"] is True

    def test_25_nobody_pretends_https_by_a_header(self, site: Site) -> None:
        answer = site.plain("GET", "/accounts/login/", headers={"X-Forwarded-Proto": "https"})
        assert answer.status in {301, 308}, answer.describe()

    def test_26_cookies_are_secure(self, visitor: Visitor, setting: dict[str, object]) -> None:
        assert setting["SESSION_COOKIE_SECURE"] is True
        assert setting["CSRF_COOKIE_SECURE"] is True
        visitor.get("/accounts/login/")
        assert visitor.cookie_headers
        for line in visitor.cookie_headers:
            assert "; secure" in line.lower(), line

    @pytest.mark.parametrize(
        "command", [["check", "--deploy", "--fail-level", "WARNING"], ["checksecure"]]
    )
    def test_27_security_check_passes(
        self, host: Host, value: Value, setting: dict[str, object], command: list[str]
    ) -> None:
        checked = manage(host, value, *command)
        assert checked.rc == 0, checked.stdout + checked.stderr
        silenced = setting["SILENCED_SYSTEM_CHECKS"]
        assert isinstance(silenced, list)
        assert set(silenced) <= {"security.W005", "security.W021"}


class TestAssets:
    """Built once, named by content, served whole; every file is fetched in test_assets.py."""

    def test_28_names_follow_content(self, site: Site) -> None:
        page = site.get("/accounts/login/").text
        for path in re.findall(r'(?:href|src)="(/static/[^"]+)"', page):
            assert re.search(r"\.[0-9a-f]{8,}\.", path), f"{path} is not named by its content"

    def test_29_compression_is_on_and_offline(self, setting: dict[str, object]) -> None:
        assert setting["COMPRESS_ENABLED"] is True
        assert setting["COMPRESS_OFFLINE"] is True

    def test_30_assets_are_collected_once_and_elsewhere(
        self, host: Host, setting: dict[str, object]
    ) -> None:
        assert str(setting["STATIC_ROOT"]).endswith("collected-assets")
        assert not host.file(f"{HOME}/collected-assets").exists
        assert host.file(f"{HOME}/moztrap/manifests/staticfiles.json").is_file

    def test_31_compressed_blocks_are_ready(self, host: Host, entrance: Site) -> None:
        blocks = json.loads(host.file(f"{HOME}/moztrap/manifests/compress.json").content_string)
        assert blocks
        for block in blocks.values():
            for path in re.findall(r'(?:href|src)="([^"]+)"', str(block)):
                asset = re.sub("^.*/CACHE/", "/static/CACHE/", path)
                assert entrance.get(asset).status == 200, path

    def test_32_assets_are_at_the_static_url(
        self, entrance: Site, setting: dict[str, object]
    ) -> None:
        assert setting["STATIC_URL"] == "/static/"
        assert entrance.get("/static/core/css/base.css").status == 200


class TestDatabase:
    """Engine, set-up statement and migrations."""

    def test_34_every_table_is_innodb(self, sql: Sql, value: Value) -> None:
        engines = sql(
            "SELECT DISTINCT engine, table_collation FROM information_schema.tables"
            f" WHERE table_schema = '{value('mysql_database')}' AND table_type = 'BASE TABLE'"
        )
        assert engines == [["InnoDB", value("mysql_collation")]]

    def test_35_no_set_up_statement_in_production(self, host: Host) -> None:
        """Connections are overheard in negative/test_statements.py."""
        for line in host.file(f"{SETTINGS}/local.py").content_string.splitlines():
            assert "init_command" not in line or line.lstrip().startswith("#"), line

    def test_36_all_tables_are_there(self, host: Host, value: Value) -> None:
        checked = manage(host, value, "migrate", "--check")
        assert checked.rc == 0, checked.stdout + checked.stderr

    def test_37_migrations_set_the_engine_themselves(self, host: Host, value: Value) -> None:
        """Phase 1 of a release is never the live deployment's state."""
        guard = host.file(f"{SETTINGS}/guard.py").content_string
        assert "default_storage_engine=InnoDB" in guard

    def test_38_tests_set_the_engine_too(self, host: Host) -> None:
        assert "init_command" in host.file(f"{SETTINGS}/test.py").content_string
