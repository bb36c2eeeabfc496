"""One web server takes the place of another, or leaves nothing behind."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.helpers import plugins  # noqa: F401  # makes our shared code importable

from ansible.module_utils.moztrap import units  # isort: skip
from plugins.modules import moztrap_retire, moztrap_takeover  # isort: skip

OLD = {"unit": "old.service", "signal": "SIGQUIT"}


class Systemd:
    """A systemd that only remembers what it was asked, and starts what is not unfit."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.running: set[str] = set()
        self.unfit: set[str] = set()

    def systemctl(self, *words: str) -> str:
        self.asked.append(" ".join(words))
        if words[0] == "start":
            for name in words[1:]:
                if name in self.unfit:
                    raise units.UnitError(f"{name} failed")
                self.running.add(name)
        if words[0] == "stop":
            self.running -= set(words[1:])
        if words[0] == "kill":
            self.running.discard(words[-1])
        return ""


@pytest.fixture
def systemd(monkeypatch: pytest.MonkeyPatch) -> Systemd:
    made = Systemd()
    monkeypatch.setattr(units, "systemctl", made.systemctl)
    monkeypatch.setattr(units, "is_running", made.running.__contains__)
    monkeypatch.setattr(units, "last_words", lambda unit: f"the last words of {unit}")
    return made


@pytest.fixture
def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture
def listen(port: int) -> Iterator[Callable[[bool], socket.socket]]:
    """Listen at the port, as a web server does that shares it or does not."""
    opened: list[socket.socket] = []

    def start(shares: bool) -> socket.socket:
        made = socket.socket(socket.AF_INET6 if socket.has_ipv6 else socket.AF_INET)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, int(shares))
        made.bind(("", port))
        made.listen()
        opened.append(made)
        return made

    yield start
    for each in opened:
        each.close()


def test_a_port_is_shared_only_if_both_ask_for_it(
    port: int, listen: Callable[[bool], socket.socket]
) -> None:
    assert moztrap_takeover.can_share({port})
    assert moztrap_takeover.are_free({port})
    shared = listen(True)
    assert not moztrap_takeover.are_free({port})
    assert moztrap_takeover.can_share({port})
    shared.close()
    listen(False)
    assert not moztrap_takeover.can_share({port})


def test_beside_one_that_shares_its_ports_the_new_one_starts_first(
    systemd: Systemd, port: int, listen: Callable[[bool], socket.socket]
) -> None:
    listen(True)
    systemd.running.add("old.service")
    closed = moztrap_takeover.take_over("new.service", [OLD], {port}, 5)
    assert closed == 0
    assert systemd.asked == [
        "start new.service",
        "kill --kill-who=main --signal=SIGQUIT old.service",
        "stop old.service",
    ]


def test_one_that_does_not_start_beside_it_changes_nothing(
    systemd: Systemd, port: int, listen: Callable[[bool], socket.socket]
) -> None:
    listen(True)
    systemd.running.add("old.service")
    systemd.unfit.add("new.service")
    with pytest.raises(units.UnitError, match=r"the last words of new\.service"):
        moztrap_takeover.take_over("new.service", [OLD], {port}, 5)
    assert "old.service" in systemd.running
    assert not any("kill" in command for command in systemd.asked)


def test_one_that_does_not_share_is_asked_to_end_first(
    systemd: Systemd,
    port: int,
    listen: Callable[[bool], socket.socket],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    held = listen(False)
    systemd.running.add("old.service")
    kill = systemd.systemctl

    def end_gracefully(*words: str) -> str:
        if words[0] == "kill":
            held.close()
        return kill(*words)

    monkeypatch.setattr(units, "systemctl", end_gracefully)
    moztrap_takeover.take_over("new.service", [OLD], {port}, 5)
    assert systemd.asked == [
        "kill --kill-who=main --signal=SIGQUIT old.service",
        "start new.service",
        "stop old.service",
    ]


def test_if_the_new_one_does_not_start_the_old_one_is_back(
    systemd: Systemd, port: int, listen: Callable[[bool], socket.socket], monkeypatch: Any
) -> None:
    listen(False)
    # It does not even let go of its ports when asked.
    monkeypatch.setattr(moztrap_takeover, "RELEASE_SECONDS", 0.05)
    systemd.running.add("old.service")
    systemd.unfit.add("new.service")
    with pytest.raises(units.UnitError, match=r"old\.service was started again"):
        moztrap_takeover.take_over("new.service", [OLD], {port}, 5)
    assert systemd.asked[-2:] == ["stop old.service", "start old.service"]
    assert "old.service" in systemd.running


SERVER = textwrap.dedent(
    """
    import http.server, signal, socket, sys, threading

    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(sys.argv[2].encode())
        def log_message(self, *words):
            pass

    class Server(http.server.ThreadingHTTPServer):
        address_family = socket.AF_INET6
        request_queue_size = 500
        daemon_threads = False
        def server_bind(self):
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
            super().server_bind()

    server = Server(("::", int(sys.argv[1])), Answer)
    signal.signal(signal.SIGQUIT, lambda *_: threading.Thread(target=server.shutdown).start())
    print("ready", flush=True)
    server.serve_forever()
    server.server_close()
    """
)


@pytest.mark.skipif(
    not os.access(moztrap_takeover.HANDING_OVER, os.W_OK),
    reason="only root may have Linux hand over, from 5.14 on",
)
def test_what_waits_at_a_closed_socket_is_answered_by_the_one_beside_it(port: int) -> None:
    """The kernel's part of it, with connections that nobody has taken yet."""
    family = socket.AF_INET6
    with socket.socket(family) as old, socket.socket(family) as new:
        for each in (old, new):
            each.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            each.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        old.bind(("", port))
        old.listen(50)
        waiting = [socket.create_connection(("127.0.0.1", port)) for _ in range(10)]
        new.bind(("", port))
        new.listen(50)
        before = moztrap_takeover.HANDING_OVER.read_text()
        with moztrap_takeover.waiting_connections_handed_over():
            old.close()
        assert moztrap_takeover.HANDING_OVER.read_text() == before
        new.settimeout(5)
        for _ in waiting:
            taken, _ = new.accept()
            taken.sendall(b"answered")
            taken.close()
        assert [client.recv(8) for client in waiting] == [b"answered"] * 10
        for client in waiting:
            client.close()


def test_a_server_that_shares_is_exchanged_without_a_refusal(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two real servers, and a client that never stops asking."""
    started: dict[str, subprocess.Popen[str]] = {}

    def systemctl(*words: str) -> str:
        if words[0] == "start":
            program = [sys.executable, "-c", SERVER, str(port), words[1]]
            started[words[1]] = subprocess.Popen(program, stdout=subprocess.PIPE, text=True)
            said = started[words[1]].stdout
            assert said is not None
            assert said.readline() == "ready\n"
        if words[0] == "kill":
            assert words[2] == "--signal=SIGQUIT"
            started[words[-1]].send_signal(signal.SIGQUIT)
        return ""

    monkeypatch.setattr(units, "systemctl", systemctl)
    monkeypatch.setattr(units, "is_running", lambda name: started[name].poll() is None)
    systemctl("start", "old.service")
    seen: list[str] = []
    done = threading.Event()

    def ask() -> None:
        while not done.is_set():
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            try:
                connection.request("GET", "/")
                seen.append(connection.getresponse().read().decode())
            except OSError as error:
                seen.append(repr(error))
            finally:
                connection.close()

    clients = [threading.Thread(target=ask) for _ in range(3)]
    for client in clients:
        client.start()
    try:
        moztrap_takeover.take_over("new.service", [OLD], {port}, 10)
    finally:
        done.set()
        for client in clients:
            client.join(10)
        for process in started.values():
            process.kill()
            process.wait()
    assert set(seen) <= {"old.service", "new.service"}, set(seen)
    assert "new.service" in seen[-20:]


# --- what is left behind ------------------------------------------------------------


def retire(systemd: Systemd, monkeypatch: pytest.MonkeyPatch, **options: Any) -> dict[str, Any]:
    """Run the module as Ansible would; return what it says."""
    told: dict[str, Any] = {}

    class Module:
        """Stands for AnsibleModule."""

        check_mode = bool(options.pop("check", False))
        params = {"units": [], "files": [], "shared": [], "behind": None, "patience": 5, **options}

        def exit_json(self, **result: Any) -> None:
            told.update(result)

    monkeypatch.setattr(moztrap_retire, "AnsibleModule", lambda **_: Module())
    monkeypatch.setattr(units, "is_enabled", lambda name: name in systemd.running)
    monkeypatch.setattr(units, "shows", lambda name, which: "active")
    moztrap_retire.main()
    return told


def test_nothing_is_left_of_what_was_replaced(
    systemd: Systemd, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    systemd.running.add("a.service")
    (tmp_path / "unit.d").mkdir()
    (tmp_path / "unit.d" / "ours.conf").touch()
    (tmp_path / "folder" / "inner").mkdir(parents=True)
    (tmp_path / "link").symlink_to("nowhere")
    options = {
        "units": ["a.service", "b.service"],
        "files": [f"{tmp_path}/unit.d/ours.conf", f"{tmp_path}/folder", f"{tmp_path}/link"],
        "shared": [f"{tmp_path}/unit.d"],
    }
    looked = retire(systemd, monkeypatch, **options, check=True)
    assert looked["changed"]
    assert systemd.asked == []
    assert retire(systemd, monkeypatch, **options)["changed"]
    assert systemd.asked[:2] == ["stop a.service", "disable a.service"]
    assert list(tmp_path.iterdir()) == []
    assert not retire(systemd, monkeypatch, **options)["changed"]


def test_what_somebody_else_keeps_in_a_shared_folder_stays(
    systemd: Systemd, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "ours.conf").touch()
    (tmp_path / "theirs.conf").touch()
    retire(systemd, monkeypatch, files=[f"{tmp_path}/ours.conf"], shared=[str(tmp_path)])
    assert [path.name for path in tmp_path.iterdir()] == ["theirs.conf"]


def test_what_the_web_server_still_has_is_answered_first(
    systemd: Systemd, monkeypatch: pytest.MonkeyPatch
) -> None:
    systemd.running |= {"a.service", "web.service"}
    left = [{1, 2}, {1, 2, 3}, {2, 3}, {3}]
    monkeypatch.setattr(units, "workers", lambda unit: left.pop(0))
    retire(systemd, monkeypatch, units=["a.service"], behind="web.service")
    assert systemd.asked[:2] == ["reload web.service", "stop a.service"]
    assert left == []
