"""One run at a time changes a site."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import threading
from pathlib import Path

import pytest

from tests.helpers import plugins  # noqa: F401  # makes our shared code importable

from ansible.module_utils.moztrap.lock import Lock, LockError, LockFile  # isort: skip
from plugins.action import moztrap_lock as action  # isort: skip

NOON = 1_800_000_000.0
ADA = Lock("a", "ada@desk", "release.yml", "m1", "17:42", NOON, NOON, 600)
BEA = dataclasses.replace(ADA, token="b", owner="bea@lab", controller="m2", process="9:1")


@pytest.fixture
def file(tmp_path: Path) -> LockFile:
    return LockFile(tmp_path / "site")


def later(lock: Lock, seconds: float) -> Lock:
    """The same wish, so many seconds later."""
    return dataclasses.replace(lock, taken_at=NOON + seconds, renewed_at=NOON + seconds)


def test_the_second_is_told_who_has_it_and_what_to_do(file: LockFile) -> None:
    assert file.take(ADA) is None
    with pytest.raises(LockError) as refused:
        file.take(later(BEA, 60))
    text = str(refused.value)
    assert "ada@desk holds the lock" in text
    assert "release.yml" in text
    assert "expires in 9 min" in text
    assert "unlock.yml" in text
    assert file.read() == ADA


def test_of_many_at_once_one_gets_it(file: LockFile) -> None:
    taken = []

    def attempt(number: int) -> None:
        try:
            file.take(dataclasses.replace(ADA, token=str(number)))
        except LockError:
            return
        taken.append(number)

    runs = [threading.Thread(target=attempt, args=(number,)) for number in range(12)]
    for run in runs:
        run.start()
    for run in runs:
        run.join()
    assert len(taken) == 1


def test_a_lock_that_was_not_renewed_can_be_taken_over(file: LockFile) -> None:
    file.take(ADA)
    assert file.take(later(BEA, 601)) == ADA
    with pytest.raises(LockError, match="taken over: bea@lab"):
        file.hold("a", NOON + 602)


def test_renewal_puts_off_the_end(file: LockFile) -> None:
    file.take(ADA)
    file.hold("a", NOON + 500)
    with pytest.raises(LockError):
        file.take(later(BEA, 700))


def test_a_run_that_is_over_leaves_nothing_to_wait_for(file: LockFile) -> None:
    file.take(ADA)
    assert file.take(later(BEA, 1), ended="a") == ADA


def test_a_run_whose_lock_was_broken_stops(file: LockFile) -> None:
    file.take(ADA)
    assert file.remove()
    assert not file.remove()
    with pytest.raises(LockError, match="was broken"):
        file.hold("a", NOON)


def test_only_its_owner_gives_it_back(file: LockFile) -> None:
    file.take(ADA)
    assert not file.give_back("b")
    assert file.give_back("a")
    assert file.read() is None


def test_a_lock_that_cannot_be_read_is_named_and_can_be_broken(file: LockFile) -> None:
    file.folder.mkdir()
    file.path.write_text("{")
    with pytest.raises(LockError, match=r"lock\.json cannot be read"):
        file.take(ADA)
    assert file.remove()


def arguments() -> dict[str, object]:
    return {"reason": "release", "ttl": 600.0, "outlives": False}


def holder(process: str) -> dict[str, object]:
    """Somebody of this machine who holds the lock."""
    return dataclasses.asdict(
        dataclasses.replace(ADA, controller=action.this_machine(), process=process)
    )


def test_a_process_that_is_over_has_no_claim() -> None:
    child = subprocess.Popen(["sleep", "60"])
    identity = action.identity_of(child.pid)
    assert action.claim(arguments(), "t", holder(identity))["ended"] == ""
    child.kill()
    child.wait()
    assert action.claim(arguments(), "t", holder(identity))["ended"] == "a"


def test_a_number_used_again_is_another_process() -> None:
    assert action.claim(arguments(), "t", holder(f"{os.getpid()}:1"))["ended"] == "a"


def test_nothing_is_known_of_processes_elsewhere() -> None:
    elsewhere = holder("1:1") | {"controller": "another"}
    assert action.claim(arguments(), "t", elsewhere)["ended"] == ""


def test_a_lock_that_outlives_its_run_is_nobodys_process() -> None:
    claimed = action.claim(arguments() | {"outlives": True}, "t", {})
    assert claimed["process"] == ""
    held = holder("") | {"token": "kept"}
    assert action.claim(arguments(), "t", held)["ended"] == ""
