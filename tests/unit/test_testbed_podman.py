"""The machine's podman, as several commands of the testbed find it that start at once."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from testbed import cgroups, podman


def test_commands_that_start_at_once_leave_each_other_what_they_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a boot each would forget what the one before has left."""
    runtime = tmp_path / "runtime"
    monkeypatch.setattr(podman, "LIBRARY", tmp_path / "library")
    monkeypatch.setattr(podman, "RUNTIME", runtime)
    monkeypatch.setattr(podman, "_forget_addresses", lambda: time.sleep(0.1))
    monkeypatch.setattr(cgroups, "discard", lambda: None)
    found: list[bool] = []

    def prefix() -> list[str]:
        place = runtime / f"of-{threading.get_ident()}"
        place.touch()
        time.sleep(0.2)
        found.append(place.exists())
        return []

    monkeypatch.setattr(cgroups, "prefix", prefix)
    commands = [threading.Thread(target=podman.Podman) for _ in range(3)]
    for command in commands:
        command.start()
        time.sleep(0.05)
    for command in commands:
        command.join()
    assert found == [True] * 3
