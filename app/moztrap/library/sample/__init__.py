"""A small library of our own, so that a fresh site has something to look at."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class SampleCase:
    """A case: its text, and the steps that newer versions of the product changed."""

    name: str
    steps: tuple[tuple[str, str], ...]
    later: dict[str, tuple[tuple[str, str], ...]]
    since: str
    description: str
    status: str
    priority: int | None
    tags: tuple[str, ...]
    # Name and text of each attachment.
    files: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class SampleProduct:
    """A product with its versions (from old to new), tags, suites and cases."""

    name: str
    prefix: str
    description: str
    versions: tuple[tuple[str, str], ...]
    tags: dict[str, str]
    # Name of each suite and the tag of its cases; no tag: those that no other suite has.
    suites: dict[str, str]
    cases: tuple[SampleCase, ...]


@dataclass(frozen=True)
class Sample:
    """The whole library."""

    environments: dict[str, list[str]]
    combinations: tuple[tuple[str, ...], ...]
    # Name of each profile and the elements that are combined in it.
    profiles: dict[str, list[str]]
    tags: dict[str, str]
    products: tuple[SampleProduct, ...]


def load_sample() -> Sample:
    """Read the library from the files beside this module."""
    catalog = _read("catalog")
    environments = catalog["environments"]
    combinations = environments.pop("combinations")
    return Sample(
        environments=environments,
        combinations=tuple(tuple(elements) for elements in combinations),
        profiles=catalog["profiles"],
        tags={name: text.strip() for name, text in catalog["tags"].items()},
        products=tuple(_product(entry) for entry in catalog["products"]),
    )


def _read(name: str) -> dict[str, Any]:
    with (_FOLDER / f"{name}.toml").open("rb") as file:
        return tomllib.load(file)


def _product(entry: dict[str, Any]) -> SampleProduct:
    versions = tuple((version, codename) for version, codename in entry["versions"])
    cases = _read(entry["name"].lower())["cases"]
    return SampleProduct(
        name=entry["name"],
        prefix=entry["prefix"],
        description=entry["description"].strip(),
        versions=versions,
        tags=entry["tags"],
        suites=entry["suites"],
        cases=tuple(_case(case, oldest=versions[0][0]) for case in cases),
    )


def _case(entry: dict[str, Any], *, oldest: str) -> SampleCase:
    return SampleCase(
        name=entry["name"],
        steps=_steps(entry),
        later={version: _steps(change) for version, change in entry.get("later", {}).items()},
        since=entry.get("since", oldest),
        description=entry.get("description", "").strip(),
        status=entry.get("status", "active"),
        priority=entry.get("priority"),
        tags=tuple(entry.get("tags", ())),
        files=tuple((name, text.lstrip()) for name, text in entry.get("files", ())),
    )


def _steps(entry: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    return tuple((instruction, expected) for instruction, expected in entry["steps"])
