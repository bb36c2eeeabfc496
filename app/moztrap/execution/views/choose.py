"""The way to a test: which run, which build, which environment."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from moztrap.core.actions import ActionError
from moztrap.core.pages import list_page, person
from moztrap.core.policies import policy_required
from moztrap.environments.models import Environment
from moztrap.execution.actions import start_build
from moztrap.execution.filters import OPEN_RUNS
from moztrap.execution.forms import EnvironmentForm
from moztrap.execution.models import Run

# Testers look for the build of today.
_BUILDS = 30


@policy_required("execute")
def open_runs(request: HttpRequest) -> HttpResponse:
    """List the runs that are open to testers."""
    return list_page(
        request,
        "execution/open_runs.html",
        OPEN_RUNS,
        Run.objects.for_testers().for_list(),
        heading="Run tests",
        intro="Choose a run, then the environment that you test in.",
        empty_text="No run is open at the moment.",
    )


def _get(pk: int) -> Run:
    rows = Run.objects.select_related("productversion__product", "series")
    run: Run = get_object_or_404(rows, pk=pk)
    return run


@policy_required("execute")
def choose(request: HttpRequest, pk: int) -> HttpResponse:
    """Choose the environment, or the build of a series; a link to here suits every tester."""
    run = _get(pk)
    context: dict[str, Any] = {
        "run": run,
        "heading": run.name,
        "trail": [("Run tests", reverse("execution:open_runs")), (run.name, "")],
    }
    if run.is_series:
        builds = Run.objects.filter(series=run).active().for_list()
        context["builds"] = builds.order_by("-pk")[:_BUILDS]
        return render(request, "execution/choose_build.html", context)
    return _choose_environment(request, run, context)


def _choose_environment(request: HttpRequest, run: Run, context: dict[str, Any]) -> HttpResponse:
    tallies = {tally.environment_key: tally for tally in run.tallies.all()}
    rows = Environment.everything.with_elements().filter(pk__in=[key for key in tallies if key])
    environments = sorted(rows, key=str)
    form = EnvironmentForm(request.GET or None, environments=environments)
    shown = form.matching() if form.is_valid() else environments
    is_chosen = form.is_valid() and any(form.cleaned_data.values())
    if is_chosen and len(shown) == 1:
        return redirect("execution:execute", run.pk, shown[0].pk)
    places = [
        {"key": each.pk, "name": str(each), "progress": tallies[each.pk].progress} for each in shown
    ]
    if 0 in tallies and not is_chosen:
        places.append({"key": 0, "name": "anywhere", "progress": tallies[0].progress})
    context |= {"form": form, "places": places, "is_chosen": is_chosen}
    return render(request, "execution/choose_environment.html", context)


@require_POST
@policy_required("execute")
def build(request: HttpRequest, pk: int) -> HttpResponse:
    """Start a build in a series, or join those who test it."""
    series = _get(pk)
    name = request.POST.get("build", "").replace("\x00", "")
    try:
        if len(name.strip()) > 100:
            raise ActionError("The name of a build has at most 100 characters.")
        member = start_build(series, by=person(request), build=name)
    except ActionError as error:
        messages.error(request, str(error))
        return redirect("execution:choose", pk)
    return redirect("execution:choose", member.pk)
