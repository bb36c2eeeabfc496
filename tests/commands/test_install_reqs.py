"""bin/install-reqs and bin/test, as somebody types them who has a copy of the application.

Packages come from wherever pip on this machine is configured to look.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers.playbook import REPOSITORY

# The interpreter behind the tests' own environment.
PYTHON = str(Path(sys.base_exec_prefix) / "bin" / f"python3.{sys.version_info[1]}")


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the application, with nothing installed."""
    folder = tmp_path_factory.mktemp("source") / "app"
    unwanted = shutil.ignore_patterns("__pycache__", "vendor", "local.py", "db.sqlite3")
    return shutil.copytree(REPOSITORY / "app", folder, ignore=unwanted)


def typed(source: Path, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a program of the copy where `python3` is that in this folder."""
    unwanted = {"VIRTUAL_ENV", "DJANGO_SETTINGS_MODULE", "PYTHONPATH"}
    inherited = {name: value for name, value in os.environ.items() if name not in unwanted}
    return subprocess.run(
        [str(source / words[0]), *words[1:]],
        cwd=source,
        env={**inherited, "PATH": f"{folder}:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def environment(source: Path) -> Path:
    """The programs of a virtual environment into which it has installed all that is locked."""
    folder = source.parent / "environment"
    subprocess.run([PYTHON, "-m", "venv", str(folder)], check=True)
    done = typed(source, folder / "bin", "bin/install-reqs", "test")
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / "bin"


def test_what_is_locked_is_installed_and_runs_the_tests(source: Path, environment: Path) -> None:
    done = typed(
        source,
        environment,
        *("bin/test", "moztrap/deploy/tests/test_vendor.py", "--", "-q", "-k", "compiled_txt"),
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "passed" in done.stdout


def test_a_failure_is_told_by_the_exit_code(source: Path, environment: Path) -> None:
    failing = source / "moztrap" / "deploy" / "tests" / "test_failing.py"
    failing.write_text("def test_it():\n    assert False\n")
    done = typed(source, environment, "bin/test", str(failing))
    failing.unlink()
    assert done.returncode == 1, done.stdout + done.stderr
    assert "1 failed" in done.stdout


def test_a_python_of_the_whole_machine_is_left_alone(source: Path, tmp_path: Path) -> None:
    (tmp_path / "python3").symlink_to(PYTHON)
    done = typed(source, tmp_path, "bin/install-reqs")
    assert done.returncode == 1
    assert "in no virtual environment" in done.stderr
    assert "python3 -m venv" in done.stderr


def test_an_unknown_word_is_refused(source: Path, tmp_path: Path) -> None:
    done = typed(source, tmp_path, "bin/install-reqs", "everything")
    assert done.returncode == 1
    assert "usage: bin/install-reqs [test]" in done.stderr
