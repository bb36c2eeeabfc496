"""Role apache: HTTPS only, one application, static files of content-hashed names."""

import re

import pytest
from testinfra.host import Host

from tests.helpers.website import Site
from tests.testinfra.conftest import Value

GROUPS = ("web",)
UNITS = ("apache2.service", "moztrap-application@main.service")
APPLICATION = "/etc/apache2/moztrap/application.conf"


def test_runs_and_starts_with_the_host(host: Host) -> None:
    assert host.service("apache2").is_running
    assert host.service("apache2").is_enabled
    assert host.service("moztrap-application@main").is_running
    wanted = host.run("systemctl show --property=Wants --value apache2.service").stdout
    assert "moztrap-application@main.service" in wanted.split()


@pytest.mark.parametrize("path", ["/etc/apache2/apache2.conf", APPLICATION])
def test_configuration_is_sound(host: Host, path: str) -> None:
    checked = host.run("apachectl -t -f %s", path)
    assert checked.rc == 0, checked.stderr


def test_event_mpm_and_daemon_mode(host: Host) -> None:
    outer = host.run("apachectl -M").stdout
    assert "wsgi_module" not in outer, "a reload of the web server would end its processes"
    modules = outer + host.run("apachectl -M -f %s", APPLICATION).stdout
    assert modules.count("mpm_event_module") == 2
    assert "wsgi_module" in modules
    for unwanted in ("autoindex_module", "status_module", "cgi_module", "cgid_module"):
        assert unwanted not in modules, f"{unwanted} is loaded"
    configuration = host.run("grep -rhE '^ *WSGI' /etc/apache2").stdout
    assert "WSGIDaemonProcess" in configuration
    assert "application-group=%{GLOBAL}" in configuration
    assert "WSGIScriptReloading Off" in configuration


def test_application_answers_to_the_web_server_alone(host: Host, value: Value) -> None:
    """Its port is on the loopback, and other programs of the host do not know the token."""
    configuration = host.file("/etc/apache2/apache2.conf").content_string
    port = re.findall(r"Define MOZTRAP_UPSTREAM (\d+)", configuration)[0]
    listening = host.run("ss -Hltn sport = :%s", port).stdout.split()
    assert f"127.0.0.1:{port}" in listening, listening
    token = host.file("/run/moztrap-token.conf")
    assert (token.user, token.mode) == ("root", 0o600)
    asked = host.run(
        "python3 -c %s",
        "import http.client; c = http.client.HTTPConnection('127.0.0.1', PORT);"
        " c.request('GET', '/healthz', headers={'Host': 'NAME', 'X-Forwarded-For': '10.9.9.9'});"
        " print(c.getresponse().status)".replace("PORT", port).replace(
            "NAME", str(value("moztrap_server_name"))
        ),
    )
    assert asked.stdout.strip() == "403", asked


def test_client_cannot_choose_its_address(host: Host, site: Site) -> None:
    """The application trusts the web server's word, and the web server no client's."""
    for claimed in ("127.0.0.1", "198.51.100.7, 127.0.0.1"):
        answer = site.get("/readyz", headers={"X-Forwarded-For": claimed})
        assert answer.status == 200, answer.describe()
        assert "checks" not in answer.text, "details went to somebody who claimed an address"


def test_application_runs_as_its_user(host: Host, value: Value) -> None:
    facts = value("{'user': moztrap_user, 'processes': apache_wsgi_processes}")
    shown = host.run("ps -u %s -o pid=,args=", facts["user"]).stdout.strip().splitlines()
    assert len(shown) >= int(facts["processes"]), shown


@pytest.mark.parametrize("path", ["/", "/accounts/login/", "/static/x.css", "/healthz", "/?a=b"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_plain_http_only_redirects(site: Site, path: str, method: str) -> None:
    answer = site.plain(method, path)
    assert answer.status in {301, 308}, answer.describe()
    assert answer.header("Location") == f"https://{site.host_header}{path}", answer.describe()
    assert not answer.header_values("Set-Cookie"), answer.describe()


def test_unknown_host_name_gets_nothing(site: Site) -> None:
    answer = site.get("/", headers={"Host": "elsewhere.example.net"})
    assert answer.status in {400, 403, 404, 421}, answer.describe()
    redirected = site.plain("GET", "/", headers={"Host": "elsewhere.example.net"})
    assert "elsewhere" not in (redirected.header("Location") or ""), redirected.describe()


def test_strict_transport_security(site: Site) -> None:
    for path in ("/accounts/login/", "/healthz", "/no-such-page/"):
        answer = site.get(path)
        values = answer.header_values("Strict-Transport-Security")
        assert len(values) == 1, answer.describe()
        age = int(values[0].split("max-age=")[1].split(";")[0])
        assert age >= 31536000, answer.describe()


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("X-Content-Type-Options", "nosniff"),
        ("X-Frame-Options", "DENY"),
        ("Referrer-Policy", "same-origin"),
        ("Cross-Origin-Opener-Policy", "same-origin"),
    ],
)
def test_page_header(site: Site, header: str, expected: str) -> None:
    answer = site.get("/accounts/login/")
    assert answer.header_values(header) == [expected], answer.describe()


def test_says_little_about_itself(site: Site) -> None:
    answer = site.get("/accounts/login/")
    assert (answer.header("Server") or "Apache") == "Apache", answer.describe()
    assert answer.header("X-Powered-By") is None


def test_no_folder_is_listed(site: Site) -> None:
    for path in ("/static/", "/media/", "/icons/"):
        answer = site.get(path)
        assert answer.status in {301, 302, 403, 404}, answer.describe()
        assert "Index of" not in answer.text


def test_trace_is_refused(site: Site) -> None:
    assert site.request("TRACE", "/").status in {403, 405, 501}


def test_media_is_never_executed(host: Host, site: Site, value: Value) -> None:
    """Whatever is uploaded comes back as bytes, or not at all."""
    folder = f"{value('moztrap_home')}/media"
    assert host.file(folder).user == value("moztrap_user")
    configuration = host.run("apachectl -t -D DUMP_CONFIG").stdout
    assert "ExecCGI" not in configuration.replace("-ExecCGI", "")
    for name in ("x.py", "x.cgi", "x.php", "x.shtml"):
        assert site.get(f"/media/{name}").status in {302, 403, 404}


def test_logs_are_out_of_reach_of_a_rotation_that_reloads(host: Host) -> None:
    """Debian rotates /var/log/apache2/*.log with a reload; ours turn over by themselves."""
    logs = host.run("grep -rhE '^ *(CustomLog|ErrorLog) ' /etc/apache2/apache2.conf").stdout
    assert logs.count("Log ") >= 2, logs
    for line in logs.splitlines():
        assert "|/usr/bin/rotatelogs" in line, line
        assert not re.search(r"/var/log/apache2/[^/]*\.log", line), line
