"""Role nginx: what no other web server has."""

import re

from testinfra.host import Host

GROUPS = ("web", "static")
CHOSEN = "moztrap_web_server == 'nginx'"
UNITS = ("nginx.service",)


def test_configuration_is_sound_and_without_a_warning(host: Host) -> None:
    checked = host.run("nginx -t")
    assert checked.rc == 0, checked.stderr
    assert "warn" not in checked.stderr, checked.stderr


def test_reads_one_file_alone(host: Host) -> None:
    """What Debian or an administrator puts into conf.d is not part of the site."""
    shown = host.run("nginx -T 2>/dev/null | grep '^# configuration file'").stdout
    assert re.findall(r"file (\S+):", shown) == ["/etc/nginx/nginx.conf"], shown


def test_workers_have_no_privilege(host: Host) -> None:
    workers = host.run("ps -C nginx -o user=,args=").stdout.strip().splitlines()
    assert any(line.startswith("root") and "master" in line for line in workers), workers
    assert all(line.startswith("www-data") for line in workers if "worker" in line), workers


def test_may_do_little_as_root(host: Host) -> None:
    shown = host.run("systemctl show nginx.service -p NoNewPrivileges -p ProtectSystem").stdout
    assert "NoNewPrivileges=yes" in shown, shown
    assert "ProtectSystem=strict" in shown, shown


def test_rotates_its_logs_without_a_reload(host: Host) -> None:
    """And the workers can open the new ones."""
    tried = host.run("logrotate --debug /etc/logrotate.d/moztrap-nginx")
    assert tried.rc == 0, tried.stderr
    assert "error" not in tried.stderr.lower().replace("error.log", ""), tried.stderr
    assert "SIGUSR1" in host.file("/etc/logrotate.d/moztrap-nginx").content_string


def test_another_web_server_could_take_over_beside_it(host: Host) -> None:
    """Both share the ports then, and no request is lost."""
    for port in (80, 443):
        tried = host.run(
            "python3 -c %s",
            "import socket as s; t = s.socket(s.AF_INET6); t.setsockopt(s.SOL_SOCKET,"
            f" s.SO_REUSEPORT, 1); t.bind(('', {port}))",
        )
        assert tried.rc == 0, tried.stderr
