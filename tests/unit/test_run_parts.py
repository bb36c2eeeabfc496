"""The program behind `make test`: which parts run where, and what is made of their results."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests import parts, run

TELLS = """
import sys
name = sys.argv[1]
print("at work on", name)
print("line\\n" * 1000 + "the end of", name)
sys.exit(name == "unit")
"""


@pytest.fixture
def ran(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the parts that this process ran, none of which does anything."""
    names: list[str] = []

    def part(name: str) -> Callable[[], bool]:
        def run_it() -> bool:
            names.append(name)
            parts.WITNESS.hear(f"fatal: [host]: {name}\n")
            return name != "assets"

        return run_it

    def execute(command: parts.Command) -> bool:
        return part(command.words[1])()

    monkeypatch.setattr(parts, "PARTS", {name: part(name) for name in parts.PARTS})
    monkeypatch.setattr(parts, "execute", execute)
    monkeypatch.setattr(run, "_PASSED", tmp_path / "passed.json")
    return names


def test_parts_without_hosts_run_in_order_and_alone(ran: list[str]) -> None:
    assert run.main(["lint", "unit"]) == 0
    assert ran == ["lint", "unit"]


def test_a_part_that_fails_stops_no_other_and_fails_the_run(
    ran: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run.main(["assets", "multi"]) == 1
    assert ran == ["assets", "multi"]
    said = capsys.readouterr().out
    assert "1 failed, 1 passed" in said
    # Why is said at the very end, where people look first; of what passed nothing is.
    assert "assets: fatal: [host]: assets" in said.rpartition("FAILED")[2]
    assert "multi: " not in said


def test_beside_hosts_they_run_elsewhere_and_count_as_well(
    ran: list[str], monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(run, "ASIDE", (sys.executable, "-c", TELLS))
    assert run.main(["lint", "multi", "unit", "rolling", "app-sqlite"]) == 1
    assert ran == ["multi", "rolling"]
    said = capfd.readouterr().out
    for name in ("lint", "unit", "app-sqlite"):
        assert f"aside | at work on {name}" in said
    assert "1 failed, 4 passed" in said
    # How it failed is far above by now: it is said once more, and of no other.
    told = said.rpartition("what unit said last")[2]
    assert "the end of unit" in told
    assert "at work on" not in told
    assert "what lint said last" not in said


def test_a_part_that_is_killed_has_failed(
    ran: list[str], monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    dies = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
    monkeypatch.setattr(run, "ASIDE", (sys.executable, "-c", dies))
    assert run.main(["lint", "multi"]) == 1
    assert "1 failed, 1 passed" in capfd.readouterr().out


def test_parts_that_could_not_be_started_have_failed(
    ran: list[str], monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(run, "ASIDE", ("/no/such/program",))
    assert run.main(["lint", "unit", "multi"]) == 1
    said = capfd.readouterr().out
    assert "2 failed, 1 passed" in said
    assert "/no/such/program cannot be started" in said


def test_what_a_command_says_is_shown_and_heard(capsys: pytest.CaptureFixture[str]) -> None:
    parts.WITNESS.forget()
    says = "print('at work'); print('FAILED tests/test_it.py'); raise SystemExit(3)"
    assert not parts.execute(parts.Command((sys.executable, "-c", says)))
    said = capsys.readouterr().out
    assert "at work\nFAILED tests/test_it.py\n" in said
    assert "ended with code 3" in said
    assert parts.WITNESS.tell() == ("FAILED tests/test_it.py",)


def test_hosts_that_nobody_visits_any_more_are_taken_down(ran: list[str]) -> None:
    run.main(["default", "browser", "elsewhere", "multi"])
    assert ran == ["default", "browser", "elsewhere", "destroy", "multi"]
    ran.clear()
    run.main(["default", "multi"])
    assert ran == ["default", "destroy", "multi"]


@pytest.fixture
def converges(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Have this Python program in the place of the one that converges hosts aside."""
    monkeypatch.setattr(parts, "READY", {})

    def program(text: str) -> None:
        begin = parts.begin
        monkeypatch.setattr(
            parts, "begin", lambda _: begin(parts.Command((sys.executable, "-c", text)))
        )

    return program


@pytest.mark.parametrize("works", [True, False])
def test_hosts_of_a_later_part_are_converged_beside_the_browser(
    ran: list[str],
    converges: Callable[[str], None],
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    works: bool,
) -> None:
    # The part as it is, of which the commands alone are stood in for.
    monkeypatch.setitem(parts.PARTS, "rolling-nginx", parts._scenario("rolling-nginx"))
    converges(f"print('fatal: [web1]: it'); raise SystemExit({0 if works else 2})")
    assert run.main(["default", "browser", "elsewhere", "rolling-nginx"]) == (0 if works else 1)
    before = ["default", "destroy", "create", "browser", "elsewhere", "destroy"]
    # Hosts that are not ready are not asked, and are gone afterwards all the same.
    assert ran == [*before, *(["verify"] if works else []), "destroy"]
    said = capfd.readouterr().out
    assert "aside | fatal: [web1]: it" in said
    assert ("rolling-nginx: fatal: [web1]: it" in said) is not works


def test_hosts_that_cannot_be_created_fail_their_part(
    ran: list[str],
    converges: Callable[[str], None],
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    execute = parts.execute
    monkeypatch.setattr(
        parts, "execute", lambda command: execute(command) and "create" not in command.words
    )
    monkeypatch.setitem(parts.PARTS, "rolling-nginx", parts._scenario("rolling-nginx"))
    converges("raise SystemExit('must not be asked')")
    assert run.main(["browser", "rolling-nginx"]) == 1
    assert ran == ["destroy", "create", "browser", "destroy", "destroy"]
    said = capfd.readouterr().out
    assert "rolling-nginx: error: the hosts of rolling-nginx were not created" in said


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
