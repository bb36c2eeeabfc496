"""How a server of the application comes to serve another deployment, or keeps the one it has."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from tests.helpers import plugins  # noqa: F401  # makes our shared code importable

from ansible.module_utils.moztrap import activation, processes, serving, web  # isort: skip


def program(folder: Path, text: str) -> str:
    """A program that does what it is told."""
    path = folder / "replace"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return str(path)


def test_processes_find_the_deployment_by_the_link_that_is_flipped_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    link, folder = tmp_path / "current", tmp_path / "new"
    seen: list[str] = []

    def replace(name: str, timeout: float) -> int:
        seen.append(os.readlink(link))
        return 1

    monkeypatch.setattr(processes, "replace", replace)
    serving.ProcessByProcess("(wsgi:test)", ("false",)).switch(link, folder, 5)
    assert seen == [str(folder)]


def test_a_server_without_a_process_is_restarted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "replace", lambda name, timeout: 0)
    restart = (program(tmp_path, f"touch {tmp_path}/restarted"),)
    serving.ProcessByProcess("(wsgi:test)", restart).switch(tmp_path / "l", tmp_path / "new", 5)
    assert (tmp_path / "restarted").exists()


def test_an_instance_is_told_the_folder_and_the_link_follows(tmp_path: Path) -> None:
    link, folder = tmp_path / "current", tmp_path / "new"
    link.symlink_to(tmp_path / "old")
    replace = program(tmp_path, f"readlink {link} > {tmp_path}/link; echo $1 > {tmp_path}/told")
    serving.InstanceByInstance((replace,), ()).switch(link, folder, 5)
    assert (tmp_path / "told").read_text() == f"{folder}\n"
    assert (tmp_path / "link").read_text() == f"{tmp_path}/old\n"
    assert os.readlink(link) == str(folder)


def test_an_instance_that_does_not_prove_itself_changes_nothing(tmp_path: Path) -> None:
    link = tmp_path / "current"
    link.symlink_to(tmp_path / "old")
    replace = program(tmp_path, "echo it has no gunicorn >&2; exit 1")
    with pytest.raises(serving.UntouchedError, match="it has no gunicorn"):
        serving.InstanceByInstance((replace,), ()).switch(link, tmp_path / "new", 5)
    assert os.readlink(link) == str(tmp_path / "old")


@pytest.mark.parametrize("untouched", [True, False])
def test_what_still_serves_is_proven_and_not_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, untouched: bool
) -> None:
    """After a failure that changed nothing, going back is a look; after another one, work."""
    for name in ("old-1", "new-2"):
        folder = tmp_path / "releases" / name
        folder.mkdir(parents=True)
        (folder / "manage.py").touch()
    switched: list[str] = []

    class Server:
        """Refuses the new deployment."""

        def began(self) -> float | None:
            return time.time()

        def switch(self, link: Path, folder: Path, timeout: float) -> None:
            switched.append(folder.name)
            if folder.name == "new-2":
                raise (serving.UntouchedError if untouched else serving.ServingError)("it is unfit")

    answer = web.Answer(200, {activation.DEPLOYMENT_HEADER: "old-1"}, b"{}")
    monkeypatch.setattr(activation.Server, "ask", lambda self: answer)
    monkeypatch.setattr(activation.Server, "trouble", lambda self: "its last words")
    site = activation.Server(
        address="127.0.0.1", server_name="x", ca_path="x", ready_path="/readyz",
        error_log=tmp_path / "error.log", unit="x",
    )  # fmt: skip
    going = activation.Activation(tmp_path, "new-2", site, Server(), 5)
    going.state.record("old-1", None)
    with pytest.raises(activation.ActivationError, match=r"it is unfit(.|\n)*Went back to old-1"):
        going.go_live()
    assert switched == (["new-2"] if untouched else ["new-2", "old-1"])


def test_the_reason_is_told_though_the_last_question_got_no_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Hosts under load answer late, or with a page of the web server alone."""
    (tmp_path / "releases" / "new-2").mkdir(parents=True)
    (tmp_path / "releases" / "new-2" / "manage.py").touch()
    reason = web.Answer(503, {activation.DEPLOYMENT_HEADER: "new-2"}, b"no database")
    answers: list[web.Answer | None] = [reason, web.Answer(502, {}, b"Bad gateway")]
    monkeypatch.setattr(activation.Server, "ask", lambda self: answers.pop(0) if answers else None)
    monkeypatch.setattr(activation.Server, "trouble", lambda self: "its last words")
    monkeypatch.setattr(activation, "PAUSE_SECONDS", 0.01)

    class Server:
        """Takes whatever comes."""

        def began(self) -> float | None:
            return None

        def switch(self, link: Path, folder: Path, timeout: float) -> None:
            return None

    site = activation.Server("127.0.0.1", "x", "x", "/readyz", tmp_path / "error.log", "x")
    going = activation.Activation(tmp_path, "new-2", site, Server(), 0.2)
    with pytest.raises(activation.ActivationError, match="status 503 from new-2: no database"):
        going.go_live()
