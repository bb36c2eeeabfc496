"""The vendor library as bin/generate-vendor-lib makes it, used where nothing is installed.

Packages come from wherever pip on this machine is configured to look.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from ansible.errors import AnsibleActionFail

from tests.helpers import plugins  # noqa: F401  # makes our shared code importable
from tests.helpers.role_templates import ROOT

from ansible.module_utils.moztrap import environment, files  # isort: skip
from plugins.action import moztrap_release  # isort: skip

APP = ROOT / "app"
# The interpreter behind the tests' own environment; -S leaves out what is installed in it.
BARE = str(Path(sys.base_exec_prefix) / "bin" / f"python3.{sys.version_info[1]}")
BARE_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "LANG": "C.UTF-8"}


def copy_of_source(folder: Path) -> Path:
    unwanted = shutil.ignore_patterns("__pycache__", "vendor", "local.py", "db.sqlite3")
    shutil.copytree(APP, folder, ignore=unwanted)
    return folder


def generate(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "bin/generate-vendor-lib", "--debian", "none", *words],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip


def bare(folder: Path, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run Python without any package of its own, and without a network where that can be."""
    alone = ["unshare", "--net", "--"] if os.geteuid() == 0 else []
    return subprocess.run(
        [*alone, BARE, "-S", "-B", *words], cwd=folder, env={**BARE_ENVIRONMENT, **more},
        capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The application with its library."""
    folder = copy_of_source(tmp_path_factory.mktemp("vendor") / "app")
    done = generate(folder)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def library(source: Path) -> Path:
    return source / "requirements" / "vendor"


def test_an_older_source_is_refused_in_words(tmp_path: Path) -> None:
    """One of before there was a library to make."""
    platform = {"distribution": "Debian", "version": "12"}
    assert moztrap_release.debian_packages(tmp_path, environment.VENV, platform) == []
    with pytest.raises(AnsibleActionFail, match=r"knows no vendor library: it has no .*compiled"):
        moztrap_release.debian_packages(tmp_path, environment.VENDOR, platform)
    assert moztrap_release.debian_packages(APP, environment.VENDOR, platform)


def test_the_same_locks_make_the_same_bytes(library: Path, source: Path, tmp_path: Path) -> None:
    done = generate(source, "--into", str(tmp_path / "again"))
    assert done.returncode == 0, done.stderr
    first, again = (files.tree_manifest(folder) for folder in (library, tmp_path / "again"))
    assert first == again
    for path in first:
        ours, theirs = (folder / path for folder in (library, tmp_path / "again"))
        assert ours.stat().st_mtime == theirs.stat().st_mtime, path
        assert ours.stat().st_mode == theirs.stat().st_mode == 0o100644, path


def test_what_is_compiled_lies_apart_and_everything_keeps_its_metadata(library: Path) -> None:
    pure, *rest = sorted((library / "lib").iterdir(), reverse=True)
    assert pure.name == "python"
    assert len(rest) == 1
    assert not list(pure.rglob("*.so"))
    assert list(rest[0].rglob("*.so"))
    for folder in (pure, rest[0]):
        for record in folder.glob("*.dist-info"):
            assert (record / "METADATA").is_file(), record


def test_tools_of_the_tests_are_left_out(library: Path) -> None:
    assert not list(library.rglob("pytest"))
    assert not (library / "bin").exists()


def test_commands_work_where_no_package_is_installed(source: Path, tmp_path: Path) -> None:
    assert "No module named" in bare(source, "manage.py", "check").stderr
    for words in (("check",), ("migrate", "--verbosity=0"), ("migrate", "--check"), ("help",)):
        done = bare(source, "vendor-manage.py", *words)
        assert done.returncode == 0, done.stderr
    (source / "db.sqlite3").unlink()


def test_every_package_is_of_the_library(source: Path, library: Path) -> None:
    program = (
        "from moztrap.deploy.vendor import add_library; add_library()\n"
        "import sys, django, MySQLdb, nh3, yaml, argon2, compressor, gunicorn\n"
        "print(*(sys.modules[name].__file__ for name in sys.argv[1:]), sep='\\n')"
    )
    names = ("django", "MySQLdb", "nh3", "yaml", "argon2", "compressor", "gunicorn")
    done = bare(source, "-c", program, *names)
    found = done.stdout.splitlines()
    assert len(found) == len(names), done.stderr
    assert all(path.startswith(f"{library}/lib/") for path in found), found


def test_a_package_with_a_pth_file_works(source: Path, library: Path) -> None:
    pure = library / "lib" / "python"
    (pure / "elsewhere").mkdir()
    (pure / "elsewhere" / "led_to.py").write_text("answer = 42\n")
    (pure / "elsewhere.pth").write_text("elsewhere\n")
    try:
        words = ("shell", "--verbosity=0", "-c", "import led_to; print(led_to.answer)")
        done = bare(source, "vendor-manage.py", *words)
    finally:
        shutil.rmtree(pure / "elsewhere")
        (pure / "elsewhere.pth").unlink()
    assert done.stdout == "42\n", done.stderr


def test_the_site_is_served_without_a_network(source: Path) -> None:
    program = (
        "import io, sys\n"
        "from moztrap.deploy.vendor_wsgi import application\n"
        "asked = {'REQUEST_METHOD': 'GET', 'PATH_INFO': '/accounts/login/',\n"
        "         'SERVER_NAME': 'localhost', 'SERVER_PORT': '80', 'SERVER_PROTOCOL': 'HTTP/1.1',\n"
        "         'wsgi.input': io.BytesIO(), 'wsgi.errors': sys.stderr,\n"
        "         'wsgi.url_scheme': 'http'}\n"
        "page = b''.join(application(asked, lambda status, headers: print(status)))\n"
        "print(b'csrfmiddlewaretoken' in page)"
    )
    done = bare(source, "-c", program)
    assert done.stdout.split("\n")[:2] == ["200 OK", "True"], done.stderr


def test_gunicorn_of_the_library_loads_the_site(source: Path) -> None:
    words = ("-m", "moztrap.deploy.vendor", "gunicorn", "--check-config")
    done = bare(source, *words, "moztrap.deploy.vendor_wsgi:application")
    assert done.returncode == 0, done.stderr


def test_without_the_tools_of_the_tests_it_is_said_where_they_are_from(source: Path) -> None:
    done = bare(source, "vendor-manage.py", "test")
    assert done.returncode == 1
    assert "bin/generate-vendor-lib --tests" in done.stderr, done.stderr


def test_a_wrong_hash_stops_it_and_leaves_the_library_that_was_there(
    library: Path, source: Path, tmp_path: Path
) -> None:
    spoilt = copy_of_source(tmp_path / "app")
    (spoilt / "requirements" / "vendor").mkdir()
    (spoilt / "requirements" / "vendor" / "library.json").write_text("{}")
    lock = spoilt / "requirements" / "base.txt"
    wrong = rf"\1 \\\n    --hash=sha256:{'0' * 64}\n"
    text, found = re.subn(
        r"(?m)^(sqlparse==[\d.]+) \\\n(?: +--hash=.*\n)+", wrong, lock.read_text()
    )
    assert found == 1
    lock.write_text(text)
    done = generate(spoilt)
    assert done.returncode == 1
    assert "sqlparse" in done.stderr
    assert "pip config list" in done.stderr
    assert (spoilt / "requirements" / "vendor" / "library.json").read_text() == "{}"


def test_a_compiled_package_that_is_not_listed_stops_it(tmp_path: Path) -> None:
    source = copy_of_source(tmp_path / "app")
    listed = source / "requirements" / "compiled.txt"
    lines = listed.read_text().splitlines(keepends=True)
    listed.write_text("".join(line for line in lines if not line.startswith("nh3")))
    done = generate(source)
    assert done.returncode == 1
    assert "wrong about: nh3" in done.stderr, done.stderr
