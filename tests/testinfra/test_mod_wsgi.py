"""The application in mod_wsgi's daemon mode, behind the web server."""

import re

from testinfra.host import Host

from tests.testinfra.conftest import Value

GROUPS = ("web",)
CHOSEN = "moztrap_wsgi_server == 'mod_wsgi'"
UNITS = ("moztrap-application@main.service", "apache2.service")
APPLICATION = "/etc/apache2/moztrap/application.conf"


def test_runs_and_starts_with_the_host(host: Host) -> None:
    assert host.service("moztrap-application@main").is_running
    assert not host.service("moztrap-application@standby").is_running
    wanted = host.run("systemctl show --property=Wants --value apache2.service").stdout
    assert "moztrap-application@main.service" in wanted.split()


def test_configuration_is_sound(host: Host) -> None:
    checked = host.run("apachectl -t -f %s", APPLICATION)
    assert checked.rc == 0, checked.stderr


def test_event_mpm_and_daemon_mode(host: Host) -> None:
    modules = host.run("apachectl -M -f %s", APPLICATION).stdout
    assert "mpm_event_module" in modules
    assert "wsgi_module" in modules
    for unwanted in ("autoindex_module", "status_module", "cgi_module", "cgid_module"):
        assert unwanted not in modules, f"{unwanted} is loaded"
    configuration = host.run("grep -rhE '^ *WSGI' /etc/apache2").stdout
    assert "WSGIDaemonProcess" in configuration
    assert "application-group=%{GLOBAL}" in configuration
    assert "WSGIScriptReloading Off" in configuration


def test_answers_to_the_web_server_alone(host: Host, value: Value) -> None:
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
