"""`manage.py test`: pytest, with its settings, and what it is told."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from moztrap.core.pytest_runner import PytestRunner

APP = Path(__file__).resolve().parents[3]


def manage(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    return subprocess.run(
        [sys.executable, "manage.py", "test", *words],
        cwd=APP, env={**kept, **environment}, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_tests_are_found_by_path_and_by_module_and_may_be_chosen() -> None:
    for label in ("moztrap/deploy/tests/test_vendor.py", "moztrap.deploy.tests.test_vendor"):
        done = manage(label, "--", "-q", "-k", "compiled_txt_is_read")
        assert done.returncode == 0, done.stdout + done.stderr
        assert "1 passed" in done.stdout


def test_a_failure_is_told_by_the_exit_code(tmp_path: Path) -> None:
    (tmp_path / "test_failing.py").write_text("def test_it():\n    assert False\n")
    done = manage(str(tmp_path / "test_failing.py"))
    assert done.returncode == 1
    assert "1 failed" in done.stdout


def test_settings_of_production_are_refused() -> None:
    done = manage(DJANGO_SETTINGS_MODULE="moztrap.settings.default")
    assert done.returncode == 1
    assert "Take DJANGO_SETTINGS_MODULE out of the environment" in done.stderr


@pytest.mark.parametrize(
    ("labels", "last"),
    [
        ([], [f"{settings.PROJECT_ROOT}/moztrap"]),
        (["moztrap.core"], ["moztrap.core"]),
        (["-k", "login"], ["-k", "login", f"{settings.PROJECT_ROOT}/moztrap"]),
    ],
)
def test_without_a_path_all_are_run(labels: list[str], last: list[str]) -> None:
    assert PytestRunner().arguments(labels)[3:] == last


def test_options_of_the_command_are_those_of_pytest() -> None:
    found = PytestRunner(verbosity=2, failfast=True, keepdb=True).arguments(["moztrap.api"])
    assert found[3:] == ["-v", "--exitfirst", "--reuse-db", "moztrap.api"]
