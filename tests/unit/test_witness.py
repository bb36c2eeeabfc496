"""What is remembered of a part that failed, out of all that it said."""

from __future__ import annotations

import pytest

from tests.witness import Witness

CONVERGE = """\
  │ TASK [base : Install what every host needs, and what must be there first]
  │   \x1b[0;31m*********************************\x1b[0m
  │ FAILED - RETRYING: [web-1]: Wait for the build (3 retries left).
  │ ok: [web-2]
  │ \x1b[0;31m[ERROR]: Task failed: Module failed: apt cannot reach\x1b[0m
  │ \x1b[0;31m  the archive\x1b[0m
  │ PLAY RECAP
  │ web-1                      : ok=2    changed=1    unreachable=0    failed=1
INFO     multi ➜ destroy: Executing
ERROR    Molecule executed 1 scenario (1 failed)
"""


def heard(words: str) -> tuple[str, ...]:
    """What a witness of these words tells."""
    witness = Witness()
    for line in words.splitlines(keepends=True):
        witness.hear(line)
    return witness.tell()


def test_the_reason_is_told_in_one_line_without_frames_and_colours() -> None:
    assert heard(CONVERGE) == ("[ERROR]: Task failed: Module failed: apt cannot reach the archive",)


@pytest.mark.parametrize(
    "line",
    [
        "FAILED tests/unit/test_lock.py::test_it - assert 1 == 2",
        "ERROR tests/unit/test_lock.py - ImportError: no such module",
        "fatal: [web-1]: FAILED! => ",
        "E       AssertionError: nobody answers",
        "tests/run.py:3: error: Name is not defined",
    ],
)
@pytest.mark.parametrize("frame", ["", "aside | ", "  │ +", "  │     - "])
def test_every_tool_has_its_own_words(frame: str, line: str) -> None:
    assert heard(f"{frame}{line}\n") == (line.strip(),)


def test_of_many_the_last_are_told() -> None:
    told = heard("".join(f"FAILED tests/test_{number}.py\n" for number in range(100)))
    assert len(told) < 10
    assert told[-1] == "FAILED tests/test_99.py"


def test_what_went_well_is_not_told() -> None:
    assert heard("web-1 : ok=9 failed=0\n234 passed\nunit            FAILED         277\n") == ()


def test_another_part_begins_anew() -> None:
    witness = Witness()
    witness.hear("FAILED tests/test_one.py\n")
    witness.forget()
    assert witness.tell() == ()
    assert list(witness.last_words) == []
