"""The program that replaces gunicorn: who gets requests, in which order."""

from __future__ import annotations

import importlib.util
import os
import socket
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import UnixStreamServer
from threading import Thread
from typing import Any

import pytest

from tests.helpers.role_templates import render


def load(folder: Path) -> Any:
    """Import the program as the role would install it."""
    program = folder / "renew_gunicorn.py"
    program.write_text(render("gunicorn", "renew-gunicorn.py.j2"))
    specification = importlib.util.spec_from_file_location(program.stem, program)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


class Stage:
    """The program with systemd replaced by a set of units that run."""

    def __init__(self, folder: Path) -> None:
        self.module = load(folder)
        self.home = folder / "home"
        self.run_folder = folder / "run"
        self.run_folder.mkdir()
        self.module.HOME = self.home
        self.module.RUN = self.run_folder
        self.module.LIVE = self.run_folder / "live"
        self.module.PAUSE_SECONDS = 0
        self.asked: list[str] = []
        self.running: set[str] = set()
        self.unfit: set[str] = set()
        self.module.run = self.run
        self.module.is_active = self.running.__contains__
        self.module.prove = self.prove
        self.module.connections = lambda place: 0
        self.old, self.new = self.release("old-1"), self.release("new-2")

    def release(self, name: str, gunicorn: bool = True) -> Path:
        """A deployment's folder."""
        folder = self.home / "releases" / name
        packages = folder / "venv" / "lib" / "python3.11" / "site-packages" / "gunicorn"
        packages.mkdir(parents=True)
        if gunicorn:
            (packages / "arbiter.py").touch()
        return folder

    def run(self, *command: str) -> str:
        if command[0] == "/bin/sh":
            return "digest\n"
        self.asked.append(" ".join(command[1:]))
        if command[1] == "start":
            self.running.add(command[2])
            if command[2].endswith(".service"):
                place = command[2].partition("@")[2].partition(".")[0]
                (self.run_folder / f"{place}.loaded").write_text("digest\n")
        if command[1] == "stop":
            self.running -= set(command[2:])
        return ""

    def prove(self, place: str, folder: Path) -> None:
        self.asked.append(f"prove {place} {folder.name}")
        if place in self.unfit:
            raise self.module.UnfitError(f"{place} is unfit")

    def live(self) -> str:
        return os.readlink(self.module.LIVE)

    def serves(self, place: str, folder: Path) -> None:
        """As if it had been replaced like that before."""
        self.module.replace(folder)
        if self.module.live_place() != place:
            self.module.replace(folder)
        (self.home / "current").unlink(missing_ok=True)
        (self.home / "current").symlink_to(folder)
        self.asked.clear()


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


def service(place: str) -> str:
    return f"moztrap-gunicorn@{place}.service"


def test_the_other_place_is_proven_before_it_gets_requests(stage: Stage) -> None:
    stage.serves("blue", stage.old)
    stage.module.main([str(stage.new)])
    assert stage.asked == [
        "daemon-reload",
        f"stop moztrap-gunicorn@green.socket {service('green')}",
        "start moztrap-gunicorn@green.socket",
        f"start {service('green')}",
        "prove green new-2",
        f"stop {service('blue')}",
    ]
    assert stage.live() == "green.socket"
    assert os.readlink(stage.run_folder / "green.release") == str(stage.new)
    assert not (stage.run_folder / "blue.release").is_symlink()


def test_one_that_does_not_work_gets_no_request(stage: Stage, monkeypatch: Any) -> None:
    stage.serves("blue", stage.old)
    stage.unfit = {"green"}
    monkeypatch.setattr(stage.module.subprocess, "run", lambda command, check: None)
    with pytest.raises(stage.module.UnfitError):
        stage.module.main([str(stage.new)])
    assert stage.live() == "blue.socket"
    assert f"stop {service('blue')}" not in stage.asked
    assert not (stage.run_folder / "green.release").is_symlink()


def test_the_first_one_takes_the_first_place(stage: Stage) -> None:
    stage.module.main([str(stage.new)])
    assert stage.live() == "blue.socket"
    assert not any("stop moztrap-gunicorn@green" in command for command in stage.asked)


def test_before_the_first_deployment_there_is_nothing_to_do(stage: Stage, capsys: Any) -> None:
    stage.module.main([])
    assert stage.asked == []
    assert capsys.readouterr().out == ""


def test_what_another_server_has_run_is_served_here_too(stage: Stage) -> None:
    (stage.home / "current").symlink_to(stage.old)
    stage.module.main([])
    assert "prove blue old-1" in stage.asked
    assert stage.live() == "blue.socket"


def test_nothing_is_done_twice(stage: Stage, capsys: Any) -> None:
    stage.serves("green", stage.old)
    stage.module.main([])
    assert stage.asked == []
    assert capsys.readouterr().out == ""


def test_changed_files_bring_the_same_deployment_anew(stage: Stage, capsys: Any) -> None:
    stage.serves("blue", stage.old)
    (stage.run_folder / "blue.loaded").write_text("another digest\n")
    stage.module.main([])
    assert "prove green old-1" in stage.asked
    assert "began before its files were written" in capsys.readouterr().out


def test_a_look_changes_nothing(stage: Stage, capsys: Any) -> None:
    stage.serves("blue", stage.old)
    stage.running.clear()
    stage.module.main(["--look"])
    assert stage.asked == []
    assert f"{service('blue')} does not run" in capsys.readouterr().out


def test_after_an_interruption_what_was_left_is_ended(stage: Stage) -> None:
    """It was killed after the link was moved, and before the server of before had ended."""
    stage.serves("green", stage.new)
    stage.running.add(service("blue"))
    stage.module.main([])
    assert stage.asked == [f"stop {service('blue')}"]
    assert stage.live() == "green.socket"


def test_it_can_be_asked_for(stage: Stage) -> None:
    stage.serves("blue", stage.old)
    stage.module.main(["--anew"])
    assert "prove green old-1" in stage.asked
    assert stage.live() == "green.socket"


def test_a_release_without_gunicorn_is_refused_with_what_to_do(stage: Stage) -> None:
    older = stage.release("older-3", gunicorn=False)
    with pytest.raises(stage.module.UnfitError, match="moztrap_wsgi_server: mod_wsgi"):
        stage.module.start("blue", older)


def test_one_with_the_vendor_library_has_its_gunicorn_there(stage: Stage) -> None:
    stage.serves("blue", stage.old)
    folder = stage.release("vendor-3", gunicorn=False)
    library = folder / "requirements" / "vendor" / "lib" / "python" / "gunicorn"
    library.mkdir(parents=True)
    (library / "arbiter.py").touch()
    stage.module.main([str(folder)])
    assert "prove green vendor-3" in stage.asked


def test_requests_that_wait_are_counted_as_well_as_those_in_work(tmp_path: Path) -> None:
    module = load(tmp_path)
    module.RUN = tmp_path
    path = str(tmp_path / "blue.socket")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listening:
        listening.bind(path)
        listening.listen(5)
        assert module.connections("blue") == 0
        clients = [socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) for _ in range(2)]
        for client in clients:
            client.connect(path)
        taken, _ = listening.accept()
        assert module.connections("blue") == 2
        assert module.connections("green") == 0
        for end in (*clients, taken):
            end.close()
        listening.accept()[0].close()
        assert module.connections("blue") == 0


def test_a_server_that_still_has_requests_is_waited_for(stage: Stage) -> None:
    stage.serves("blue", stage.old)
    left = [2, 1, 0, 1, 0, 0]
    stage.module.connections = lambda place: left.pop(0)
    stage.module.end("blue")
    assert left == [], "it was ended while a request was on its way"


def test_only_the_live_deployment_may_not_know_a_new_name_of_the_site(tmp_path: Path) -> None:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(400)
            self.send_header("X-MozTrap-Deployment", "live-1")
            self.end_headers()

        def log_message(self, *_arguments: Any) -> None:
            """Be quiet."""

    module = load(tmp_path)
    module.HOME, module.RUN = tmp_path, tmp_path
    module.PAUSE_SECONDS, module.STARTUP_SECONDS = 0.01, 0.5
    module.is_active = lambda _unit: True
    live = tmp_path / "deployments" / "live-1"
    live.mkdir(parents=True)
    with UnixStreamServer(str(tmp_path / "blue.socket"), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        # On its way to be live, a deployment must know the name that the site is asked by.
        with pytest.raises(module.UnfitError, match="status 400 from live-1"):
            module.prove("blue", live)
        (tmp_path / "current").symlink_to(live)
        module.prove("blue", live)
        server.shutdown()
