"""Role gunicorn: a socket that systemd holds, and a server that may do nothing but serve."""

import re

from testinfra.host import Host

from tests.testinfra.conftest import Value

GROUPS = ("web",)
CHOSEN = "moztrap_wsgi_server == 'gunicorn'"
UNITS = ("moztrap-gunicorn@*.service", "moztrap-gunicorn@*.socket")
RUN = "/run/moztrap-gunicorn"


def live_place(host: Host) -> str:
    """Where requests go."""
    return str(host.file(f"{RUN}/live").linked_to).rpartition("/")[2].removesuffix(".socket")


def test_one_place_serves_and_the_other_is_free(host: Host) -> None:
    live = live_place(host)
    assert live in {"blue", "green"}
    assert host.service(f"moztrap-gunicorn@{live}.service").is_running
    other = "green" if live == "blue" else "blue"
    assert not host.service(f"moztrap-gunicorn@{other}.service").is_running


def test_starts_with_the_host(host: Host) -> None:
    """The link that leads to the first place is made at boot, before its socket."""
    for unit in ("blue.socket", "green.socket", "blue.service"):
        assert host.service(f"moztrap-gunicorn@{unit}").is_enabled, unit
    made = host.file("/etc/tmpfiles.d/moztrap-gunicorn.conf").content_string
    assert re.search(rf"(?m)^L {RUN}/live .* blue\.socket$", made), made


def test_socket_is_for_the_web_server_alone(host: Host, value: Value) -> None:
    socket = host.file(f"{RUN}/{live_place(host)}.socket")
    assert (socket.user, socket.group, socket.mode) == ("root", "www-data", 0o660)
    program = (
        "import socket; s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM);"
        f" s.connect('{RUN}/live')"
    )
    for user in ("nobody", value("moztrap_migrate_user")):
        tried = host.run("runuser -u %s -- python3 -c %s", user, program)
        assert "PermissionError" in tried.stderr, tried
    assert host.run("runuser -u www-data -- python3 -c %s", program).rc == 0


def test_listens_nowhere_else(host: Host, value: Value) -> None:
    shown = host.run("ss -Hlpnt; ss -Hlpnx").stdout
    mine = [line for line in shown.splitlines() if '"python' in line or "gunicorn" in line]
    assert all(f"{RUN}/" in line for line in mine), mine


def test_unit_may_do_little(host: Host) -> None:
    unit = f"moztrap-gunicorn@{live_place(host)}.service"
    shown = host.run("systemd-analyze security --no-pager %s", unit).stdout
    level = float(re.findall(r"Overall exposure level for \S+: (\d+\.\d+)", shown)[0])
    assert level <= 2.0, shown
    main = host.run("systemctl show --property=MainPID --value %s", unit).stdout.strip()
    status = host.file(f"/proc/{main}/status").content_string
    assert re.search(r"(?m)^CapEff:\s+0+$", status), status
    assert re.search(r"(?m)^NoNewPrivs:\s+1$", status), status


def test_can_write_its_uploads_and_nothing_else(host: Host, value: Value) -> None:
    """As the process itself sees the file system."""
    unit = f"moztrap-gunicorn@{live_place(host)}.service"
    main = host.run("systemctl show --property=MainPID --value %s", unit).stdout.strip()
    inside = f"nsenter --target {main} --mount --"
    home = value("moztrap_home")
    assert host.run(f"{inside} touch {home}/media/.probe && rm {home}/media/.probe").rc == 0
    for path in (f"{home}/.probe", f"{home}/current/.probe", "/etc/.probe", "/var/lib/.probe"):
        tried = host.run(f"{inside} touch {path}")
        assert "Read-only file system" in tried.stderr, f"{path}: {tried}"


def test_process_is_of_the_live_deployment_by_its_real_path(host: Host, value: Value) -> None:
    """A link that is flipped later changes nothing under a running server."""
    home = value("moztrap_home")
    unit = f"moztrap-gunicorn@{live_place(host)}.service"
    main = host.run("systemctl show --property=MainPID --value %s", unit).stdout.strip()
    folder = host.run("readlink /proc/%s/cwd", main).stdout.strip()
    assert folder == host.file(f"{home}/current").linked_to, folder
    assert "/releases/" in folder


def test_version_is_the_locked_one(host: Host, value: Value) -> None:
    """Debian 12's own is from 2021."""
    lock = host.run(
        "grep -oE '^gunicorn==[0-9.]+' %s/current/requirements/base.txt", value("moztrap_home")
    ).stdout.strip()
    module = {
        "venv": "venv/bin/python -B -m gunicorn",
        "vendor": "/usr/bin/python3 -B -m moztrap.deploy.vendor gunicorn",
    }[value("moztrap_python_env")]
    found = host.run(f"cd %s/current && {module} --version", value("moztrap_home")).stdout
    assert lock.partition("==")[2] in found, f"{lock}: {found}"
