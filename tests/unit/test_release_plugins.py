"""Releases: their names, archives, deployments and how they go live."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from tests.helpers import plugins  # noqa: F401  # makes our shared code importable

from ansible.module_utils.moztrap import (  # isort: skip
    activation,
    archive,
    deployment,
    files,
    manage,
    processes,
    prune,
    release,
    serving,
    web,
)

PLATFORM = {"distribution": "Debian", "version": "12", "python": "3.11", "architecture": "x86_64"}


def make_source(root: Path) -> Path:
    (root / "moztrap" / "settings").mkdir(parents=True)
    (root / "manage.py").write_text("print('hello')\n")
    (root / "moztrap" / "__init__.py").write_text("")
    return root


def name_of(root: Path, **changes: Any) -> str:
    options: dict[str, Any] = {"build_settings": {}, "platform": PLATFORM, "recipe": "r"}
    return str(release.release_id(release.read_source(root), **(options | changes)))


def git(root: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=t", "-c", "user.email=t@your.org"]
    subprocess.run(["git", *identity, "-C", str(root), *arguments], check=True, capture_output=True)


def test_a_checkout_and_a_plain_copy_have_the_same_name(tmp_path: Path) -> None:
    source = make_source(tmp_path / "checkout")
    git(source, "init", "-q")
    git(source, "add", ".")
    git(source, "commit", "-q", "-m", "All")
    (source / "moztrap" / "__pycache__").mkdir()
    (source / "moztrap" / "__pycache__" / "x.pyc").write_bytes(b"x")
    (source / ".git" / "info" / "exclude").write_text("__pycache__/\n")
    plain = tmp_path / "plain"
    shutil.copytree(source, plain, ignore=shutil.ignore_patterns(".git"))
    assert not release.read_source(source).dirty
    assert name_of(source) == name_of(plain)


def test_uncommitted_changes_mark_the_source_and_its_name(tmp_path: Path) -> None:
    source = make_source(tmp_path)
    git(source, "init", "-q")
    git(source, "add", ".")
    git(source, "commit", "-q", "-m", "All")
    clean = name_of(source)
    (source / "moztrap" / "new.py").write_text("x = 1\n")
    assert release.read_source(source).dirty
    git(source, "add", ".")
    dirty = name_of(source)
    git(source, "commit", "-q", "-m", "More")
    assert len({clean, dirty, name_of(source)}) == 3


@pytest.mark.parametrize(
    "changes",
    [
        {"build_settings": {"static_url": "/s/"}},
        {"platform": PLATFORM | {"python": "3.13"}},
        {"recipe": "another"},
    ],
)
def test_whatever_decides_the_bytes_decides_the_name(
    tmp_path: Path, changes: dict[str, Any]
) -> None:
    source = make_source(tmp_path)
    assert name_of(source) != name_of(source, **changes)


def test_people_read_for_which_hosts_a_release_is() -> None:
    assert release.platform_name(PLATFORM) == "Debian 12 with Python 3.11 on x86_64"


def test_a_folder_without_the_application_is_refused(tmp_path: Path) -> None:
    with pytest.raises(release.SourceError, match="artefact_source"):
        release.read_source(tmp_path)


def test_the_same_tree_packs_to_the_same_bytes(tmp_path: Path) -> None:
    source = make_source(tmp_path / "a")
    again = tmp_path / "b"
    shutil.copytree(source, again)
    os.utime(again / "manage.py", (1, 1))
    packed = []
    for root in (source, again):
        target = tmp_path / f"{root.name}.tar.gz"
        archive.pack(root, files.walk_files(root), target)
        packed.append(target.read_bytes())
    assert packed[0] == packed[1]
    archive.unpack(tmp_path / "a.tar.gz", tmp_path / "c")
    assert files.tree_manifest(tmp_path / "c") == files.tree_manifest(source)


def test_every_kind_of_damage_is_seen(tmp_path: Path) -> None:
    source = make_source(tmp_path)
    (source / "link").symlink_to("manage.py")
    (source / "open.py").write_text("")
    manifest = files.tree_manifest(source)
    assert files.tree_differences(source, manifest) == {}
    (source / "manage.py").write_text("print('bye')\n")
    (source / "moztrap" / "__init__.py").unlink()
    (source / "planted.py").write_text("")
    (source / "open.py").chmod(0o666)
    files.point_link(source / "link", "elsewhere")
    assert files.tree_differences(source, manifest) == {
        "link": "altered",
        "manage.py": "altered",
        "moztrap/__init__.py": "missing",
        "open.py": "altered",
        "planted.py": "foreign",
    }


def make_deployment(home: Path) -> deployment.Deployment:
    artefact = home / "artefacts" / "abc"
    make_source(artefact / "app")
    (artefact / "venv").mkdir()
    manifest = files.tree_manifest(artefact)
    (artefact / "files.json").write_text(json.dumps(manifest))
    return deployment.Deployment(home, "abc", "1234", "DEBUG = False", os.getgid())


@pytest.mark.skipif(os.geteuid() != 0, reason="settings belong to root")
def test_a_deployment_is_made_whole_and_repaired(tmp_path: Path) -> None:
    made = make_deployment(tmp_path)
    assert made.differences() == {".": "missing"}
    made.create()
    assert made.differences() == {}
    local = made.folder / deployment.LOCAL_SETTINGS
    assert local.stat().st_mode & 0o777 == 0o640
    assert 'SETTINGS_DIGEST = "1234"' in local.read_text()
    local.write_text("DEBUG = True")
    (made.folder / "manage.py").write_text("altered")
    (made.folder / "planted.py").write_text("")
    (made.folder / "venv").unlink()
    found = made.differences()
    assert set(found) == {deployment.LOCAL_SETTINGS, "manage.py", "planted.py", "venv"}
    made.repair(found)
    assert made.differences() == {}


def test_the_settings_digest_depends_on_settings_and_key_and_tells_neither() -> None:
    digests = {
        deployment.settings_digest(key, text) for key in ("k1", "k2") for text in ("t1", "t2")
    }
    assert len(digests) == 4
    assert all(len(digest) == 8 for digest in digests)


def test_pruning_never_takes_what_is_referred_to(tmp_path: Path) -> None:
    for number in range(5):
        (tmp_path / "releases" / f"r{number}-s").mkdir(parents=True)
        (tmp_path / "artefacts" / f"r{number}").mkdir(parents=True)
    (tmp_path / "releases" / ".r9-s.building").mkdir()
    removed = prune.prune(tmp_path, 1, {"r0-s", "r1-s"})
    left = sorted(path.name for path in (tmp_path / "releases").iterdir())
    assert {"r0-s", "r1-s", ".r9-s.building"} <= set(left)
    assert len(left) == 4
    assert len(removed) == 4
    assert len(list((tmp_path / "artefacts").iterdir())) == 3


def test_processes_are_found_by_the_name_they_show(tmp_path: Path) -> None:
    for process, command in ((1, b"/sbin/init\0"), (7, b"(wsgi:moztrap)   \0-k\0start\0")):
        (tmp_path / str(process)).mkdir()
        (tmp_path / str(process) / "cmdline").write_bytes(command)
    (tmp_path / "meminfo").write_text("")
    assert processes.find("(wsgi:moztrap)", tmp_path) == {7}


def test_the_report_is_the_last_json_line() -> None:
    assert manage.report_in('x\n{"status": "a"}\n{"status": "b"}\ny') == {"status": "b"}
    assert manage.report_in("nothing") == {}


def test_the_state_names_what_is_broken(tmp_path: Path) -> None:
    state = activation.State(tmp_path)
    assert state.read() == {}
    state.record("a", None)
    assert state.read()["current"] == "a"
    state.path.write_text("{")
    with pytest.raises(activation.ActivationError, match="no JSON"):
        state.read()


def a_live_deployment(home: Path, monkeypatch: pytest.MonkeyPatch) -> activation.Activation:
    """A deployment that is live as it should be, and no server that one would have to ask."""
    folder = home / "releases" / "abc-123"
    (folder / "moztrap").mkdir(parents=True)
    (folder / "moztrap" / "code.py").write_text("right = True\n")
    (home / "artefacts" / "abc" / "venv" / "lib").mkdir(parents=True)
    (folder / "venv").symlink_to(home / "artefacts" / "abc" / "venv")
    (home / "current").symlink_to(folder)
    server = activation.Server(
        address="127.0.0.1", server_name="x", ca_path="x", ready_path="/readyz",
        error_log=home / "error.log", unit="x",
    )  # fmt: skip
    by_process = serving.ProcessByProcess("(wsgi:test)", ("true",))
    answer = web.Answer(200, {activation.DEPLOYMENT_HEADER: folder.name}, b"{}")
    monkeypatch.setattr(activation.Server, "ask", lambda self: answer)
    monkeypatch.setattr(processes, "find", lambda name: {1, 2})
    found = activation.Activation(home, folder.name, server, by_process, 5)
    found.state.record(folder.name, None)
    return found


@pytest.mark.parametrize("place", ["releases/abc-123/moztrap/code.py", "artefacts/abc/venv/lib/x"])
def test_processes_from_before_a_repair_are_replaced_by_the_next_run(
    place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    live = a_live_deployment(tmp_path, monkeypatch)
    # One process has been replaced since, the other has not.
    monkeypatch.setattr(processes, "started", {1: time.time() - 60, 2: time.time()}.get)
    assert live.departures() == ["its files were put right after its processes had read them"]
    monkeypatch.setattr(processes, "started", lambda process: time.time())
    assert live.departures() == []
    # Unpacking sets a time of modification that says nothing.
    (tmp_path / place).write_text("altered = True\n")
    os.utime(tmp_path / place, (1, 1))
    monkeypatch.setattr(processes, "started", lambda process: time.time() - 5)
    assert len(live.departures()) == 1


def test_without_a_process_there_is_nothing_to_compare(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    live = a_live_deployment(tmp_path, monkeypatch)
    monkeypatch.setattr(processes, "started", lambda process: None)
    assert live.departures() == []


def test_a_process_knows_when_it_began() -> None:
    before = time.time()
    with subprocess.Popen(["sleep", "60"]) as child:
        began = processes.started(child.pid)
        child.kill()
    assert began is not None
    assert abs(began - before) < 1
    assert processes.started(child.pid) is None
