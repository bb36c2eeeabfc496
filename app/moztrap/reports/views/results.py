"""The results of a run, newest first."""

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from moztrap.core.pages import list_page
from moztrap.core.policies import READ, policy_required
from moztrap.execution.models import Result
from moztrap.execution.views.common import get_run, tabs_of, trail
from moztrap.reports.filters import result_listing


@policy_required(READ)
def run_results(request: HttpRequest, pk: int) -> HttpResponse:
    """List every result of a run, those that were tested again included."""
    run = get_run(pk)
    return list_page(
        request,
        "reports/run_results.html",
        result_listing(run),
        Result.objects.filter(run=run).for_list(),
        heading=run.name,
        run=run,
        trail=trail(run, ("Results", "")),
        tabs=tabs_of(request, run),
        csv_url=reverse("reports:results_csv", args=[pk]),
        json_url=reverse("reports:results_json", args=[pk]),
        empty_text="No result yet.",
    )
