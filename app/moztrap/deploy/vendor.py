"""Use the vendor library: every dependency as unpacked wheels, for hosts without pip.

`bin/generate-vendor-lib` makes it. Nothing here needs anything but Python itself.

    python3 -m moztrap.deploy.vendor gunicorn --config …    runs a module of the library
"""

import json
import os
import runpy
import site
import sys
import sysconfig
from importlib.util import find_spec
from pathlib import Path
from typing import Any

VENDOR = Path(__file__).resolve().parents[2] / "requirements" / "vendor"
DESCRIPTION = "library.json"
GENERATE = "Make it with bin/generate-vendor-lib, under the Python that will use it."


class VendorLibraryError(Exception):
    """The vendor library cannot be used; the message says why and what to do."""


def abi() -> str:
    """What compiled modules are made for, such as cpython-311-x86_64-linux-gnu."""
    return str(sysconfig.get_config_var("SOABI"))


def pure_folder(vendor: Path) -> Path:
    """Where the pure-Python packages are."""
    return vendor / "lib" / "python"


def compiled_folder(vendor: Path) -> Path:
    """Where the compiled packages are that no package of the system serves."""
    return vendor / "lib" / abi()


def tests_folder(vendor: Path) -> Path:
    """Where the tools of the tests are, if they were asked for."""
    return vendor / "lib" / f"test-{abi()}"


def library_paths(vendor: Path = VENDOR) -> list[str]:
    """The folders of a library that fits this interpreter, by their real paths.

    Raises `VendorLibraryError` when there is none, when it was made for another Python, or
    when a package of the system that it counts on is not installed.
    """
    _refuse_unfit(vendor, _description(vendor))
    folders = (pure_folder(vendor), compiled_folder(vendor), tests_folder(vendor))
    return [os.path.realpath(folder) for folder in folders if folder.is_dir()]


def add_library(vendor: Path = VENDOR) -> None:
    """Put the library in front of everything on `sys.path`, with what its .pth files add.

    Raises `VendorLibraryError` as `library_paths` does. Doing it again does nothing.
    """
    paths = library_paths(vendor)
    before = list(sys.path)
    for path in paths:
        site.addsitedir(path)
    added = [path for path in sys.path if path not in before]
    sys.path[:] = added + before


def is_in_use(vendor: Path = VENDOR) -> bool:
    """Does this process import from the library?"""
    return os.path.realpath(pure_folder(vendor)) in sys.path


def _description(vendor: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads((vendor / DESCRIPTION).read_text())
    except FileNotFoundError as error:
        raise VendorLibraryError(f"There is no vendor library in {vendor}. {GENERATE}") from error
    except ValueError as error:
        raise VendorLibraryError(
            f"{vendor / DESCRIPTION} is damaged ({error}). {GENERATE}"
        ) from error
    return found


def _refuse_unfit(vendor: Path, description: dict[str, Any]) -> None:
    version = ".".join(map(str, sys.version_info[:3]))
    made_for = tuple(map(int, description["python"].split(".")))
    # What older patch releases of Python lack may have been left out.
    if description["abi"] != abi() or sys.version_info[:3] < made_for:
        raise VendorLibraryError(
            f"The vendor library in {vendor} was made for Python {description['python']} "
            f"({description['abi']}), but {sys.executable or 'this'} is Python {version} "
            f"({abi()}). {GENERATE}"
        )
    missing = [
        package
        for module, package in sorted(description["system"].items())
        if find_spec(module) is None
    ]
    if missing:
        raise VendorLibraryError(
            f"The vendor library in {vendor} counts on packages of Debian that are not "
            f"installed: apt-get install --no-install-recommends {' '.join(missing)}\n"
            "Or have their locked wheels in it: bin/generate-vendor-lib --debian none"
        )


def run_module(arguments: list[str]) -> None:
    """Run a module of the library as a program, with the arguments after its name."""
    if not arguments:
        raise VendorLibraryError("Name a module: python3 -m moztrap.deploy.vendor gunicorn …")
    add_library()
    sys.argv[:] = arguments
    runpy.run_module(arguments[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    try:
        run_module(sys.argv[1:])
    except VendorLibraryError as error:
        sys.exit(str(error))
