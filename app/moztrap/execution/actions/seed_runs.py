"""Write the sample runs where they are not yet."""

from typing import Any

from moztrap.accounts.models import User
from moztrap.catalog.models import ProductVersion
from moztrap.core.actions import atomic
from moztrap.execution.actions.activate_run import activate_run
from moztrap.execution.actions.create_run import RunPlan, create_run
from moztrap.execution.actions.record_results import Verdict, write_results
from moztrap.execution.actions.start_build import start_build
from moztrap.execution.models import Cell, Run
from moztrap.execution.sample import SampleFinding, SampleRun, SampleRuns, load_sample_runs
from moztrap.library.actions import add_cases, create_suite
from moztrap.library.models import CaseVersion, Suite, SuiteCase


@atomic()
def seed_runs() -> list[Run]:
    """Write the runs of the sample product unless it has, or had, runs; return what was written.

    Without the product version, as the sample library leaves it, nothing is written. The
    testers of the sample are accounts that nobody can log in with.
    """
    sample = load_sample_runs()
    version = (
        ProductVersion.objects.select_related("product")
        .filter(product__name=sample.product, version=sample.version)
        .first()
    )
    if (
        version is None
        or Run.everything.filter(productversion__product=version.product_id).exists()
    ):
        return []
    suites = _suites(sample, version)
    testers = {name: _tester(name, email) for name, email in sample.testers.items()}
    written: list[Run] = []
    for each in sample.runs:
        plan = RunPlan(
            name=each.name,
            description=each.description,
            is_series=bool(each.builds),
            suites=suites,
        )
        run = create_run(by=None, productversion=version, plan=plan)
        run = activate_run(run, by=None)
        written.append(run)
        for build in each.builds:
            member = start_build(run, by=None, build=build.build)
            written.append(member)
            _record(member, build, testers)
        _record(run, each, testers)
    return written


def _suites(sample: SampleRuns, version: ProductVersion) -> list[Suite]:
    suites: list[Suite] = []
    for name, tag in sample.suites.items():
        suite = Suite.objects.filter(product=version.product_id, name=name).first()
        if suite is None:
            suite = create_suite(by=None, product=version.product, name=name)
            rows: Any = CaseVersion.objects.filter(productversion=version)
            if tag:
                rows = rows.tagged(tag)
            else:
                placed = SuiteCase.objects.filter(suite__in=suites)
                rows = rows.exclude(case__in=placed.values("case"))
            add_cases(suite, by=None, caseversions=rows.order_by("case"))
        suites.append(suite)
    return suites


def _tester(name: str, email: str) -> User:
    found = User.objects.filter(username_key=name).first()
    return found or User.objects.create_user(name, email=email, is_active=False)


def _record(run: Run, sample: SampleRun, testers: dict[str, User]) -> None:
    cells = list(
        Cell.objects.filter(run=run)
        .wanted()
        .select_related("runcaseversion__caseversion")
        .prefetch_related("environment__elements")
        .order_by("runcaseversion__order", "pk")
    )
    places = {
        cell.pk: {element.name for element in cell.environment.elements.all()}
        for cell in cells
        if cell.environment is not None
    }
    for name, elements in sample.done.items():
        mine = [cell for cell in cells if places.get(cell.pk, set()) & set(elements)]
        verdicts = [
            _verdict(cell, places[cell.pk], sample.findings, number)
            for number, cell in enumerate(mine)
        ]
        write_results(run, verdicts, tester=testers[name])


def _verdict(
    cell: Cell, elements: set[str], findings: tuple[SampleFinding, ...], number: int
) -> Verdict:
    name = cell.runcaseversion.caseversion.name
    # Nobody takes equally long for everything.
    duration = 40 + number * 37 % 160
    for finding in findings:
        if finding.case == name and elements & set(finding.environments):
            return Verdict(
                cell_id=cell.pk,
                status=finding.status,
                comment=finding.comment,
                bug_url=finding.bug,
                duration=duration * 2,
                steps=((finding.step, finding.status),) if finding.step else (),
            )
    return Verdict(cell_id=cell.pk, status="passed", duration=duration)
