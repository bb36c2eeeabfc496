"""The vendor library: what is believed of it, and how it comes onto sys.path."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from moztrap.deploy import library, vendor
from moztrap.deploy.wheels import Wheel, WheelError, write_scripts

APP = Path(__file__).resolve().parents[3]


def make_library(folder: Path, **changes) -> Path:
    """A library with one package and a .pth file that adds a folder of another."""
    pure = vendor.pure_folder(folder)
    (pure / "only_here").mkdir(parents=True)
    (pure / "only_here" / "__init__.py").write_text("answer = 42\n")
    (pure / "further").mkdir()
    (pure / "further" / "led_to.py").write_text("answer = 43\n")
    (pure / "further.pth").write_text("further\n")
    description = {"abi": vendor.abi(), "python": "3.11.0", "packages": {}, "system": {}}
    (folder / "library.json").write_text(json.dumps(description | changes))
    return folder


def python(folder: Path, program: str) -> subprocess.CompletedProcess[str]:
    """A fresh interpreter that has added the library."""
    add = (
        f"from pathlib import Path; from moztrap.deploy import vendor; L = Path({str(folder)!r})\n"
    )
    return subprocess.run(
        [sys.executable, "-B", "-c", f"{add}vendor.add_library(L)\n{program}"],
        cwd=APP, env={"PATH": os.environ["PATH"]}, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_pth_files_work(tmp_path: Path) -> None:
    done = python(make_library(tmp_path), "import led_to, only_here; print(led_to.answer)")
    assert done.stdout == "43\n", done.stderr


def test_the_library_is_before_what_is_installed(tmp_path: Path) -> None:
    folder = make_library(tmp_path)
    (vendor.pure_folder(folder) / "django.py").write_text("here = True\n")
    done = python(folder, "import django; print(django.here)")
    assert done.stdout == "True\n", done.stderr


def test_adding_it_twice_is_adding_it_once(tmp_path: Path) -> None:
    program = "import sys; before = sys.path[:]; vendor.add_library(L); print(sys.path == before)"
    done = python(make_library(tmp_path), program)
    assert done.stdout == "True\n", done.stderr


def test_compiled_packages_have_a_folder_of_their_own(tmp_path: Path) -> None:
    folder = make_library(tmp_path)
    vendor.compiled_folder(folder).mkdir()
    (vendor.compiled_folder(folder) / "compiled.py").write_text("answer = 44\n")
    done = python(folder, "import compiled; print(compiled.answer)")
    assert done.stdout == "44\n", done.stderr


def test_without_a_library_it_is_said_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(vendor.VendorLibraryError, match=r"no vendor library.*generate-vendor-lib"):
        vendor.library_paths(tmp_path)


@pytest.mark.parametrize(
    "changes",
    [{"abi": "cpython-399-x86_64-linux-gnu"}, {"python": "3.99.0"}],
    ids=["another kind of Python", "a later Python"],
)
def test_one_for_another_python_is_refused(changes: dict[str, str], tmp_path: Path) -> None:
    with pytest.raises(vendor.VendorLibraryError, match="was made for Python"):
        vendor.library_paths(make_library(tmp_path, **changes))


def test_packages_of_the_system_that_are_missing_are_named(tmp_path: Path) -> None:
    folder = make_library(tmp_path, system={"not_there_at_all": "python3-not-there"})
    with pytest.raises(vendor.VendorLibraryError, match=r"apt-get install .* python3-not-there"):
        vendor.library_paths(folder)


def test_a_damaged_one_is_refused(tmp_path: Path) -> None:
    (make_library(tmp_path) / "library.json").write_text("{")
    with pytest.raises(vendor.VendorLibraryError, match="is damaged"):
        vendor.library_paths(tmp_path)


def copy_of_programs(folder: Path) -> Path:
    """Enough of the application to start its commands."""
    deploy = folder / "moztrap" / "deploy"
    deploy.mkdir(parents=True)
    for name in ("moztrap/__init__.py", "vendor-manage.py", "manage.py", "bin/manage"):
        target = folder / name
        target.parent.mkdir(exist_ok=True)
        target.write_bytes((APP / name).read_bytes())
        target.chmod(0o755)
    for path in (APP / "moztrap" / "deploy").glob("*.py"):
        (deploy / path.name).write_bytes(path.read_bytes())
    return folder


@pytest.mark.parametrize(
    "words", [("vendor-manage.py", "check"), ("-m", "moztrap.deploy.vendor", "gunicorn")]
)
def test_commands_end_with_the_reason_and_no_traceback(
    words: tuple[str, ...], tmp_path: Path
) -> None:
    done = subprocess.run(
        [sys.executable, "-B", *words], cwd=copy_of_programs(tmp_path),
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.startswith("There is no vendor library in "), done.stderr
    assert "Traceback" not in done.stderr


def test_a_module_of_the_library_runs_as_a_program(tmp_path: Path) -> None:
    folder = copy_of_programs(tmp_path)
    made = make_library(folder / "requirements" / "vendor")
    (vendor.pure_folder(made) / "only_here" / "__main__.py").write_text(
        "import sys\nprint(sys.argv[1:])\n"
    )
    done = subprocess.run(
        [sys.executable, "-B", "-m", "moztrap.deploy.vendor", "only_here", "--config", "x"],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stdout == "['--config', 'x']\n", done.stderr


def test_bin_manage_takes_what_is_there(tmp_path: Path) -> None:
    """A virtual environment beside it, or else the vendor library."""
    folder = copy_of_programs(tmp_path)
    for name in ("manage.py", "vendor-manage.py"):
        (folder / name).write_text(f"import sys; print({name!r}, *sys.argv[1:])\n")
    make_library(folder / "requirements" / "vendor")
    command = [str(folder / "bin" / "manage"), "check", "--deploy"]
    assert subprocess.check_output(command, text=True) == "vendor-manage.py check --deploy\n"
    (folder / "venv" / "bin").mkdir(parents=True)
    (folder / "venv" / "bin" / "python").symlink_to(sys.executable)
    assert subprocess.check_output(command, text=True) == "manage.py check --deploy\n"


# --- wheels -------------------------------------------------------------------


def make_wheel(folder: Path, files: dict[str, str], pure: bool = True) -> Wheel:
    path = folder / "a_b-1.0-py3-none-any.whl"
    wanted = {
        "a_b-1.0.dist-info/WHEEL": f"Wheel-Version: 1.0\nRoot-Is-Purelib: {str(pure).lower()}\n",
        "a_b-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: A_b\nVersion: 1.0\n",
        **files,
    }
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in wanted.items():
            archive.writestr(name, text)
    return Wheel(path)


def test_packages_keep_their_metadata_and_lose_what_is_for_other_places(tmp_path: Path) -> None:
    wheel = make_wheel(
        tmp_path,
        {
            "a_b/__init__.py": "",
            "a_b-1.0.data/purelib/c.py": "",
            "a_b-1.0.data/scripts/run": "#!python",
            "a_b-1.0.data/headers/a.h": "",
        },
    )
    assert (wheel.name, wheel.version, wheel.is_pure) == ("a-b", "1.0", True)
    wheel.unpack(tmp_path / "into")
    into = tmp_path / "into"
    found = {path.relative_to(into).as_posix() for path in into.rglob("*") if path.is_file()}
    assert found == {
        "a_b/__init__.py", "c.py", "a_b-1.0.dist-info/WHEEL", "a_b-1.0.dist-info/METADATA",
    }  # fmt: skip


@pytest.mark.parametrize("name", ["../outside.py", "/outside.py", "a_b/../../outside.py"])
def test_nothing_is_written_elsewhere(name: str, tmp_path: Path) -> None:
    with pytest.raises(WheelError):
        make_wheel(tmp_path, {name: ""}).unpack(tmp_path / "into")
    assert not (tmp_path / "outside.py").exists()


def test_two_packages_may_not_write_the_same_file(tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path, {"a_b/__init__.py": ""})
    wheel.unpack(tmp_path / "into")
    with pytest.raises(FileExistsError):
        wheel.unpack(tmp_path / "into")


def test_programs_find_their_library(tmp_path: Path) -> None:
    wheel = make_wheel(
        tmp_path,
        {
            "a_b.py": "class Tool:\n    @staticmethod\n    def run():\n        print('ran')\n",
            "a_b-1.0.dist-info/entry_points.txt": "[console_scripts]\ntool = a_b:Tool.run\n",
        },
    )
    wheel.unpack(tmp_path / "lib" / "x")
    write_scripts([wheel], tmp_path / "bin", "x")
    done = subprocess.check_output([sys.executable, tmp_path / "bin" / "tool"], text=True)
    assert done == "ran\n"


# --- what it is made from --------------------------------------------------------


def test_compiled_txt_is_read() -> None:
    text = "# c\n\nnh3==1.2  # module=nh3 debian13=python3-nh3/1.1\nx==3  # module=y\n"
    nh3, x = library.read_compiled(text)
    assert nh3 == library.Compiled("nh3", "1.2", "nh3", {"13": ("python3-nh3", "1.1")})
    assert not x.packages


@pytest.mark.parametrize("line", ["nh3  # module=nh3", "nh3==1.2", "nh3==1.2  # debian12=a/1"])
def test_a_line_without_version_or_module_is_refused(line: str) -> None:
    with pytest.raises(library.LibraryError, match=r"compiled\.txt"):
        library.read_compiled(line)


def test_every_package_of_the_lock_keeps_its_hashes() -> None:
    text = (APP / "requirements" / "base.txt").read_text()
    blocks = library.locked(text)
    assert "".join(blocks.values()).count("--hash=") == text.count("--hash=")
    assert blocks["django"].startswith("django==")


def test_only_a_release_that_is_listed_serves_anything() -> None:
    assert library.debian_release("12", {"12", "13"}) == "12"
    assert library.debian_release("none", {"12", "13"}) == ""
    with pytest.raises(library.LibraryError, match="--debian none"):
        library.debian_release("11", {"12", "13"})


@pytest.mark.parametrize(
    ("text", "prefix", "release"),
    [
        ('ID=debian\nVERSION_ID="12"\n', "/usr", "12"),
        ('ID=debian\nVERSION_ID="99"\n', "/usr", ""),
        ('ID=ubuntu\nVERSION_ID="12"\n', "/usr", ""),
        ('ID=debian\nVERSION_ID="12"\n', "/opt/python", ""),
    ],
)
def test_auto_is_the_systems_own_python_on_debian_alone(
    text: str, prefix: str, release: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "os-release").write_text(text)
    monkeypatch.setattr(library, "OS_RELEASE", tmp_path / "os-release")
    monkeypatch.setattr(sys, "base_prefix", prefix)
    assert library.debian_release("auto", {"12", "13"}) == release
