"""Results by case: of one run, of one case in it, and of one case in all runs."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse

from moztrap.core.listing import ListingPage
from moztrap.core.pages import list_page, page_of
from moztrap.core.policies import READ, policy_required
from moztrap.environments.models import Environment
from moztrap.execution.models import BugLink, Cell, Result, RunCaseVersion
from moztrap.execution.progress import DECIDED
from moztrap.execution.views.common import get_run, tabs_of, trail
from moztrap.library.models import Case, CaseVersion
from moztrap.reports.environments import environment_names
from moztrap.reports.filters import FINDINGS, RUN_CASES, case_runs

# The newest of them: more are a problem of another kind.
_BUGS = 100


@policy_required(READ)
def run_cases(request: HttpRequest, pk: int) -> HttpResponse:
    """List the cases of a run with what stands in each environment."""
    run = get_run(pk)
    rows: QuerySet[Any] = RunCaseVersion.objects.filter(run=run).with_results().for_list()
    return list_page(
        request,
        "reports/run_cases.html",
        RUN_CASES,
        rows,
        heading=run.name,
        run=run,
        trail=trail(run, ("Cases", "")),
        tabs=tabs_of(request, run),
        environments=list(environment_names(run).items()),
        progress=run.progress,
        empty_text="Nothing is run here yet: activation takes the cases of the suites.",
    )


@policy_required(READ)
def run_case(request: HttpRequest, pk: int, runcase_pk: int) -> HttpResponse:
    """Show one case of a run: where it stands in each environment, and all that was found."""
    run = get_run(pk)
    rows = RunCaseVersion.objects.filter(run=run).select_related("caseversion__case")
    runcase: RunCaseVersion = get_object_or_404(rows, pk=runcase_pk)
    cells = list(
        Cell.objects.filter(runcaseversion=runcase).select_related("result__tester", "assignee")
    )
    names = Environment.everything.with_elements().in_bulk(
        [cell.environment_id for cell in cells if cell.environment_id]
    )
    standing = [(str(names.get(cell.environment_id or 0) or "anywhere"), cell) for cell in cells]
    standing.sort(key=lambda each: each[0])
    listing = page_of(
        request, FINDINGS, Result.objects.filter(cell__runcaseversion=runcase).for_list()
    )
    caseversion = runcase.caseversion
    context = {
        "heading": caseversion.name,
        "trail": trail(
            run,
            ("Cases", reverse("reports:run_cases", args=[pk])),
            (caseversion.case.shown_id, ""),
        ),
        "run": run,
        "runcase": runcase,
        "caseversion": caseversion,
        "standing": standing,
        "listing": listing,
        "page_obj": listing.page,
        "verdicts": DECIDED,
    }
    return render(request, "reports/run_case.html", context)


@policy_required(READ)
def case_history(request: HttpRequest, pk: int) -> HttpResponse:
    """Show how a case fared in every run that it was in, and the bugs it has shown."""
    case: Case = get_object_or_404(Case.objects.select_related("product"), pk=pk)
    newest = get_object_or_404(CaseVersion.objects.filter(case=case), latest=True)
    rows = RunCaseVersion.objects.filter(
        caseversion__case=case, run__deleted_on__isnull=True
    ).select_related("run", "caseversion__productversion__product")

    def more(page: ListingPage) -> dict[str, Any]:
        runcases = list(page.rows)
        cells = Cell.objects.filter(runcaseversion__in=[each.pk for each in runcases])
        progress = cells.wanted().progress_by("runcaseversion")
        return {"rows": [(each, progress.get(each.pk)) for each in runcases]}

    return list_page(
        request,
        "reports/case_history.html",
        case_runs(case),
        rows,
        more=more,
        heading=newest.name,
        intro=f"{case.shown_id} · how it fared in runs",
        case=case,
        trail=[
            ("Cases", reverse("library:case_list")),
            (case.shown_id, reverse("library:case", args=[pk])),
            ("Results", ""),
        ],
        bugs=BugLink.objects.filter(case=case)[:_BUGS],
        empty_text="No run has tested this case yet.",
    )
