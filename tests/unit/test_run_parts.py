"""The program behind `make test`: which parts run where, and what is made of their results."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests import parts, run

TELLS = """
import json, sys
words = sys.argv[1:]
results, names = words[words.index("--results") + 1], words[words.index("--results") + 2:]
print("at work on", *names)
told = [{"name": name, "passed": name != "unit", "seconds": 1} for name in names[:FEWEST]]
open(results, "w").write(json.dumps(told))
"""


@pytest.fixture
def ran(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the parts that this process ran, none of which does anything."""
    names: list[str] = []

    def part(name: str) -> Callable[[], bool]:
        def run_it() -> bool:
            names.append(name)
            return name != "assets"

        return run_it

    def execute(command: parts.Command) -> bool:
        return part(command.words[1])()

    monkeypatch.setattr(parts, "PARTS", {name: part(name) for name in parts.PARTS})
    monkeypatch.setattr(parts, "execute", execute)
    monkeypatch.setattr(run, "_PASSED", tmp_path / "passed.json")
    return names


def aside(monkeypatch: pytest.MonkeyPatch, fewest: int) -> None:
    program = TELLS.replace("FEWEST", str(fewest))
    monkeypatch.setattr(run, "ASIDE", (sys.executable, "-c", program))


def test_parts_without_hosts_run_in_order_and_alone(ran: list[str]) -> None:
    assert run.main(["lint", "unit"]) == 0
    assert ran == ["lint", "unit"]


def test_a_part_that_fails_stops_no_other_and_fails_the_run(
    ran: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run.main(["assets", "multi"]) == 1
    assert ran == ["assets", "multi"]
    assert "1 failed, 1 passed" in capsys.readouterr().out


def test_beside_hosts_they_run_elsewhere_and_count_as_well(
    ran: list[str], monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    aside(monkeypatch, fewest=2)
    assert run.main(["lint", "multi", "unit", "rolling"]) == 1
    assert ran == ["multi", "rolling"]
    said = capfd.readouterr().out
    assert "aside | at work on lint unit" in said
    assert "1 failed, 3 passed" in said


def test_a_part_that_nobody_told_of_has_failed(
    ran: list[str], monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    aside(monkeypatch, fewest=0)
    assert run.main(["lint", "multi"]) == 1
    assert "1 failed, 1 passed" in capfd.readouterr().out


def test_hosts_that_nobody_visits_any_more_are_taken_down(ran: list[str]) -> None:
    run.main(["default", "browser", "multi"])
    assert ran == ["default", "browser", "destroy", "multi"]
    ran.clear()
    run.main(["default", "multi"])
    assert ran == ["default", "destroy", "multi"]


def test_what_passed_on_this_tree_is_not_run_again(ran: list[str]) -> None:
    run.main(["assets", "multi"])
    assert json.loads(run._PASSED.read_text())["parts"] == ["multi"]
    ran.clear()
    run.main(["--resume", "assets", "multi"])
    assert ran == ["assets"]


def test_an_unknown_part_is_named_with_those_there_are(
    ran: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        run.main(["linting"])
    assert "unknown part linting; there are: lint unit" in capsys.readouterr().err
    assert ran == []
