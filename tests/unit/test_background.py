"""Work that goes on after the module that began it."""

from __future__ import annotations

import os
import pwd
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.helpers import plugins  # noqa: F401  # makes our shared code importable

from ansible.module_utils.moztrap import background  # isort: skip

USER = pwd.getpwuid(os.getuid()).pw_name
PATIENCE = 20.0


@pytest.fixture
def progress(tmp_path: Path) -> background.Progress:
    return background.Progress(tmp_path / "notes", "r1")


def begin(progress: background.Progress, **phases: Callable[[], None]) -> bool:
    tidy = progress.folder / "tidied"
    return bool(
        background.begin(
            progress, user=USER, prepare=lambda: None, phases=phases, clean_up=tidy.touch
        )
    )


def end_of(progress: background.Progress) -> background.State:
    """Wait for the end, phase by phase."""
    state = background.look(progress)
    while state.state == "running":
        state = background.look(progress, state.phase, PATIENCE)
    return state


def test_phases_follow_each_other_to_the_end(progress: background.Progress, tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    assert begin(progress, one=first.touch, two=lambda: os.replace(first, second))
    assert end_of(progress) == background.State("done", "done")
    assert second.exists()
    assert (progress.folder / "tidied").exists()


def test_a_failure_names_the_phase_and_ends_the_rest(
    progress: background.Progress, tmp_path: Path
) -> None:
    def fail() -> None:
        raise background.WorkError("pip ended with 1: no such wheel")

    assert begin(progress, one=fail, two=(tmp_path / "later").touch)
    assert end_of(progress) == background.State("failed", "one", "pip ended with 1: no such wheel")
    assert not (tmp_path / "later").exists()


def test_what_is_not_foreseen_shows_where_it_happened(progress: background.Progress) -> None:
    assert begin(progress, one=lambda: [][0])
    state = end_of(progress)
    assert state.state == "failed"
    assert "IndexError" in state.problem


def test_a_second_beginner_joins_the_first(progress: background.Progress, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    os.mkfifo(gate)

    def wait_at_the_gate() -> None:
        gate.read_text()

    assert begin(progress, one=wait_at_the_gate)
    assert not begin(progress, one=wait_at_the_gate)
    assert background.look(progress).state == "running"
    gate.write_text("go")
    assert end_of(progress).state == "done"


def test_killed_work_counts_as_never_begun(progress: background.Progress, tmp_path: Path) -> None:
    told = tmp_path / "told"

    def be_killed() -> None:
        told.write_text("here")
        # The supervisor, as an administrator or the kernel would.
        os.kill(os.getppid(), signal.SIGKILL)

    assert begin(progress, one=be_killed)
    assert end_of(progress).state == "absent"
    assert told.exists()
    assert begin(progress, one=lambda: None)
    assert end_of(progress).state == "done"


def test_nothing_begun_is_nothing_there(progress: background.Progress) -> None:
    assert background.look(progress) == background.State("absent")
