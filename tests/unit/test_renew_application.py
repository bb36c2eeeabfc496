"""The program that replaces the application's server: who gets requests, in which order."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from tests.helpers.role_templates import render

STANDBY = "moztrap-application@standby.service"
MAIN = "moztrap-application@main.service"


def load(folder: Path) -> Any:
    """Import the program as the role would install it."""
    program = folder / "renew_application.py"
    paths: dict[str, Any] = {"tls_certificate_path": "/x", "tls_private_key_path": "/y"}
    program.write_text(render("apache", "renew-application.py.j2", **paths))
    specification = importlib.util.spec_from_file_location(program.stem, program)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


class Stage:
    """The program with its hosts' services replaced by a list of what it asks of them."""

    def __init__(self, folder: Path) -> None:
        self.module = load(folder)
        self.asked: list[str] = []
        self.unfit: set[int] = set()
        self.module.LOADED = folder / "loaded"
        self.module.UPSTREAM = folder / "upstream.conf"
        self.module.LIVE = folder / "current"
        self.module.LIVE.touch()
        self.main_runs = True
        self.module.is_active = lambda unit: self.main_runs
        self.module.run = self.run
        self.module.prove = self.prove
        self.module.workers = set

    def run(self, *command: str) -> str:
        if command[0] == "/bin/sh":
            return "digest\n"
        self.asked.append(" ".join(command[1:]))
        if command[1:] == ("reload", "apache2.service"):
            upstream = self.module.UPSTREAM
            self.asked[-1] += ": " + (upstream.read_text().split()[-1] if upstream.exists() else "")
        return ""

    def prove(self, port: int) -> None:
        self.asked.append(f"prove {port}")
        if port in self.unfit:
            raise self.module.UnfitError(f"{port}")


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


def test_a_stand_in_takes_over_and_hands_back(stage: Stage) -> None:
    stage.module.main()
    assert stage.asked[2:] == [
        f"restart {STANDBY}",
        "prove 8082",
        "reload apache2.service: 8082",
        f"restart {MAIN}",
        "prove 8081",
        "reload apache2.service: ",
        f"stop {STANDBY}",
    ]


def test_an_interrupted_run_is_completed_without_ending_what_serves(stage: Stage) -> None:
    stage.module.LOADED.write_text("digest\n")
    stage.module.UPSTREAM.write_text("Define MOZTRAP_UPSTREAM 8082\n")
    stage.module.main()
    assert f"restart {STANDBY}" not in stage.asked
    assert stage.asked[2:4] == ["reload apache2.service: 8082", f"restart {MAIN}"]
    assert not stage.module.UPSTREAM.exists()


def test_a_stand_in_that_does_not_work_gets_no_request(stage: Stage) -> None:
    stage.unfit = {8082}
    with pytest.raises(stage.module.UnfitError):
        stage.module.main()
    assert stage.asked[-1] == f"stop {STANDBY}"
    assert not any("apache2.service" in command or MAIN in command for command in stage.asked)


def test_a_main_instance_that_does_not_work_gets_no_request(stage: Stage) -> None:
    stage.unfit = {8081}
    with pytest.raises(stage.module.UnfitError):
        stage.module.main()
    assert stage.module.UPSTREAM.read_text() == "Define MOZTRAP_UPSTREAM 8082\n"
    assert f"stop {STANDBY}" not in stage.asked


def test_nothing_is_done_twice(stage: Stage) -> None:
    stage.module.LOADED.write_text("digest\n")
    stage.module.main()
    assert stage.asked == []


def test_where_another_server_has_run_the_application_it_starts_at_once(stage: Stage) -> None:
    stage.main_runs = False
    stage.module.main()
    assert stage.asked[-2:] == [f"start {MAIN}", "prove 8081"]
    assert not any("reload apache2" in command for command in stage.asked)


def test_before_the_first_deployment_nobody_waits(stage: Stage) -> None:
    stage.module.LIVE.unlink()
    stage.module.main()
    assert stage.asked[2:] == [f"restart {MAIN}"]


Answer = Callable[[int, str], int]


@pytest.fixture
def answering() -> Iterator[Answer]:
    """A server that answers so, in the name of a deployment; its port."""
    servers = []

    def serve(status: int, deployment: str) -> int:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(status)
                self.send_header("X-MozTrap-Deployment", deployment)
                self.end_headers()

            def log_message(self, *_arguments: Any) -> None:
                """Be quiet."""

        server = HTTPServer(("127.0.0.1", 0), Handler)
        servers.append(server)
        Thread(target=server.serve_forever, daemon=True).start()
        return server.server_port

    yield serve
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def prover(tmp_path: Path) -> Any:
    """The program on a host with a live deployment."""
    module = load(tmp_path)
    module.TOKEN = tmp_path / "token"
    module.TOKEN.write_text("Define TOKEN abc\n")
    module.LIVE = tmp_path / "current"
    (tmp_path / "deployments" / "live-1").mkdir(parents=True)
    module.LIVE.symlink_to("deployments/live-1")
    return module


@pytest.mark.parametrize("status", [200, 400])
def test_an_instance_that_does_not_know_a_new_name_yet_is_fit(
    prover: Any, answering: Answer, status: int
) -> None:
    prover.prove(answering(status, "live-1"))


@pytest.mark.parametrize(("status", "deployment"), [(503, "live-1"), (400, ""), (200, "other-2")])
def test_an_instance_that_fails_or_is_not_the_application_is_unfit(
    prover: Any, answering: Answer, status: int, deployment: str
) -> None:
    with pytest.raises(prover.UnfitError, match=f"answers {status} from"):
        prover.prove(answering(status, deployment))
