"""Making the base image: a mirror that is away for a moment is asked again."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from testbed import image, mirrors
from testbed.errors import TestbedError
from testbed.mirrors import Archive, MirrorAway
from testbed.run import CommandFailed

ARCHIVE = Archive("http://mirror.test/debian", "http://mirror.test/debian-security")


class FakePodman:
    """Knows no image, and takes every one that it is given."""

    def __init__(self) -> None:
        self.imported: list[str] = []

    def __call__(self, *arguments: str, **options: Any) -> SimpleNamespace:
        if arguments[0] == "import":
            self.imported.append(arguments[-1])
        return SimpleNamespace(succeeded=arguments[0] != "image")

    def json(self, *arguments: str) -> list[dict[str, Any]]:
        return []


@pytest.fixture
def podman(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakePodman:
    """A machine with an empty store of images, whose clock nobody waits for."""
    monkeypatch.setattr(image, "LIBRARY", tmp_path)
    monkeypatch.setattr(image, "_PAUSE_SECONDS", 0)
    monkeypatch.setattr(image, "_NEEDED_BYTES", 0)
    monkeypatch.setattr(mirrors, "discover", lambda: ARCHIVE)
    monkeypatch.setattr(mirrors, "fetch_release", lambda *asked: b"an index")
    monkeypatch.setattr(image, "_bootstrap", lambda *given: None)
    return FakePodman()


def failing(times: int, error: TestbedError, then: Any) -> Any:
    """A function that fails so many times, and the list of its calls."""
    calls: list[tuple[Any, ...]] = []

    def ask(*arguments: Any) -> Any:
        calls.append(arguments)
        if len(calls) <= times:
            raise error
        return then

    return ask, calls


def test_a_mirror_that_answers_the_second_time_is_enough(
    podman: FakePodman, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ask, _ = failing(1, MirrorAway("the mirror does not answer"), b"an index")
    monkeypatch.setattr(mirrors, "fetch_release", ask)
    make, made = failing(1, CommandFailed(["mmdebstrap"], 1, "E: Failed to fetch"), None)
    monkeypatch.setattr(image, "_bootstrap", make)
    tag = image.ensure(podman, "trixie")  # type: ignore[arg-type]
    assert podman.imported == [tag]
    assert len(made) == 2
    said = "".join(capsys.readouterr())
    assert "the mirror does not answer" in said
    assert "Failed to fetch" in said
    assert said.count("Trying again") == 2


def test_a_mirror_that_stays_away_is_named(
    podman: FakePodman, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask, calls = failing(99, MirrorAway("the mirror does not answer"), b"")
    monkeypatch.setattr(mirrors, "fetch_release", ask)
    with pytest.raises(MirrorAway, match="does not answer"):
        image.ensure(podman, "trixie")  # type: ignore[arg-type]
    assert len(calls) == 3
    assert podman.imported == []


def test_what_no_waiting_mends_is_told_at_once(
    podman: FakePodman, monkeypatch: pytest.MonkeyPatch
) -> None:
    make, made = failing(99, TestbedError("mmdebstrap is not installed"), None)
    monkeypatch.setattr(image, "_bootstrap", make)
    with pytest.raises(TestbedError, match="not installed"):
        image.ensure(podman, "trixie")  # type: ignore[arg-type]
    assert len(made) == 1
