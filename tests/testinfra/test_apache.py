"""Role apache: what no other web server has."""

import re

from testinfra.host import Host

GROUPS = ("web",)
CHOSEN = "moztrap_web_server == 'apache'"
UNITS = ("apache2.service",)
CONFIGURATION = "/etc/apache2/apache2.conf"


def test_configuration_is_sound(host: Host) -> None:
    checked = host.run("apachectl -t -f %s", CONFIGURATION)
    assert checked.rc == 0, checked.stderr


def test_has_the_event_mpm_and_nothing_that_a_reload_would_end(host: Host) -> None:
    modules = host.run("apachectl -M").stdout
    assert "mpm_event_module" in modules
    for unwanted in (
        *("wsgi_module", "autoindex_module", "status_module", "cgi_module", "cgid_module"),
    ):
        assert unwanted not in modules, f"{unwanted} is loaded"
    configuration = host.run("apachectl -t -D DUMP_CONFIG").stdout
    assert "ExecCGI" not in configuration.replace("-ExecCGI", "")


def test_logs_are_out_of_reach_of_a_rotation_that_reloads(host: Host) -> None:
    """Debian rotates /var/log/apache2/*.log with a reload; ours turn over by themselves."""
    logs = host.run("grep -rhE '^ *(CustomLog|ErrorLog) ' /etc/apache2/apache2.conf").stdout
    assert logs.count("Log ") >= 2, logs
    for line in logs.splitlines():
        assert "|/usr/bin/rotatelogs" in line, line
        assert not re.search(r"/var/log/apache2/[^/]*\.log", line), line


def test_another_web_server_could_take_over_beside_it(host: Host) -> None:
    """Both share the ports then, and no request is lost."""
    for port in (80, 443):
        tried = host.run(
            "python3 -c %s",
            "import socket as s; t = s.socket(s.AF_INET6); t.setsockopt(s.SOL_SOCKET,"
            f" s.SO_REUSEPORT, 1); t.bind(('', {port}))",
        )
        assert tried.rc == 0, tried.stderr
