"""Roles apache and nginx: the same site from both, HTTPS only."""

import ssl
from urllib.parse import urlsplit

import pytest
from testinfra.host import Host

from tests.helpers.website import Site
from tests.testinfra.conftest import Value

GROUPS = ("web",)
UNITS = (
    "apache2.service",
    "nginx.service",
    "moztrap-application@main.service",
    "moztrap-gunicorn@*.service",
)
LOGIN = "/accounts/login/"


def test_one_web_server_runs_and_starts_with_the_host(host: Host, value: Value) -> None:
    chosen = value("moztrap_web_unit")
    assert host.service(chosen).is_running
    assert host.service(chosen).is_enabled
    for other in value("moztrap_web_services").values():
        if other["unit"] != chosen:
            assert not host.service(other["unit"]).is_running, other
            state = host.run("systemctl is-enabled %s", other["unit"]).stdout.strip()
            assert state in {"disabled", "not-found", ""}, f"{other}: {state}"


def test_nothing_is_left_of_what_was_not_chosen(host: Host, value: Value) -> None:
    """Also after the site was switched to and fro."""
    chosen = value("[moztrap_web_server, moztrap_wsgi_server]")
    traces = {
        "apache": (
            "/etc/apache2/apache2.conf",
            "/etc/apache2/moztrap",
            "/etc/systemd/system/apache2.service.d",
        ),
        "nginx": (
            "/etc/nginx/nginx.conf",
            "/etc/logrotate.d/moztrap-nginx",
            "/etc/systemd/system/nginx.service.d",
        ),
        "mod_wsgi": (
            "/etc/systemd/system/moztrap-application@.service",
            "/etc/apache2/moztrap/application.conf",
            "/etc/systemd/system/apache2.service.d/moztrap-application.conf",
            "/run/moztrap-token.conf",
            "/usr/local/sbin/moztrap-renew-application",
        ),
        "gunicorn": (
            "/etc/systemd/system/moztrap-gunicorn@.service",
            "/etc/systemd/system/moztrap-gunicorn@.socket",
            "/etc/systemd/system/multi-user.target.wants/moztrap-gunicorn@blue.socket",
            "/etc/moztrap/gunicorn.conf.py",
            "/usr/local/sbin/moztrap-renew-gunicorn",
            "/run/moztrap-gunicorn",
        ),
    }
    for name, paths in traces.items():
        for path in paths:
            if name not in chosen:
                assert not host.file(path).exists, f"left of {name}"
    running = host.run("systemctl list-units --plain --no-legend 'moztrap-*@*'").stdout
    assert ("moztrap-application@" in running) == ("mod_wsgi" in chosen), running
    assert ("moztrap-gunicorn@" in running) == ("gunicorn" in chosen), running


def test_no_unit_has_failed(host: Host) -> None:
    assert host.run("systemctl list-units --failed --plain --no-legend").stdout == ""


def test_application_runs_as_its_user(host: Host, value: Value) -> None:
    facts = value("{'user': moztrap_user, 'processes': moztrap_web_processes}")
    shown = host.run("ps -u %s -o pid=,args=", facts["user"]).stdout.strip().splitlines()
    assert len(shown) >= int(facts["processes"]), shown


def test_client_cannot_choose_its_address(host: Host, site: Site) -> None:
    """The application trusts the web server's word, and the web server no client's."""
    for name in ("X-Forwarded-For", "X_Forwarded_For", "X-Real-Ip", "Forwarded"):
        for claimed in ("127.0.0.1", "198.51.100.7, 127.0.0.1"):
            answer = site.get("/readyz", headers={name: claimed})
            assert answer.status == 200, answer.describe()
            assert "checks" not in answer.text, f"details went to somebody who claimed {name}"


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
    answer = site.get(LOGIN)
    assert answer.header_values(header) == [expected], answer.describe()


def test_says_little_about_itself(site: Site) -> None:
    for path in (LOGIN, "/static/no-such-file.css"):
        answer = site.get(path)
        assert answer.header_values("Server") in ([], ["Apache"], ["nginx"]), answer.describe()
        assert answer.header("X-Powered-By") is None, answer.describe()


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
    for name in ("x.py", "x.cgi", "x.php", "x.shtml"):
        assert site.get(f"/media/{name}").status in {302, 403, 404}


def test_client_cannot_choose_the_scheme_or_the_name(site: Site) -> None:
    """Or where the application thinks that it lives."""
    claims = {
        "X-Forwarded-Proto": "http",
        "X-Forwarded-Host": "elsewhere.example.net",
        "X-Forwarded-Server": "elsewhere.example.net",
        "Script-Name": "/elsewhere",
        "X-Script-Name": "/elsewhere",
        "Proxy": "http://elsewhere.example.net",
    }
    answer = site.get("/", headers=claims)
    assert answer.status == 302, answer.describe()
    target = urlsplit(answer.header("Location") or "")
    assert target.netloc in {"", site.host_header}, answer.describe()
    assert target.path == LOGIN, answer.describe()


def test_pages_are_compressed_for_who_accepts_it(site: Site) -> None:
    for encoding in ("gzip", "br"):
        answer = site.get(LOGIN, headers={"Accept-Encoding": encoding})
        assert answer.header("Content-Encoding") == encoding, answer.describe()
        varies = ", ".join(answer.header_values("Vary")).lower()
        assert "accept-encoding" in varies, answer.describe()
    plain = site.get(LOGIN, headers={"Accept-Encoding": "gzip;q=0, br;q=0"})
    assert plain.header("Content-Encoding") is None, plain.describe()


def test_a_body_beyond_the_limit_is_refused_and_told_the_limit(site: Site, value: Value) -> None:
    """By the web server: the application is not bothered with it."""
    limit = int(value("moztrap_web_request_megabytes"))
    head = (
        f"POST {LOGIN} HTTP/1.1\r\nHost: {site.host_header}\r\nConnection: close\r\n"
        f"Content-Length: {limit * 1024 * 1024 + 1}\r\n\r\n"
    )
    with site.handshake(site.context()) as connection:
        connection.sendall(head.encode())
        answer = read_all(connection)
    assert answer.startswith(b"HTTP/1.1 413 "), answer[:600]
    assert f"more than {limit} MB".encode() in answer, answer[:600]
    assert b"x-moztrap-deployment" not in answer.lower()
    assert b"content-security-policy: default-src 'none'" in answer.lower(), answer[:600]


def test_a_large_body_below_the_limit_reaches_the_application(site: Site) -> None:
    answer = site.request("POST", LOGIN, body=b"x" * (5 * 1024 * 1024))
    # It has no token against forgery.
    assert answer.status == 403, answer.describe()
    assert answer.header("X-MozTrap-Deployment"), answer.describe()


@pytest.mark.parametrize(
    "lines",
    [
        "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: xchunked\r\n",
        "Content-Length: 5\r\nContent-Length: 6\r\n",
        "Content-Length: +5\r\n",
        "Header Name: x\r\n",
    ],
)
def test_a_request_that_could_be_read_in_two_ways_is_not_answered_twice(
    site: Site, lines: str
) -> None:
    """What follows it on the connection is never taken for a request of its own."""
    hidden = f"GET /robots.txt HTTP/1.1\r\nHost: {site.host_header}\r\n\r\n"
    head = f"POST {LOGIN} HTTP/1.1\r\nHost: {site.host_header}\r\n{lines}\r\n"
    with site.handshake(site.context()) as connection:
        connection.sendall((head + "0\r\n\r\n" + hidden).encode())
        answer = read_all(connection)
    statuses = [part.split(b" ", 1)[0] for part in answer.split(b"HTTP/1.1 ")[1:]]
    assert len(statuses) <= 1 or b"400" in statuses, answer[:600]
    assert b"User-agent:" not in answer, answer[:600]


def read_all(connection: ssl.SSLSocket) -> bytes:
    """Everything until the server closes, or has been silent for a while."""
    connection.settimeout(10)
    found = b""
    try:
        while part := connection.recv(65536):
            found += part
    except OSError:
        pass  # Some servers reset what they have refused.
    return found


def test_error_pages_of_the_web_server_bear_the_site_s_name(site: Site, value: Value) -> None:
    answer = site.get("/static/no-such-file.css")
    assert answer.status == 404, answer.describe()
    assert value("moztrap_web_site_title") in answer.text, answer.describe()
    assert (answer.header("Content-Type") or "").startswith("text/html"), answer.describe()
    assert answer.header_values("X-Content-Type-Options") == ["nosniff"], answer.describe()
    assert len(answer.header_values("Strict-Transport-Security")) == 1, answer.describe()
    policies = answer.header_values("Content-Security-Policy")
    assert len(policies) == 1, answer.describe()
    assert policies[0].startswith("default-src 'none'"), answer.describe()


def test_every_answer_has_each_header_once(site: Site) -> None:
    """Whether it comes from the application, from a file or from the web server."""
    for path in (LOGIN, "/", "/healthz", "/no-such-page/", "/static/no-such-file.css"):
        answer = site.get(path)
        for name in (
            *("X-Content-Type-Options", "X-Frame-Options", "Referrer-Policy", "Date"),
            *("Content-Security-Policy", "Strict-Transport-Security", "Content-Type"),
        ):
            assert len(answer.header_values(name)) == 1, f"{name}: {answer.describe()}"


def test_logs_name_the_client_and_are_for_administrators(
    host: Host, site: Site, value: Value
) -> None:
    mark = "/no-such-page-but-a-mark/"
    site.get(mark)
    folder = value("moztrap_web_log_directory")
    logged = host.run(f"grep -h {mark} {folder}/access.log | tail -1").stdout
    assert logged.startswith(("198.", "127.", "10.", "::ffff:", "fd")), logged
    for name in ("access.log", "error.log"):
        tried = host.run("runuser -u nobody -- head -c 1 %s", f"{folder}/{name}")
        assert "Permission denied" in tried.stderr, f"{name}: {tried}"
