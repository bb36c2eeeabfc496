"""Choice vendor: the site runs on unpacked wheels and Debian's packages, and needs no index."""

import json
import re
from typing import Any

import pytest
from testinfra.host import Host

from tests.testinfra.conftest import Value

GROUPS = ("web",)
CHOSEN = "moztrap_python_env == 'vendor'"
UNITS = ("moztrap-application@main.service", "moztrap-gunicorn@*.service")
COMPILED = re.compile(r"(?m)^([a-z0-9-]+)==(\S+)  # module=(\w+)(.*)$")
# A request as a web server passes it on, answered without any network but the loopback.
REQUEST = """
import io, socket, sys
assert [name for _, name in socket.if_nameindex()] == ["lo"], "there is a network"
from moztrap.deploy.vendor_wsgi import application
asked = {
    "REQUEST_METHOD": "GET", "PATH_INFO": sys.argv[1], "HTTP_HOST": sys.argv[2],
    "SERVER_NAME": sys.argv[2], "SERVER_PORT": "443", "SERVER_PROTOCOL": "HTTP/1.1",
    "wsgi.input": io.BytesIO(), "wsgi.errors": sys.stderr, "wsgi.url_scheme": "https",
    "REMOTE_ADDR": "127.0.0.1",
}
b"".join(application(asked, lambda status, headers: print(status)))
"""
WHERE = """
import importlib, json, sys
from moztrap.deploy.vendor import add_library
add_library()
print(json.dumps({name: importlib.import_module(name).__file__ for name in sys.argv[1:]}))
"""


@pytest.fixture(scope="module")
def live(host: Host, value: Value) -> str:
    """The live deployment's folder."""
    return str(host.file(f"{value('moztrap_home')}/current").linked_to)


@pytest.fixture(scope="module")
def library(host: Host, value: Value, live: str) -> str:
    """The library of the live release, where it really is."""
    release = live.rpartition("/")[2].partition("-")[0]
    found = f"{value('moztrap_home')}/artefacts/{release}/vendor"
    assert host.file(f"{live}/requirements/vendor").linked_to == found
    return found


@pytest.fixture(scope="module")
def compiled(host: Host, live: str) -> dict[str, dict[str, str]]:
    """What compiled.txt says: module → package and version of this host's Debian, or none."""
    release = host.run(". /etc/os-release && echo $VERSION_ID").stdout.strip()
    text = host.file(f"{live}/requirements/compiled.txt").content_string
    found = {}
    for _, _, module, rest in COMPILED.findall(text):
        served = re.search(rf"debian{release}=([^/\s]+)/(\S+)", rest)
        found[module] = {"package": served[1], "version": served[2]} if served else {}
    assert found
    return found


def python(host: Host, value: Value, live: str, program: str, *words: str) -> Any:
    """Run Debian's own Python in the deployment, as its user, without a network."""
    user = value("moztrap_user")
    return host.run(
        "cd %s && unshare --net -- setpriv --reuid=%s --regid=%s --init-groups"
        " /usr/bin/python3 -B -c %s" + " %s" * len(words),
        *(live, user, user, program, *words),
    )


def test_there_is_no_virtual_environment_and_no_pip(host: Host, live: str, library: str) -> None:
    artefact = library.rpartition("/")[0]
    found = host.run(
        "find %s %s/ -name pyvenv.cfg -o -name pip -o -name 'pip-*' -o -name activate",
        artefact, live,
    )  # fmt: skip
    assert found.stdout == "", found.stdout


def test_processes_use_the_library_and_debians_python(
    host: Host, value: Value, library: str
) -> None:
    user = value("moztrap_user")
    processes = host.run("pgrep --uid %s", user).stdout.split()
    seen = 0
    for process in processes:
        files = set(re.findall(r"/\S+\.so\S*", host.file(f"/proc/{process}/maps").content_string))
        python = [path for path in files if "cpython-3" in path or ".abi3." in path]
        strange = [
            path for path in python if not path.startswith((f"{library}/lib/", "/usr/lib/python3"))
        ]
        assert strange == [], f"{process}: {strange}"
        seen += any(path.startswith(f"{library}/lib/") for path in python)
    # One that has had no request of the database yet has loaded little.
    assert seen > 0, processes


def test_the_site_is_served_by_vendor_wsgi_without_a_network(
    host: Host, value: Value, live: str
) -> None:
    # A page asks the database, which may be elsewhere.
    local = value("settings_database_host") == "localhost"
    path = "/accounts/login/" if local else "/healthz"
    done = python(host, value, live, REQUEST, path, value("moztrap_server_name"))
    assert done.stdout.strip() == "200 OK", done.stderr


def test_gunicorn_is_told_of_vendor_wsgi(host: Host, value: Value) -> None:
    """mod_wsgi's script imports it (tests/unit/test_environments.py)."""
    if value("moztrap_wsgi_server") == "gunicorn":
        shown = host.run("ps -u %s -o args=", value("moztrap_user")).stdout
        assert "gunicorn --config" in shown
        assert "moztrap.deploy.vendor_wsgi:application" in shown
    else:
        script = host.file("/etc/apache2/moztrap/live.wsgi").content_string
        assert "from moztrap.deploy.vendor_wsgi import application" in script


def test_compiled_parts_are_debians_where_they_fit_and_else_the_locked_wheels(
    host: Host, value: Value, live: str, library: str, compiled: dict[str, dict[str, str]]
) -> None:
    done = python(host, value, live, WHERE, *compiled)
    assert done.rc == 0, done.stderr
    where: dict[str, str] = json.loads(done.stdout)
    for module, served in compiled.items():
        expected = "/usr/lib/python3/dist-packages/" if served else f"{library}/lib/cpython-3"
        assert where[module].startswith(expected), f"{module}: {where[module]}"


def test_debians_packages_are_of_the_versions_that_were_resolved(
    host: Host, compiled: dict[str, dict[str, str]]
) -> None:
    for served in filter(None, compiled.values()):
        shown = host.run(
            "dpkg-query --show --showformat='${source:Upstream-Version}' %s", served["package"]
        )
        assert re.match(rf"{re.escape(served['version'])}\b", shown.stdout), f"{served}: {shown}"


def test_every_command_is_there(host: Host, value: Value, live: str) -> None:
    user = value("moztrap_user")
    inside = f"cd {live} && runuser -u {user} -- python3 -B vendor-manage.py"
    names = host.run(f"{inside} help --commands").stdout.split()
    assert {"check", "checksecure", "migrate_production", "ensure_admin", "test"} <= set(names)
    tried = host.run(
        f"cd {live} && for name in {' '.join(names)}; do"
        f" runuser -u {user} -- python3 -B vendor-manage.py $name --help >/dev/null"
        " || echo $name; done"
    )
    assert tried.stdout == "", f"{tried.stdout}{tried.stderr}"


@pytest.mark.parametrize(
    "words",
    ["check --deploy --fail-level WARNING", "checksecure", "migrate --check", "showmigrations"],
)
def test_commands_work(host: Host, value: Value, live: str, words: str) -> None:
    done = host.run(
        f"cd {live} && runuser -u {value('moztrap_user')} -- python3 -B vendor-manage.py {words}"
    )
    assert done.rc == 0, done.stderr


def test_another_python_is_told_why_it_is_refused(host: Host, live: str, library: str) -> None:
    described = json.loads(host.file(f"{library}/library.json").content_string)
    changed = json.dumps(described | {"abi": "cpython-399-x86_64-linux-gnu"})
    done = host.run(
        "set -e; folder=$(mktemp --directory); trap 'rm -r $folder' EXIT;"
        " printf '%%s' %s > $folder/library.json; cd %s;"
        " python3 -B -c 'import sys; from pathlib import Path; from moztrap.deploy import vendor;"
        " vendor.add_library(Path(sys.argv[1]))' $folder",
        changed, live,
    )  # fmt: skip
    assert "was made for Python" in done.stderr, done
