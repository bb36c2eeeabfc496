"""What the pages of runs share."""

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse

from moztrap.core.policies import LOGGED_IN, may
from moztrap.execution.models import Run

Tabs = list[tuple[str, str]]


def get_run(pk: int) -> Run:
    """Return a run that has cells of its own, or answer that there is none."""
    rows = Run.objects.filter(is_series=False).select_related("productversion__product", "series")
    run: Run = get_object_or_404(rows, pk=pk)
    return run


def list_url() -> str:
    """Return the address of the list of runs."""
    return reverse("execution:run_list")


def run_url(run: Run) -> str:
    """Return the address of a run."""
    return reverse("execution:run", args=[run.pk])


def trail(run: Run, *rest: tuple[str, str]) -> list[tuple[str, str]]:
    """Return the way to a page of a run, through its series if it has one."""
    way = [("Runs", list_url())]
    if run.series is not None:
        way.append((run.series.name, run_url(run.series)))
    return [*way, (run.name, run_url(run) if rest else ""), *rest]


def tabs_of(request: HttpRequest, run: Run) -> Tabs:
    """Return the pages about a run that this person may see."""
    pages: Tabs = [("Overview", run_url(run))]
    if run.is_series:
        pages.append(("Builds compared", reverse("reports:compare", args=[run.pk])))
    else:
        pages += [
            ("Cases", reverse("reports:run_cases", args=[run.pk])),
            ("Tests", reverse("reports:run_tests", args=[run.pk])),
            ("Environments", reverse("reports:run_environments", args=[run.pk])),
            ("Suites", reverse("reports:run_suites", args=[run.pk])),
        ]
        if may(request.user, LOGGED_IN):
            pages.append(("Testers", reverse("reports:run_testers", args=[run.pk])))
        pages.append(("Results", reverse("reports:run_results", args=[run.pk])))
        if may(request.user, "manage_runs") and run.is_active:
            pages.append(("Assign", reverse("execution:assign", args=[run.pk])))
    return pages
