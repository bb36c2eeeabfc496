"""Roles artefact, settings, migrate and activate: what is live, and how it got there."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from testinfra.host import Host

from tests.helpers.website import Site
from tests.testinfra.conftest import Value

GROUPS = ("web",)
UNITS = ("moztrap-application@main.service", "moztrap-gunicorn@*.service")


@pytest.fixture(scope="module")
def home(value: Value) -> str:
    """The product's folder."""
    return str(value("moztrap_home"))


@pytest.fixture(scope="module")
def state(host: Host, home: str) -> dict[str, Any]:
    """What the last activation recorded."""
    recorded: dict[str, Any] = json.loads(host.file(f"{home}/state.json").content_string)
    return recorded


def test_current_is_what_was_recorded(host: Host, home: str, state: dict[str, Any]) -> None:
    link = host.file(f"{home}/current")
    assert link.is_symlink
    assert link.linked_to == f"{home}/releases/{state['current']}"


def test_every_process_runs_the_live_deployment(
    site: Site, state: dict[str, Any], value: Value
) -> None:
    processes = set()
    # Several at a time: whoever is quickest would answer all that come one after the other.
    with ThreadPoolExecutor(max_workers=8) as pool:
        answers = list(pool.map(lambda _: site.get("/healthz"), range(80)))
    for answer in answers:
        assert answer.status == 200, answer.describe()
        body = json.loads(answer.text)
        assert body["deployment"] == state["current"], answer.describe()
        assert body["release"] == state["current"].rpartition("-")[0], answer.describe()
        assert answer.header("X-MozTrap-Deployment") == state["current"], answer.describe()
        processes.add(body["process"])
    assert len(processes) == int(value("moztrap_web_processes")), processes


def test_ready_without_a_degradation(site: Site) -> None:
    answer = site.get("/readyz")
    assert answer.status == 200, answer.describe()
    assert json.loads(answer.text)["status"] == "ok", answer.describe()


def test_release_belongs_to_root_alone(host: Host, home: str) -> None:
    loose = host.run(
        "find %s/releases %s/artefacts ! -type l \\( ! -user root -o -perm /022 \\) | head",
        home,
        home,
    )
    assert loose.stdout == "", loose.stdout


def test_application_writes_nothing_but_media(host: Host, value: Value) -> None:
    user, home = value("moztrap_user"), value("moztrap_home")
    owned = host.run("find %s -user %s -not -path %s | head", home, user, f"{home}/media*")
    assert owned.stdout == "", owned.stdout


def test_release_has_the_promised_anatomy(host: Host, home: str, value: Value) -> None:
    for path in (
        "moztrap/deploy/wsgi.py",
        "moztrap/settings/default.py",
        "moztrap/settings/local.py",
        "moztrap/settings/local.sample.py",
        "manage.py",
        "vendor-manage.py",
        "moztrap/deploy/vendor_wsgi.py",
    ):
        assert host.file(f"{home}/current/{path}").is_file, path
    packages = {"venv": "venv", "vendor": "requirements/vendor"}
    chosen = value("moztrap_python_env")
    assert host.file(f"{home}/current/{packages.pop(chosen)}").is_directory
    for other in packages.values():
        assert not host.file(f"{home}/current/{other}").exists, other


def test_no_compiler_and_no_build_tools_in_the_release(host: Host, home: str) -> None:
    for name in ("pip", "pip3", "wheel"):
        assert not host.file(f"{home}/current/venv/bin/{name}").exists, name
