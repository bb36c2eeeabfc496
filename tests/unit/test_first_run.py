"""What an operator meets who types the whole command before filling anything in."""

import os
from pathlib import Path

import pytest

from tests.helpers.playbook import REPOSITORY, Run, run_playbook

INVENTORIES = REPOSITORY / "inventories"
# The examples, and how many hosts each has.
HOSTS = {"single": 1, "multi": 9}
UNANSWERED = (
    "vault_moztrap_secret_key",
    "vault_moztrap_admin_password",
    "vault_mysql_owner_password",
    "vault_mysql_runtime_password",
    "vault_mysql_backup_password",
    "moztrap_server_name",
    "moztrap_default_from_email",
    "moztrap_admin_email",
)


@pytest.fixture(scope="module")
def calls(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a program `ssh` that only notes that it was called."""
    folder = tmp_path_factory.mktemp("ssh")
    program = folder / "ssh"
    program.write_text(f'#!/bin/sh\necho "$@" >> {folder}/called\nexit 255\n')
    program.chmod(0o755)
    return folder


@pytest.fixture(scope="module", params=list(HOSTS))
def example(request: pytest.FixtureRequest) -> str:
    """The name of an example inventory."""
    return str(request.param)


@pytest.fixture(scope="module")
def first_run(calls: Path, example: str) -> Run:
    """`ansible-playbook site.yml` with an example inventory as it comes."""
    path = f"{calls}{os.pathsep}{os.environ['PATH']}"
    return run_playbook(
        INVENTORIES / example,
        environment={
            "ANSIBLE_SSH_EXECUTABLE": str(calls / "ssh"),
            "PATH": path,
            "LC_ALL": "C.UTF-8",
        },
    )


def test_it_ends_with_a_failure(first_run: Run) -> None:
    assert first_run.status == 2, first_run.explain()


def test_everything_is_listed_at_once(first_run: Run, example: str) -> None:
    missing = [name for name in UNANSWERED if f"{name}: is still" not in first_run.output]
    assert missing == [], first_run.explain()
    count = len(UNANSWERED) + HOSTS[example]
    assert f"{count} problems. No host was touched." in first_run.output


def test_each_problem_says_where_and_what_to_type(first_run: Run, example: str) -> None:
    listing = first_run.output.split("Origin:", 1)[0]
    for file in ("main.yml", "vault.yml"):
        assert f"set in   inventories/{example}/group_vars/all/{file}:" in listing
    assert listing.count("set in ") == listing.count("do this ") == len(UNANSWERED) + HOSTS[example]
    assert "make inventory NAME=" in listing


def test_no_host_was_contacted(first_run: Run, calls: Path) -> None:
    assert first_run.status != 0
    called = calls / "called"
    assert not called.exists(), f"ssh was called: {called.read_text()}"


def test_the_whole_site_parses(example: str) -> None:
    checked = run_playbook(
        INVENTORIES / example, "--syntax-check", environment={"LC_ALL": "C.UTF-8"}
    )
    assert checked.status == 0, checked.explain()
