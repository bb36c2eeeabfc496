"""Runs of the sample library, as a team might have left them on a Tuesday."""

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class SampleFinding:
    """What somebody found in one case, other than that it passed."""

    case: str
    environments: tuple[str, ...]
    status: str
    comment: str
    bug: str = ""
    step: int | None = None


@dataclass(frozen=True)
class SampleRun:
    """A run, or one build of a series: whose share of the cells is decided, and how."""

    name: str
    build: str
    done: dict[str, tuple[str, ...]]
    findings: tuple[SampleFinding, ...]
    description: str = ""
    builds: tuple["SampleRun", ...] = field(default=())


@dataclass(frozen=True)
class SampleRuns:
    """The product version that is tested, its suites, the testers, and the runs."""

    product: str
    version: str
    # Name of a suite → the tag of its cases; empty: those that no other suite has.
    suites: dict[str, str]
    testers: dict[str, str]
    runs: tuple[SampleRun, ...]


def load_sample_runs() -> SampleRuns:
    """Read the runs from the file beside this module."""
    with (Path(__file__).parent / "runs.toml").open("rb") as file:
        entry = tomllib.load(file)
    return SampleRuns(
        product=entry["product"],
        version=entry["version"],
        suites=entry["suites"],
        testers=entry["testers"],
        runs=tuple(_run(each) for each in entry["runs"]),
    )


def _run(entry: dict[str, Any]) -> SampleRun:
    return SampleRun(
        name=entry.get("name", ""),
        build=entry.get("build", ""),
        description=entry.get("description", "").strip(),
        done={who: tuple(places) for who, places in entry.get("done", {}).items()},
        findings=tuple(
            SampleFinding(
                case=each["case"],
                environments=tuple(each["environments"]),
                status=each["status"],
                comment=each["comment"],
                bug=each.get("bug", ""),
                step=each.get("step"),
            )
            for each in entry.get("findings", ())
        ),
        builds=tuple(_run(each) for each in entry.get("builds", ())),
    )
