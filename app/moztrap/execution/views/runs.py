"""Pages that show runs."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse

from moztrap.core.listing.state import State
from moztrap.core.pages import list_page
from moztrap.core.picking import options_page
from moztrap.core.policies import READ, may, policy_required
from moztrap.environments.models import Environment
from moztrap.execution.filters import RUNS, all_series
from moztrap.execution.models import Run
from moztrap.execution.views.common import tabs_of, trail
from moztrap.reports.heatmap import heat_map

# The newest builds of a series; the list of runs has them all.
_BUILDS = 20
# As many as are taken in at a glance; the page of environments has them all.
_ENVIRONMENTS = 40


@policy_required(READ)
def run_list(request: HttpRequest) -> HttpResponse:
    """List runs with how far they are."""
    is_manager = may(request.user, "manage_runs")
    return list_page(
        request,
        "execution/run_list.html",
        RUNS,
        Run.objects.for_list(),
        heading="Runs",
        create_url=reverse("execution:run_create") if is_manager else "",
        create_label="New run",
        empty_text="No run yet.",
    )


@policy_required(READ)
def series_options(request: HttpRequest) -> HttpResponse:
    """Tell a script which series fit."""
    return options_page(request, all_series(State()), ("name",), str)


@policy_required(READ)
def run_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a run: how far it is in each environment, what is in it, and its picture."""
    run: Run = get_object_or_404(Run.objects.for_page(), pk=pk)
    context: dict[str, Any] = {
        "run": run,
        "record": run,
        "heading": run.name,
        "trail": trail(run),
        "tabs": tabs_of(request, run),
        "suites": [place.suite for place in run.runsuites.all()],
        "environments": sorted(run.environments.all(), key=str),
    }
    if run.is_series:
        builds = Run.objects.filter(series=run).for_list()
        context["builds"] = builds.order_by("-pk")[:_BUILDS]
    else:
        context |= _standing(run)
    return render(request, "execution/run.html", context)


def _standing(run: Run) -> dict[str, Any]:
    """Name the environments of the tallies (2 queries), and draw the run (2 queries)."""
    tallies = sorted(run.tallies.all(), key=lambda each: each.environment_key)
    total = len(tallies)
    del tallies[_ENVIRONMENTS:]
    names = Environment.everything.with_elements().in_bulk(
        [tally.environment_id for tally in tallies if tally.environment_id]
    )
    whole = run.progress
    picture = heat_map(run, [tally.environment_key for tally in tallies])
    rows = [
        {
            "key": tally.environment_key,
            "name": str(names.get(tally.environment_id) or "anywhere"),
            "progress": tally.progress,
            "numbers": [(name, getattr(tally, name)) for name, _ in whole.present],
            "band": picture.bands[tally.environment_key],
        }
        for tally in tallies
    ]
    rows.sort(key=lambda each: str(each["name"]))
    return {
        "progress": whole,
        "by_environment": rows,
        "more_environments": total if total > len(rows) else 0,
        "picture": picture,
    }
