"""Make the vendor library from the locks: the program behind `bin/generate-vendor-lib`.

Nothing here needs anything but Python itself and its venv module. Same locks, same Python,
same tools: same bytes.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from moztrap.deploy import vendor
from moztrap.deploy.wheels import Wheel, WheelError, write_scripts

REQUIREMENTS = Path(__file__).resolve().parents[2] / "requirements"
OS_RELEASE = Path("/etc/os-release")
# A time for builds to write into what they make: 2000-01-01.
BUILD_TIME = 946684800


class LibraryError(Exception):
    """The library cannot be made; the message says why and what to do."""


@dataclass(frozen=True)
class Compiled:
    """A line of compiled.txt: a dependency that is no pure Python."""

    name: str
    version: str
    module: str
    # Release of Debian, such as "12" → package and its upstream version.
    packages: Mapping[str, tuple[str, str]] = field(default_factory=dict)


def read_compiled(text: str) -> list[Compiled]:
    """What compiled.txt says. Raises `LibraryError` for a line that it cannot be."""
    found = []
    for line in text.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        requirement, _, notes = line.partition("#")
        name, _, version = requirement.strip().partition("==")
        facts = dict(note.split("=", 1) for note in notes.split() if "=" in note)
        if not version or "module" not in facts:
            raise LibraryError(f"compiled.txt: no version or no module in: {line}")
        packages = {}
        for key, value in facts.items():
            if key.startswith("debian"):
                package, _, fits = value.partition("/")
                packages[key.removeprefix("debian")] = (package, fits)
        found.append(Compiled(name, version, facts["module"], packages))
    return found


def locked(text: str) -> dict[str, str]:
    """Name → its whole requirement in a lock, with its hashes."""
    blocks: dict[str, str] = {}
    name = ""
    for line in text.splitlines():
        if line and not line[0].isspace() and not line.startswith("#"):
            name = line.partition("==")[0]
            blocks[name] = ""
        if name and line.strip():
            blocks[name] += line + "\n"
    return blocks


def debian_release(wanted: str, known: Iterable[str]) -> str:
    """Whose packages to count on: a release of Debian, or "" for none at all.

    `auto` is the release of this machine, if it is the machine's own Python that asks.
    """
    if wanted == "none":
        return ""
    if wanted != "auto":
        if wanted not in known:
            raise LibraryError(
                f"compiled.txt names no packages of Debian {wanted}; it does of: "
                f"{', '.join(sorted(known))}. Or take the wheels of all with --debian none."
            )
        return wanted
    if not OS_RELEASE.is_file() or sys.base_prefix != "/usr":
        return ""
    entries = (line.partition("=") for line in OS_RELEASE.read_text().splitlines())
    facts = {name: value.strip('"') for name, _, value in entries}
    release = facts.get("VERSION_ID", "")
    return release if facts.get("ID") == "debian" and release in known else ""


class Tools:
    """pip and the locked build tools, in a virtual environment that is thrown away."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._python = str(folder / "tools" / "bin" / "python")
        try:
            venv.create(folder / "tools", with_pip=True)
        except (OSError, subprocess.CalledProcessError) as error:
            raise LibraryError(
                f"No virtual environment can be made to work in ({error}). On Debian: "
                "apt-get install python3-venv"
            ) from error
        self._pip("install", "--quiet", "--requirement", str(REQUIREMENTS / "build.txt"))

    def wheels(self, name: str, requirements: str) -> list[Wheel]:
        """Fetch or build what is required, each against its hash, without anything else."""
        listed = self.folder / f"{name}.txt"
        listed.write_text(requirements)
        target = self.folder / name
        self._pip(
            "wheel", "--quiet", "--no-build-isolation",
            "--wheel-dir", str(target), "--requirement", str(listed),
        )  # fmt: skip
        return [Wheel(path) for path in sorted(target.glob("*.whl"))]

    def _pip(self, *arguments: str) -> None:
        fixed = {
            "PYTHONHASHSEED": "0",
            "SOURCE_DATE_EPOCH": str(BUILD_TIME),
            # Debug information would name the folder of the build.
            "CFLAGS": "-g0",
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "PIP_NO_INPUT": "1",
        }
        strictly = ("--require-hashes", "--no-deps", *arguments[1:])
        done = subprocess.run(
            [self._python, "-m", "pip", arguments[0], *strictly],
            env={**os.environ, **fixed}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, check=False,
        )  # fmt: skip
        if done.returncode != 0:
            words = "\n".join(done.stdout.strip().splitlines()[-25:])
            raise LibraryError(
                f"pip could not get what is locked:\n{words}\n"
                "It looks where it is configured to: python3 -m pip config list"
            )


def generate(target: Path, debian: str = "auto", with_tests: bool = False) -> str:
    """Make the library in `target`, in place of the one that is there; tell what it holds.

    Raises `LibraryError` when pip cannot get what is locked, or compiled.txt is not true.
    """
    compiled = read_compiled((REQUIREMENTS / "compiled.txt").read_text())
    release = debian_release(debian, {known for each in compiled for known in each.packages})
    system = {each.name: each for each in compiled if release in each.packages}
    lock = locked((REQUIREMENTS / "base.txt").read_text())
    with tempfile.TemporaryDirectory() as temporary:
        tools = Tools(Path(temporary))
        wanted = "".join(block for name, block in lock.items() if name not in system)
        staged = Path(temporary) / "vendor"
        wheels = tools.wheels("wheels", wanted)
        unlisted = {wheel.name for wheel in wheels if not wheel.is_pure} ^ {
            each.name for each in compiled if each.name not in system
        }
        if unlisted:
            raise LibraryError(
                "requirements/compiled.txt is to list exactly what is compiled, but it is wrong "
                f"about: {', '.join(sorted(unlisted))}"
            )
        for wheel in wheels:
            place = vendor.pure_folder if wheel.is_pure else vendor.compiled_folder
            wheel.unpack(place(staged))
        if with_tests:
            test = tools.wheels("tests", (REQUIREMENTS / "test.txt").read_text())
            for wheel in test:
                wheel.unpack(vendor.tests_folder(staged))
            write_scripts(test, staged / "bin", vendor.tests_folder(staged).name)
        served = {each.module: each.packages[release][0] for each in system.values()}
        _describe(staged, wheels, served)
        _settle(staged)
        _exchange(staged, target)
    told = f"{len(wheels)} packages in {target}"
    if served:
        told += f"; not in it, from Debian {release}: {', '.join(sorted(served.values()))}"
    return told


def _describe(staged: Path, wheels: Sequence[Wheel], served: Mapping[str, str]) -> None:
    """What `moztrap.deploy.vendor` looks at before it believes the library."""
    description = {
        "abi": vendor.abi(),
        "python": ".".join(map(str, sys.version_info[:3])),
        "packages": {wheel.name: wheel.version for wheel in wheels},
        # Module → the package of Debian that it comes from.
        "system": served,
    }
    text = json.dumps(description, indent=1, sort_keys=True) + "\n"
    (staged / vendor.DESCRIPTION).write_text(text)


def _settle(staged: Path) -> None:
    """One mode and one time for all of it, whoever makes it and when."""
    for root, folders, files in os.walk(staged):
        for name in files:
            path = Path(root) / name
            path.chmod(0o755 if path.parent == staged / "bin" else 0o644)
            os.utime(path, (BUILD_TIME, BUILD_TIME))
        for name in folders:
            (Path(root) / name).chmod(0o755)
    staged.chmod(0o755)


def _exchange(staged: Path, target: Path) -> None:
    """Put the new one in place once it is whole."""
    target.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    try:
        shutil.copytree(staged, beside / "new")
        if target.exists():
            target.rename(beside / "old")
        (beside / "new").rename(target)
    finally:
        shutil.rmtree(beside)


def main(arguments: Sequence[str]) -> int:
    """Entry point; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="generate-vendor-lib",
        description="Unpacks what requirements/base.txt locks, for the Python that runs this and "
        "for hosts that install nothing with pip. Packages come from where pip is configured to "
        "look, each checked against its hash.",
    )
    parser.add_argument(
        "--into", type=Path, default=vendor.VENDOR, metavar="FOLDER",
        help="where to make it (%(default)s)",
    )  # fmt: skip
    parser.add_argument(
        "--debian", default="auto", metavar="RELEASE",
        help="leave what compiled.txt names to the packages of this release of Debian: 12, 13, "
        "none, or auto, which is this machine's if its own Python runs this (%(default)s)",
    )  # fmt: skip
    parser.add_argument(
        "--tests", action="store_true",
        help="add what requirements/test.txt locks, and its programs in bin/: for a host that "
        "tests, not for one that serves",
    )  # fmt: skip
    options = parser.parse_args(arguments)
    try:
        print(generate(options.into.absolute(), options.debian, options.tests))
    except (LibraryError, WheelError, vendor.VendorLibraryError) as error:
        print(f"generate-vendor-lib: {error}", file=sys.stderr)
        return 1
    return 0
