"""A release goes over the servers stage by stage, and each is proven before the next begins."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.helpers.fleet import Fleet
from tests.helpers.playbook import REPOSITORY, ansible_environment, run_playbook

FILES = {
    "rollout/a.0123456789ab.css": b"a { color: red }\n" * 50,
    "rollout/plain.txt": b"text whose name stays\n",
    "rollout/deep/er/picture.fedcba987654.png": bytes(range(256)) * 40,
}
SIZE = sum(len(content) for content in FILES.values())


def test_a_release_goes_over_in_stages_and_is_proven_everywhere(fleet: Fleet) -> None:
    fleet.keep("rollout-1", FILES)
    done = fleet.run("assets", release_id="rollout-1")
    assert done.run.status == 0, done.run.explain()
    stages = {name: (row["stage"], row["stages"]) for name, row in done.servers.items()}
    assert [stages[name] for name in fleet.names] == [(1, 3), (2, 3), (3, 3), (3, 3)]
    for row in done.servers.values():
        assert (row["files"], row["sent"], row["bytes"], row["verified"]) == (3, 3, SIZE, 3)
    assert "server    stage  files  sent  MB sent  verified  seconds" in done.output
    for name in fleet.names:
        status, headers, body = fleet.served(name, "proofs/rollout-1.txt")
        manifest = f"{fleet.state}/artefacts/rollout-1/assets.json"
        digest = subprocess.run(["sha256sum", manifest], capture_output=True, text=True, check=True)
        assert (status, body) == (200, f"{digest.stdout.split()[0]}\n")
        assert "no-cache" in headers["cache-control"]
        # The manifests beside the files are nobody's business.
        assert fleet.served(name, ".manifests/rollout-1.json")[0] == 404
    again = fleet.run("assets", release_id="rollout-1")
    assert again.run.status == 0, again.run.explain()
    assert again.run.changed == 0, again.run.changed_tasks
    assert {row["sent"] for row in again.servers.values()} == {0}


def test_stages_come_from_the_groups_variables_and_a_plan_changes_nothing(fleet: Fleet) -> None:
    fleet.keep("rollout-2", FILES)
    variables = fleet.inventory / "group_vars" / "static.yml"
    variables.write_text("---\nassets_stages: [3, 1]\n")
    try:
        plan = fleet.run("assets", "--check", release_id="rollout-2")
    finally:
        variables.unlink()
    assert plan.run.status == 0, plan.run.explain()
    lines = [line.split() for line in plan.output.splitlines() if line[:6] in {"moztra", "static"}]
    table = {line[0]: line[1:4] for line in lines if len(line) == 5 and "/" in line[1]}
    assert table == {
        name: [f"{2 if name == fleet.names[-1] else 1}/2", "3", "3"] for name in fleet.names
    }
    assert fleet.holders("rollout-2") == []
    assert not any(fleet.exists(name, "rollout") for name in fleet.names)


def test_a_run_ends_after_the_stage_asked_for_and_resumes_without_sending_again(
    fleet: Fleet,
) -> None:
    fleet.keep("rollout-3", FILES)
    first = fleet.run("assets", "-e", "assets_until_stage=2", release_id="rollout-3")
    assert first.run.status == 0, first.run.explain()
    assert fleet.holders("rollout-3") == fleet.names[:2]
    assert [first.servers[name]["state"] for name in fleet.names] == [
        "done", "done", "not begun", "not begun",
    ]  # fmt: skip
    rest = fleet.run("assets", release_id="rollout-3")
    assert rest.run.status == 0, rest.run.explain()
    assert [rest.servers[name]["sent"] for name in fleet.names] == [0, 0, 3, 3]
    assert fleet.holders("rollout-3") == fleet.names


def test_without_a_terminal_a_pause_is_refused_before_anything_is_sent(fleet: Fleet) -> None:
    fleet.keep("rollout-4", FILES)
    done = fleet.run("assets", "-e", "assets_pause=true", release_id="rollout-4")
    assert done.run.status != 0
    assert "assets_until_stage=1" in done.output, done.run.explain()
    assert not any(fleet.exists(name, "rollout") for name in fleet.names)


def test_at_a_terminal_each_stage_waits_for_enter(fleet: Fleet) -> None:
    fleet.keep("rollout-5", FILES)
    held: list[list[str]] = []
    code, said = _at_a_terminal(fleet, "rollout-5", lambda: held.append(fleet.holders("rollout-5")))
    assert code == 0, said[-3000:]
    assert held == [fleet.names[:1], fleet.names[:2]]
    assert fleet.holders("rollout-5") == fleet.names


def test_a_lock_broken_in_a_pause_ends_the_run_before_the_next_stage(fleet: Fleet) -> None:
    fleet.keep("rollout-7", FILES)

    def unlock() -> None:
        broken = run_playbook(fleet.inventory, playbook="playbooks/unlock.yml")
        assert broken.status == 0, broken.explain()

    code, said = _at_a_terminal(fleet, "rollout-7", unlock)
    assert code != 0
    assert "The lock of this run was broken" in said, said[-3000:]
    assert fleet.holders("rollout-7") == fleet.names[:1]


def _at_a_terminal(fleet: Fleet, release_id: str, at_pause: Callable[[], None]) -> tuple[int, str]:
    """Distribute with pauses, do something in each, press Enter; the exit code and all it said."""
    controller, terminal = pty.openpty()
    command = [
        str(Path(sys.executable).with_name("ansible-playbook")), "-i", str(fleet.inventory),
        "playbooks/assets.yml", "-e", f"release_id={release_id}", "-e", "assets_pause=true",
    ]  # fmt: skip
    running = subprocess.Popen(
        command, cwd=REPOSITORY, env=ansible_environment(), start_new_session=True,
        stdin=terminal, stdout=terminal, stderr=terminal,
        preexec_fn=lambda: os.close(os.open(os.ttyname(0), os.O_RDWR)),
    )  # fmt: skip
    os.close(terminal)
    said = b""
    pauses = 0
    try:
        while select.select([controller], [], [], 120)[0]:
            try:
                said += os.read(controller, 65536)
            except OSError:
                break
            if said.count(b"Enter goes on") > pauses:
                pauses += 1
                at_pause()
                # The prompt throws away what was typed before it listens.
                time.sleep(1)
                os.write(controller, b"\r")
        return running.wait(60), said.decode(errors="replace")
    finally:
        if running.poll() is None:
            os.killpg(running.pid, signal.SIGKILL)
        os.close(controller)


@pytest.mark.parametrize("stage", [1, 2])
def test_a_killed_controller_leaves_nothing_half_written_and_the_next_run_goes_on(
    fleet: Fleet, stage: int
) -> None:
    release = f"rollout-6{stage}"
    files = FILES | {f"rollout/{stage}/{number}.bin": os.urandom(400_000) for number in range(150)}
    fleet.keep(release, files)
    command = [
        str(Path(sys.executable).with_name("ansible-playbook")), "-i", str(fleet.inventory),
        "playbooks/assets.yml", "-e", f"release_id={release}",
    ]  # fmt: skip
    target = fleet.names[stage - 1]
    running = subprocess.Popen(
        command, cwd=REPOSITORY, env=ansible_environment(), start_new_session=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        # Until its stage has begun to write.
        fleet.sh(
            target,
            f"i=0; until [ -e /srv/moztrap/assets/rollout/{stage} ]; do sleep 0.02; "
            "i=$((i+1)); [ $i -lt 6000 ] || exit 1; done",
        )
    finally:
        os.killpg(running.pid, signal.SIGKILL)
        running.wait()
    rest = fleet.run("assets", release_id=release)
    assert rest.run.status == 0, rest.run.explain()
    assert fleet.holders(release) == fleet.names
    for name in fleet.names[: stage - 1]:
        assert rest.servers[name]["sent"] == 0
    proof = fleet.run("verify", release_id=release)
    assert proof.run.status == 0, proof.run.explain()
