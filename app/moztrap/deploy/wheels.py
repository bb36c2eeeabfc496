"""Wheels, and what unpacking them leaves: packages, their metadata and their programs."""

import configparser
import shutil
import zipfile
from collections.abc import Sequence
from email.parser import Parser
from pathlib import Path, PurePosixPath

# The parts of a wheel's .data folder that belong on sys.path; the others are headers and
# files for other places, which nothing here needs.
IMPORTABLE = frozenset({"purelib", "platlib"})
SCRIPT = """#!/usr/bin/env python3
import site
import sys
from pathlib import Path

site.addsitedir(str(Path(__file__).resolve().parents[1] / "lib" / "{library}"))

from {module} import {first}

sys.exit({function}())
"""


class WheelError(Exception):
    """A wheel is not as the standard says."""


class Wheel:
    """One wheel, by its file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with zipfile.ZipFile(path) as archive:
            folders = {PurePosixPath(name).parts[0] for name in archive.namelist()}
            information = [name for name in folders if name.endswith(".dist-info")]
            if len(information) != 1:
                raise WheelError(f"{path.name} has {len(information)} .dist-info folders, not one")
            self.information = information[0]
            facts = Parser().parsestr(archive.read(f"{self.information}/WHEEL").decode())
            metadata = Parser().parsestr(archive.read(f"{self.information}/METADATA").decode())
        self.is_pure = facts["Root-Is-Purelib"].strip().lower() == "true"
        # As locks spell it.
        self.name = metadata["Name"].lower().replace("_", "-").replace(".", "-")
        self.version = metadata["Version"]

    def unpack(self, folder: Path) -> None:
        """Write all that can be imported below `folder`, with the wheel's own metadata."""
        with zipfile.ZipFile(self.path) as archive:
            for entry in sorted(archive.infolist(), key=lambda each: each.filename):
                target = self._place(PurePosixPath(entry.filename))
                if entry.is_dir() or target is None:
                    continue
                path = folder / target
                path.parent.mkdir(parents=True, exist_ok=True)
                with archive.open(entry) as source, path.open("xb") as written:
                    shutil.copyfileobj(source, written)

    def _place(self, name: PurePosixPath) -> PurePosixPath | None:
        if name.is_absolute() or ".." in name.parts:
            raise WheelError(f"{self.path.name} would write outside its folder: {name}")
        if not name.parts[0].endswith(".data"):
            return name
        if len(name.parts) < 3 or name.parts[1] not in IMPORTABLE:
            return None
        return PurePosixPath(*name.parts[2:])

    def programs(self) -> dict[str, str]:
        """Name → module:function of the commands that the package declares."""
        with zipfile.ZipFile(self.path) as archive:
            name = f"{self.information}/entry_points.txt"
            if name not in archive.namelist():
                return {}
            parser = configparser.ConfigParser(delimiters="=")
            parser.read_string(archive.read(name).decode())
        section = "console_scripts"
        return dict(parser[section]) if section in parser else {}


def write_scripts(wheels: Sequence[Wheel], folder: Path, library: str) -> None:
    """Write the packages' commands; each finds its library beside it."""
    folder.mkdir(parents=True)
    for wheel in wheels:
        for name, where in wheel.programs().items():
            module, _, function = where.partition(":")
            first = function.partition(".")[0]
            text = SCRIPT.format(library=library, module=module, first=first, function=function)
            (folder / name).write_text(text)
