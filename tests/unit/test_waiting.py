"""A run says what it is waiting for."""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import Any

import pytest

from plugins.callback import moztrap_waiting as waiting


class Play:
    """Hosts that begin and answer, as Ansible tells its callbacks."""

    def __init__(self) -> None:
        self.callback = waiting.CallbackModule()

    def begin(self, task: str, *hosts: str, action: str = "moztrap_migrate") -> None:
        for name in hosts:
            self.callback.v2_runner_on_start(_host(name), _task(task, action))

    def answer(self, *hosts: str) -> None:
        for name in hosts:
            self.callback.v2_runner_on_ok(SimpleNamespace(host=_host(name)))

    def end(self) -> None:
        self.callback.v2_playbook_on_stats(None)


def _host(name: str) -> Any:
    return SimpleNamespace(get_name=lambda: name)


def _task(name: str, action: str) -> Any:
    return SimpleNamespace(get_name=lambda: name, action=action)


def told(capfd: pytest.CaptureFixture[str], expected: str) -> str:
    """Wait for a line, however busy the machine is."""
    seen = ""
    for _ in range(600):
        seen += capfd.readouterr().err
        if expected in seen:
            return seen
        time.sleep(0.05)
    pytest.fail(f"{expected!r} was never said, only: {seen}")


@pytest.fixture
def play(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(waiting, "FIRST_SECONDS", 0.2)
    made = Play()
    yield made
    made.end()


def test_a_slow_task_is_named_with_the_hosts_at_work(
    play: Play, capfd: pytest.CaptureFixture[str]
) -> None:
    play.begin("migrate : Migrate the database", "web1", "web2")
    play.answer("web2")
    assert "web2" not in told(capfd, "migrate : Migrate the database: web1 at work for").split()


def test_the_next_task_is_named_once_the_first_is_done(
    play: Play, capfd: pytest.CaptureFixture[str]
) -> None:
    play.begin("one", "web1")
    told(capfd, "one: web1")
    play.answer("web1")
    play.begin("two", "web1")
    assert "one" not in told(capfd, "two: web1").partition("two: web1")[2]


def test_nobody_is_disturbed_while_a_question_waits_for_its_answer(
    play: Play, capfd: pytest.CaptureFixture[str]
) -> None:
    play.begin("Go on?", "web1", action="ansible.builtin.pause")
    play.begin("beside it", "web2")
    assert "Go on?" not in told(capfd, "beside it: web2")


def test_of_many_hosts_a_few_are_named() -> None:
    hosts = {f"web{number}": "unpack" for number in range(1, 8)}
    line = waiting.described(hosts, 41.4)
    assert line == "... unpack: web1, web2, web3, web4 and 3 more at work for 41 s"
