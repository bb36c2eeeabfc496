"""compiled.txt against the lock, and each Debian's set against what everything asks for."""

from __future__ import annotations

import re
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from typing import Any

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.helpers.role_templates import ROOT

REQUIREMENTS = ROOT / "app" / "requirements"
# Debian's release → its Python.
PYTHONS = {"12": "3.11.2", "13": "3.13.5"}
LINE = re.compile(r"(?m)^([a-z0-9-]+)==([0-9.]+)  # module=(\w+)((?: debian\d+=\S+/\S+)*)$")
COMPILED = {name: (version, module, rest) for name, version, module, rest in LINE.findall(
    (REQUIREMENTS / "compiled.txt").read_text()
)}  # fmt: skip


def environment(release: str) -> dict[str, Any]:
    """What markers are about, on a release of Debian."""
    full = PYTHONS[release]
    python = full.rpartition(".")[0]
    return {
        **default_environment(),
        "python_full_version": full,
        "python_version": python,
        "sys_platform": "linux",
        "extra": "",
    }


def lock(release: str | None = None) -> dict[str, str]:
    """Name → version of base.txt; with a release, of what is installed there."""
    found = {}
    for line in (REQUIREMENTS / "base.txt").read_text().splitlines():
        if line and not line[0].isspace():
            wanted = Requirement(line.removesuffix("\\").strip())
            if release and wanted.marker and not wanted.marker.evaluate(environment(release)):
                continue
            found[wanted.name] = next(iter(wanted.specifier)).version
    return found


def debian_versions(release: str) -> dict[str, str]:
    """Name → version that the release's own package is of."""
    served = {}
    for name, (_, _, rest) in COMPILED.items():
        for number, _, version in re.findall(r"debian(\d+)=([^/\s]+)/(\S+)", rest):
            if number == release:
                served[name] = version
    return served


def installed(name: str) -> Distribution | None:
    try:
        return distribution(name)
    except PackageNotFoundError:
        return None


def is_pure(found: Distribution) -> bool:
    return "Root-Is-Purelib: true" in (found.read_text("WHEEL") or "")


def test_every_line_is_understood() -> None:
    text = (REQUIREMENTS / "compiled.txt").read_text()
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    assert len(lines) == len(COMPILED)


def test_exactly_what_is_compiled_is_listed() -> None:
    found = {name: installed(name) for name in lock()}
    compiled = {name for name, each in found.items() if each and not is_pure(each)}
    assert compiled == set(COMPILED)
    # These are for other Pythons or systems; none of them is compiled.
    assert {name for name, each in found.items() if not each} <= {"async-timeout", "tzdata"}


def test_versions_are_those_of_the_lock() -> None:
    wanted = {name: version for name, version in lock().items() if name in COMPILED}
    assert {name: version for name, (version, _, _) in COMPILED.items()} == wanted


def test_modules_are_where_they_are_said_to_be() -> None:
    for name, (_, module, _) in COMPILED.items():
        found = installed(name)
        assert found is not None
        tops = {str(path).partition("/")[0].partition(".")[0] for path in found.files or []}
        assert module in tops, name


def demands(release: str) -> list[tuple[str, Requirement]]:
    """Who asks for what: base.in, and every locked package, on a release of Debian."""
    found = []
    for line in (REQUIREMENTS / "base.in").read_text().splitlines():
        if line and not line.startswith("#"):
            found.append(("base.in", Requirement(line)))
    for name in lock(release):
        each = installed(name)
        for text in (each.requires or []) if each else []:
            wanted = Requirement(text)
            if wanted.marker is None or wanted.marker.evaluate(environment(release)):
                found.append((name, wanted))
    return found


@pytest.mark.parametrize("release", PYTHONS)
def test_the_set_of_each_debian_resolves(release: str) -> None:
    chosen = lock(release) | debian_versions(release)
    unmet = [
        f"{who} asks for {wanted}, but it is {chosen.get(canonicalize_name(wanted.name))}"
        for who, wanted in demands(release)
        if chosen.get(canonicalize_name(wanted.name), "0") not in wanted.specifier
    ]
    assert unmet == []


@pytest.mark.parametrize(
    ("release", "name", "version"),
    [
        ("12", "cffi", "1.15.1"),
        ("12", "mysqlclient", "1.4.6"),
        ("12", "rcssmin", "1.1.0"),
        ("12", "rjsmin", "1.2.0"),
        ("13", "cffi", "1.17.1"),
        ("13", "mysqlclient", "1.4.6"),
        ("13", "rcssmin", "1.1.2"),
        ("13", "rjsmin", "1.2.0"),
        ("13", "rpds-py", "0.21.0"),
    ],
)
def test_what_debian_has_and_does_not_fit_is_left_to_the_locked_wheel(
    release: str, name: str, version: str
) -> None:
    asked = [wanted for _, wanted in demands(release) if canonicalize_name(wanted.name) == name]
    assert any(version not in wanted.specifier for wanted in asked)
    assert name not in debian_versions(release)


def test_the_tools_of_the_tests_are_in_no_release() -> None:
    tools = {"pytest", "pytest-django", "coverage"}
    text = (REQUIREMENTS / "test.txt").read_text()
    assert tools <= set(re.findall(r"(?m)^([a-z-]+)==", text))
    assert not tools & set(lock())


def test_the_tools_of_the_tests_are_those_of_everybody_else() -> None:
    pins = re.findall(r"(?m)^([a-z0-9-]+==[0-9.]+)", (REQUIREMENTS / "test.txt").read_text())
    everybody = (ROOT / "requirements-dev.txt").read_text()
    assert [pin for pin in pins if f"\n{pin} " not in everybody] == []
