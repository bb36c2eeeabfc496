"""The module by which preflight sees whether web hosts share a folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.testing import patch_module_args

from plugins.modules import moztrap_media_mark


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Any:
    """Call the module as Ansible does; return the facts it found."""

    def call(folder: Path, state: str, check: bool = False) -> dict[str, Any]:
        arguments = {"folder": str(folder), "state": state, "_ansible_check_mode": check}
        with patch_module_args(arguments), pytest.raises(SystemExit) as ended:
            moztrap_media_mark.main()
        answer = json.loads(capsys.readouterr().out)
        assert ended.value.code == 0, answer
        assert answer["changed"] is False
        facts: dict[str, Any] = answer["ansible_facts"]
        return facts

    return call


@pytest.mark.parametrize("check", [False, True], ids=["for real", "dry run"])
def test_a_mark_is_seen_and_leaves_no_trace(run: Any, tmp_path: Path, check: bool) -> None:
    (tmp_path / "upload.png").write_text("kept")
    mark = run(tmp_path, "left", check)["moztrap_media_mark"]
    assert run(tmp_path, "seen", check) == {"moztrap_media_marks": [mark]}
    run(tmp_path, "gone", check)
    assert [path.name for path in tmp_path.iterdir()] == ["upload.png"]


def test_a_folder_of_another_host_has_no_mark(run: Any, tmp_path: Path) -> None:
    (tmp_path / "ours").mkdir()
    (tmp_path / "theirs").mkdir()
    run(tmp_path / "ours", "left")
    assert run(tmp_path / "theirs", "seen") == {"moztrap_media_marks": []}


def test_a_mark_of_a_killed_run_does_not_pass_for_this_one(run: Any, tmp_path: Path) -> None:
    first = run(tmp_path, "left")["moztrap_media_mark"]
    second = run(tmp_path, "left")["moztrap_media_mark"]
    assert first != second
    assert run(tmp_path, "seen") == {"moztrap_media_marks": [second]}


def test_a_bare_host_stays_bare(run: Any, tmp_path: Path) -> None:
    folder = tmp_path / "media"
    assert run(folder, "left") == {}
    assert run(folder, "seen") == {"moztrap_media_marks": []}
    run(folder, "gone")
    assert not folder.exists()
