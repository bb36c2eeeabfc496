"""The module that keeps a role's files in one call."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.testing import patch_module_args

from tests.helpers import plugins  # noqa: F401  # makes our shared code importable
from tests.helpers.role_templates import ROOT

from plugins.modules import moztrap_files  # isort: skip


@pytest.fixture
def keep(tmp_path: Path) -> Any:
    """Run the module through Ansible on this machine; return what it says."""

    def run(*files: dict[str, Any], check: bool = False) -> dict[str, Any]:
        play = [
            {
                "hosts": "localhost",
                "connection": "local",
                "gather_facts": False,
                "vars": {"greeting": "hello"},
                "tasks": [
                    {"moztrap_files": {"files": list(files)}, "register": "kept"},
                    {
                        "ansible.builtin.copy": {
                            "content": "{{ kept | to_json }}",
                            "dest": str(tmp_path / "kept.json"),
                        },
                        "check_mode": False,
                    },
                ],
            }
        ]
        folder = tmp_path / "play"
        (folder / "templates").mkdir(parents=True, exist_ok=True)
        (folder / "templates" / "greeting.j2").write_text("{{ greeting }}\n")
        (folder / "play.yml").write_text(json.dumps(play))
        command = [str(Path(sys.executable).with_name("ansible-playbook")), "--diff"]
        done = subprocess.run(
            [*command, *(["--check"] if check else []), "-i", "localhost,", folder / "play.yml"],
            env={
                "PATH": "/usr/bin:/bin:/usr/sbin:/sbin",
                "HOME": str(tmp_path),
                "LC_ALL": "C.UTF-8",
                "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
            },
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        output = done.stdout + done.stderr
        if done.returncode:
            return {"failed": True, "output": output}
        return {**json.loads((tmp_path / "kept.json").read_text()), "output": output}

    return run


def test_files_are_written_once(keep: Any, tmp_path: Path) -> None:
    files = [
        {"template": "greeting.j2", "path": str(tmp_path / "a"), "mode": "0640"},
        {"content": "text", "path": str(tmp_path / "b")},
    ]
    first = keep(*files)
    assert first["paths"] == [str(tmp_path / "a"), str(tmp_path / "b")]
    assert (tmp_path / "a").read_text() == "hello\n"
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o640
    assert "+hello" in first["output"]
    second = keep(*files)
    assert (second["changed"], second["paths"]) == (False, [])


def test_a_mode_is_repaired(keep: Any, tmp_path: Path) -> None:
    file = {"content": "text", "path": str(tmp_path / "a")}
    keep(file)
    (tmp_path / "a").chmod(0o666)
    assert keep(file)["paths"] == [str(tmp_path / "a")]
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o644


def test_a_dry_run_tells_and_writes_nothing(keep: Any, tmp_path: Path) -> None:
    path = tmp_path / "not" / "there" / "yet"
    told = keep({"content": "text\n", "path": str(path)}, check=True)
    assert told["paths"] == [str(path)]
    assert "+text" in told["output"]
    assert not path.parent.exists()


def test_what_a_program_refuses_stops_every_file(keep: Any, tmp_path: Path) -> None:
    refused = keep(
        {"content": "fine", "path": str(tmp_path / "a")},
        {"content": "wrong", "path": str(tmp_path / "b"), "validate": "grep --quiet right %s"},
    )
    assert refused["failed"]
    assert f"refuses the new {tmp_path / 'b'}" in refused["output"]
    assert not (tmp_path / "a").exists()
    assert not (tmp_path / "b").exists()


def test_a_dry_run_does_not_ask_for_what_is_not_there_yet(keep: Any, tmp_path: Path) -> None:
    file = {"content": "text", "path": str(tmp_path / "a"), "validate": "cat %s /etc/not-there"}
    assert keep(file, check=True)["paths"] == [str(tmp_path / "a")]


def test_secrets_stay_out_of_every_output(keep: Any, tmp_path: Path) -> None:
    path = tmp_path / "a"
    kept = keep({"content": "hunter2", "path": str(path), "mode": "0600", "secret": True})
    assert kept["paths"] == [str(path)]
    assert "hunter2" not in kept["output"]
    assert path.stat().st_mode & 0o777 == 0o600
    broken = {"content": "hunter3", "path": str(path), "secret": True, "validate": "cat %s /nope"}
    assert "hunter3" not in keep(broken)["output"]
    assert path.read_text() == "hunter2"


def test_the_log_of_the_host_knows_no_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    logged: list[str] = []
    monkeypatch.setattr(AnsibleModule, "log", lambda self, msg, **rest: logged.append(str(msg)))
    file = {"path": str(tmp_path / "a"), "content": "hunter4", "secret": True}
    with (
        patch_module_args({"files": json.dumps([file])}),
        pytest.raises(SystemExit) as ended,
    ):
        moztrap_files.main()
    assert ended.value.code == 0, capsys.readouterr().out
    assert (tmp_path / "a").read_text() == "hunter4"
    assert logged
    assert "hunter4" not in "".join(logged)


def test_a_directory_in_the_way_is_named(keep: Any, tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    said = keep({"content": "", "path": str(tmp_path / "a")})["output"]
    assert f"{tmp_path / 'a'} is a directory" in said


def test_a_missing_directory_is_named_before_anything_is_written(keep: Any, tmp_path: Path) -> None:
    said = keep(
        {"content": "fine", "path": str(tmp_path / "a")},
        {"content": "fine", "path": str(tmp_path / "none" / "b")},
    )["output"]
    assert f"{tmp_path / 'none'} is not there" in said
    assert not (tmp_path / "a").exists()


def test_what_is_not_wanted_any_more_goes(keep: Any, tmp_path: Path) -> None:
    (tmp_path / "a").write_text("old secret")
    file = {"template": "greeting.j2", "path": str(tmp_path / "a"), "state": "absent"}
    assert keep(file, check=True)["paths"] == [str(tmp_path / "a")]
    assert (tmp_path / "a").exists()
    gone = keep(file)
    assert gone["paths"] == [str(tmp_path / "a")]
    assert "old secret" not in gone["output"]
    assert not (tmp_path / "a").exists()
    assert keep(file)["paths"] == []


def test_a_link_leads_where_it_shall(keep: Any, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("kept")
    path = tmp_path / "key.link"
    link = {"path": str(path), "state": "link", "target": str(tmp_path / "key")}
    assert keep(link, check=True)["paths"] == [str(path)]
    assert not path.exists()
    assert keep(link)["paths"] == [str(path)]
    assert path.readlink() == tmp_path / "key"
    assert keep(link)["paths"] == []
    path.unlink()
    path.write_text("a file in its place")
    assert keep(link)["paths"] == [str(path)]
    assert path.read_text() == "kept"
    assert (tmp_path / "key").read_text() == "kept"


def test_a_file_is_a_template_or_a_text(keep: Any, tmp_path: Path) -> None:
    said = keep({"path": str(tmp_path / "a")})["output"]
    assert "needs a template or a content" in said
