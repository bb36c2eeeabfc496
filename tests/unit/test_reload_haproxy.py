"""The program that reloads HAProxy: what is kept over it, and when it is done."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any, cast

import pytest

from tests.helpers.role_templates import MULTI, render

STATE = "1\n# be_id be_name ...\n4 moztrap_web 1 web1 10.0.0.2 2 8 1\n"


class Stage:
    """The program with HAProxy replaced by a list of the processes that answer in turn."""

    def __init__(self, folder: Path, answering: list[int | None]) -> None:
        program = folder / "reload_haproxy.py"
        program.write_text(render("haproxy", "reload-haproxy.py.j2", MULTI, "front"))
        specification = importlib.util.spec_from_file_location(program.stem, program)
        assert specification is not None
        assert specification.loader is not None
        module = importlib.util.module_from_spec(specification)
        specification.loader.exec_module(module)
        self.module = cast(Any, module)
        self.answering = answering
        self.signals: list[int] = []
        self.state_at_signal: str | None = None
        self.module.STATE = folder / "servers.state"
        self.module.PATIENCE_SECONDS = 2
        self.module.ask = self.ask
        self.module.os = self

    def ask(self, command: str) -> str:
        answers = self.answering[0]
        if command == "show info" and len(self.answering) > 1:
            self.answering.pop(0)
        if answers is None:
            raise ConnectionRefusedError
        return STATE if command == "show servers state" else f"Name: HAProxy\nPid: {answers}\n"

    def kill(self, process: int, signal: int) -> None:
        """Stands in for os.kill."""
        self.signals.append(process)
        kept = self.module.STATE
        self.state_at_signal = kept.read_text() if kept.exists() else None

    def run(self) -> int:
        return int(self.module.main(77))


def test_the_new_process_finds_what_the_old_one_knew(tmp_path: Path) -> None:
    stage = Stage(tmp_path, [1, 2])
    assert stage.run() == 0
    assert stage.signals == [77]
    assert stage.state_at_signal == STATE
    assert not stage.module.STATE.exists(), "a later start would believe it"


def test_it_ends_when_questions_go_to_the_new_process_alone(tmp_path: Path) -> None:
    stage = Stage(tmp_path, [1, 1, 2, None, 1, 2, 2, 2, 9])
    assert stage.run() == 0
    assert stage.answering == [9], "it ended before the old process had handed over"


def test_a_reload_that_comes_to_nothing_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stage = Stage(tmp_path, [1])
    assert stage.run() == 1
    assert "refused to reload" in capsys.readouterr().err


def test_without_an_old_process_there_is_nothing_to_keep(tmp_path: Path) -> None:
    stage = Stage(tmp_path, [None, None, 2])
    stage.module.STATE.write_text("of long ago")
    assert stage.run() == 0
    assert stage.state_at_signal is None
