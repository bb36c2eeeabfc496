"""The module that drains servers, against a UNIX socket that answers as HAProxy does."""

from __future__ import annotations

import json
import socketserver
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.testing import patch_module_args

from tests.helpers import plugins  # noqa: F401  # makes our shared code importable

from ansible.module_utils.moztrap import balancer  # isort: skip
from plugins.modules import moztrap_balancer  # isort: skip

BITS = {"ready": 0, "drain": 8, "maint": 1}
STATE_HEADER = "# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight"


class FakeHaproxy(socketserver.ThreadingUnixStreamServer):
    """A backend `moztrap_web` and one that follows it, with servers in given states."""

    daemon_threads = True

    def __init__(self, path: str) -> None:
        super().__init__(path, Answers)
        self.admin = {"web1": "ready", "web2": "ready"}
        self.up = {"web1": True, "web2": True}
        # After how many looks at a server that is ready its checks pass.
        self.rising: dict[str, int] = {}
        self.sessions: dict[tuple[str, str], int] = {}
        # How often the sessions are asked for before they have ended.
        self.lasting = 0
        self.asked: list[str] = []

    def answer(self, command: str) -> str:
        self.asked.append(command)
        words = command.split()
        if words[:3] == ["show", "servers", "state"]:
            return self._state(words[3])
        if words[:2] == ["show", "stat"]:
            return self._statistics()
        name = words[2].partition("/")[2]
        if name not in self.admin:
            return "No such server.\n"
        self.admin[name] = words[4]
        return "\n"

    def _state(self, backend: str) -> str:
        if backend != "moztrap_web":
            return "Can't find backend.\n"
        for name, looks in self.rising.items():
            if self.admin[name] == "ready":
                self.up[name] = looks <= 0
                self.rising[name] = looks - 1
        rows = [
            f"4 moztrap_web {number} {name} 10.0.0.{number} {2 if self.up[name] else 0} "
            f"{BITS[admin]} 1"
            for number, (name, admin) in enumerate(self.admin.items(), start=1)
        ]
        return "\n".join(["1", STATE_HEADER, *rows]) + "\n\n"

    def _statistics(self) -> str:
        counted = dict(self.sessions) if self.lasting else {}
        self.lasting = max(self.lasting - 1, 0)
        rows = ["# pxname,svname,qcur,qmax,scur,tracked,"]
        for backend in ("moztrap_web", "moztrap_web_unsafe", "moztrap_static"):
            for name in self.admin:
                tracked = f"moztrap_web/{name}" if backend == "moztrap_web_unsafe" else ""
                rows.append(f"{backend},{name},0,9,{counted.get((backend, name), 0)},{tracked},")
            rows.append(f"{backend},BACKEND,0,9,7,,")
        return "\n".join(rows) + "\n\n"


class Answers(socketserver.StreamRequestHandler):
    """One command, one answer, and the connection ends."""

    def handle(self) -> None:
        assert isinstance(self.server, FakeHaproxy)
        self.wfile.write(self.server.answer(self.rfile.readline().decode().strip()).encode())


@pytest.fixture
def haproxy(tmp_path: Path) -> Iterator[FakeHaproxy]:
    with FakeHaproxy(str(tmp_path / "admin.sock")) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}).start()
        yield server
        server.shutdown()


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Any:
    """Call the module as Ansible does; return what it says, and the warnings as plain texts."""

    def call(state: str, server: str = "web1", check: bool = False, **more: Any) -> dict[str, Any]:
        arguments = {
            "state": state, "server": server, "socket": str(tmp_path / "admin.sock"),
            "timeout": 2, "_ansible_check_mode": check, **more,
        }  # fmt: skip
        warned: list[str] = []
        monkeypatch.setattr(AnsibleModule, "warn", lambda self, text: warned.append(text))
        with patch_module_args(arguments), pytest.raises(SystemExit):
            moztrap_balancer.main()
        answer: dict[str, Any] = json.loads(capsys.readouterr().out)
        return answer | {"warnings": warned}

    return call


def warning(answer: dict[str, Any]) -> str:
    """The one warning that a module gave."""
    assert len(answer["warnings"]) == 1, answer
    return str(answer["warnings"][0])


def test_a_server_is_drained_and_comes_back(haproxy: FakeHaproxy, run: Any) -> None:
    drained = run("drained")
    assert (drained["changed"], drained["was"], drained["sessions"]) == (True, "ready", 0)
    assert haproxy.admin == {"web1": "drain", "web2": "ready"}
    ready = run("ready")
    assert (ready["changed"], ready["was"]) == (True, "drain")
    assert haproxy.admin["web1"] == "ready"


def test_one_that_failed_its_checks_comes_back_when_they_pass(
    haproxy: FakeHaproxy, run: Any
) -> None:
    haproxy.up["web1"] = False
    haproxy.admin["web1"] = "drain"
    haproxy.rising["web1"] = 2
    told = run(state="ready", server="web1")
    assert told["changed"]
    assert haproxy.up["web1"]
    assert not told["warnings"]


def test_one_that_goes_on_failing_them_is_told(
    haproxy: FakeHaproxy, run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(balancer, "_UP_SECONDS", 0.5)
    haproxy.up["web1"] = False
    haproxy.admin["web1"] = "drain"
    told = run(state="ready", server="web1")
    assert told["changed"]
    assert "web1 gets no requests yet" in told["warnings"][0]


def test_doing_it_again_changes_nothing(haproxy: FakeHaproxy, run: Any) -> None:
    haproxy.admin["web1"] = "drain"
    assert run("drained")["changed"] is False
    assert run("ready", "web2")["changed"] is False
    assert not [command for command in haproxy.asked if command.startswith("set ")]


def test_requests_in_flight_are_waited_for(haproxy: FakeHaproxy, run: Any) -> None:
    haproxy.sessions = {("moztrap_web", "web1"): 1, ("moztrap_web_unsafe", "web1"): 2}
    haproxy.lasting = 3
    drained = run("drained")
    assert drained["sessions"] == 0
    assert drained["warnings"] == []
    assert haproxy.lasting == 0


def test_a_drained_server_is_still_waited_for(haproxy: FakeHaproxy, run: Any) -> None:
    """The run that drained it may have been killed."""
    haproxy.admin["web1"] = "drain"
    haproxy.sessions = {("moztrap_web", "web1"): 1}
    haproxy.lasting = 2
    assert run("drained")["sessions"] == 0
    assert haproxy.lasting == 0


def test_running_out_of_time_is_a_warning(haproxy: FakeHaproxy, run: Any) -> None:
    haproxy.sessions = {("moztrap_web", "web1"): 1, ("moztrap_web_unsafe", "web1"): 2}
    haproxy.lasting = 1000
    drained = run("drained", timeout=0)
    assert drained["changed"] is True
    assert drained["sessions"] == 3
    assert "still had 3 requests" in warning(drained)


def test_other_servers_and_other_backends_do_not_count(haproxy: FakeHaproxy, run: Any) -> None:
    haproxy.sessions = {("moztrap_web", "web2"): 5, ("moztrap_static", "web1"): 5}
    haproxy.lasting = 1000
    assert run("drained")["sessions"] == 0


@pytest.mark.parametrize("state", ["drained", "ready"])
def test_what_a_person_took_out_is_left_alone(haproxy: FakeHaproxy, run: Any, state: str) -> None:
    haproxy.admin["web1"] = "maint"
    answer = run(state)
    assert (answer["changed"], answer["was"]) == (False, "maint")
    assert "somebody took it out" in warning(answer)
    assert haproxy.admin["web1"] == "maint"


@pytest.mark.parametrize("trouble", ["drained too", "down"])
def test_the_last_server_that_answers_is_not_drained(
    haproxy: FakeHaproxy, run: Any, trouble: str
) -> None:
    if trouble == "down":
        haproxy.up["web2"] = False
    else:
        haproxy.admin["web2"] = "drain"
    answer = run("drained")
    assert answer["changed"] is False
    assert "no other server" in warning(answer)
    assert haproxy.admin["web1"] == "ready"


def test_a_server_that_is_down_anyway_can_be_drained(haproxy: FakeHaproxy, run: Any) -> None:
    haproxy.up = {"web1": False, "web2": False}
    assert run("drained")["changed"] is True


def test_showing_changes_nothing(haproxy: FakeHaproxy, run: Any) -> None:
    haproxy.admin["web1"] = "maint"
    haproxy.sessions = {("moztrap_web", "web1"): 4}
    haproxy.lasting = 1
    shown = run("shown")
    assert (shown["changed"], shown["was"], shown["sessions"]) == (False, "maint", 4)
    assert shown["warnings"] == []


@pytest.mark.parametrize(("state", "before"), [("drained", "ready"), ("ready", "drain")])
def test_check_mode_says_what_would_change(
    haproxy: FakeHaproxy, run: Any, state: str, before: str
) -> None:
    haproxy.admin["web1"] = before
    answer = run(state, check=True)
    assert (answer["changed"], answer["was"]) == (True, before)
    assert haproxy.admin["web1"] == before


@pytest.mark.parametrize("state", ["drained", "ready", "shown"])
def test_where_haproxy_does_not_run_there_is_nothing_to_do(run: Any, state: str) -> None:
    answer = run(state)
    assert (answer["changed"], answer["was"], answer["sessions"]) == (False, "", 0)
    assert "does not run" in warning(answer)


def test_unknown_names_are_told(haproxy: FakeHaproxy, run: Any) -> None:
    assert "has no server web9; it has web1, web2" in run("drained", "web9")["msg"]
    assert "no backend moztrap_wbe" in run("ready", backend="moztrap_wbe")["msg"]
