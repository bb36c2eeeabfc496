"""An active run: three cases of one suite, in two environments."""

from dataclasses import dataclass
from typing import Any, Protocol

import pytest

from moztrap.catalog.actions import create_product, create_version
from moztrap.catalog.models import ProductVersion
from moztrap.core.actions import create_record
from moztrap.environments.actions import create_category, create_element, create_environment
from moztrap.environments.models import Environment
from moztrap.execution.actions import RunPlan, activate_run, create_run
from moztrap.execution.models import Cell, Run, Tally
from moztrap.library.actions import StepText, create_case
from moztrap.library.models import Case, CaseVersion, Suite, SuiteCase

NAMES = ("Ring the bell", "Mute the bell", "Knock instead")


@dataclass
class Bench:
    """What is needed to plan a run."""

    version: ProductVersion
    environments: list[Environment]
    suite: Suite
    rows: list[CaseVersion]

    def case(self, name: str, **values: Any) -> CaseVersion:
        """Write one more case of the product."""
        return create_case(by=None, productversion=self.version, name=name, **values)

    def suite_of(self, name: str, *rows: CaseVersion) -> Suite:
        """Put cases into a new suite."""
        suite = create_record(Suite, by=None, product=self.version.product, name=name)
        fill(suite, [row.case for row in rows])
        return suite

    def run(self, name: str = "Round one", **values: Any) -> Run:
        """Plan a run of the suite."""
        plan = RunPlan(name=name, **{"suites": [self.suite], **values})
        return create_run(by=None, productversion=self.version, plan=plan)


def fill(suite: Suite, cases: list[Case]) -> None:
    """Make these the cases of a suite, in this order."""
    SuiteCase.objects.filter(suite=suite).delete()
    SuiteCase.objects.bulk_create(
        SuiteCase(suite=suite, case=case, order=place) for place, case in enumerate(cases, 1)
    )


def make_bench() -> Bench:
    """Write a product with a version, two environments and a suite of three cases."""
    product = create_product(by=None, name="Bell")
    category = create_category(by=None, name="OS")
    environments = [
        create_environment(
            by=None, elements=[create_element(by=None, category=category, name=name)]
        )
        for name in ("Debian", "Windows")
    ]
    version = create_version(by=None, product=product, version="1.0", environments=environments)
    steps = [StepText("Press.", "It rings."), StepText("Let go.")]
    rows = [
        create_case(by=None, productversion=version, name=name, idprefix="BELL", steps=steps)
        for name in NAMES
    ]
    suite = create_record(Suite, by=None, product=product, name="All of it")
    fill(suite, [row.case for row in rows])
    return Bench(version, environments, suite, rows)


@pytest.fixture
def bench(db: None) -> Bench:
    """What is needed to plan a run."""
    return make_bench()


@pytest.fixture
def run(bench: Bench) -> Run:
    """An active run of it."""
    return activate_run(bench.run(), by=None)


class CellOf(Protocol):
    """Finds a cell by the name of its case and of its environment's element."""

    def __call__(self, name: str, element: str = "Debian") -> Cell:
        """Find it."""


@pytest.fixture
def cell(run: Run) -> CellOf:
    """Find a cell by the name of its case and of its environment's element."""

    def find(name: str, element: str = "Debian") -> Cell:
        return Cell.objects.get(
            run=run,
            runcaseversion__caseversion__name=name,
            environment__elements__name=element,
        )

    return find


def names_in(run: Run) -> list[str]:
    """Return the names of the cases that a run wants, in order."""
    rows = run.runcaseversions.wanted().order_by("order")
    return list(rows.values_list("caseversion__name", flat=True))


def assert_counted(run: Run) -> None:
    """The tallies say what the cells say."""
    kept = {tally.environment_id: dict(counts_of(tally)) for tally in run.tallies.all()}
    told = {
        environment: dict(progress.counts)
        for environment, progress in run.cells.wanted().progress_by("environment").items()
    }
    assert kept == told


def counts_of(tally: Tally) -> list[tuple[str, int]]:
    """Return the counters of a tally."""
    names = ("passed", "failed", "blocked", "invalid", "skipped", "pending")
    return [(name, getattr(tally, name)) for name in names]
