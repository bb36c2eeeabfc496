"""Planning runs: create, edit, delete, clone, open and close."""

from collections.abc import Callable, Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from moztrap.catalog.models import ProductVersion
from moztrap.core.actions import ActionError
from moztrap.core.conditions import is_id
from moztrap.core.pages import delete_page, form_page, person, posted
from moztrap.core.policies import policy_required
from moztrap.core.prefill import Convert, Rule, prefill
from moztrap.core.words import counted
from moztrap.execution.actions import (
    activate_run,
    clone_run,
    deactivate_run,
    delete_run,
    refresh_run,
)
from moztrap.execution.forms import RunForm, VersionForm
from moztrap.execution.models import Run, RunStatus
from moztrap.execution.views.common import list_url, run_url, trail
from moztrap.library.prefill import suites_named


def _get(pk: int) -> Run:
    rows = Run.objects.select_related("productversion__product", "series")
    run: Run = get_object_or_404(rows, pk=pk)
    return run


def _is_series(values: Sequence[str], initial: dict[str, Any]) -> bool | None:
    return True if list(values) == ["series"] else None


def _places_in(version: ProductVersion) -> Convert:
    """Return what places the suites of the product that have one of the names, by name."""

    def places(values: Sequence[str], initial: dict[str, Any]) -> dict[int, str]:
        found = suites_named(values, {"productversion": version.pk})
        return {pk: str(place) for place, pk in enumerate(found, start=1)}

    return places


@policy_required("manage_runs")
def run_create(request: HttpRequest) -> HttpResponse:
    """Plan a run of the product version in the address; without one, ask for it.

    A pinned version is offered first, and not taken for granted: it cannot be changed later.
    """
    chosen = prefill(request, version=Rule("version"))
    asked = request.GET.get("version", "")
    versions = ProductVersion.objects.select_related("product")
    version = versions.filter(pk=asked).first() if is_id(asked) else None
    way = [("Runs", list_url()), ("New", "")]
    if version is None:
        form = VersionForm(request.GET if "version-find" in request.GET else None, chosen.initial)
        context = {
            "heading": "New run",
            "trail": way,
            "form": form,
            "has_versions": versions.exists(),
            "pinned": chosen.pins.get("version", ""),
            "cancel_url": list_url(),
        }
        return render(request, "execution/run_version.html", context)
    filled = prefill(
        request,
        build=Rule("build"),
        is_series=Rule("kind", _is_series),
        suites=Rule("suite", _places_in(version)),
    )
    return form_page(
        request,
        RunForm(posted(request), productversion=version, initial=filled.initial),
        filled=filled,
        done=run_url,
        heading=f"New run of {version}",
        trail=way,
        cancel_url=list_url(),
        template="execution/run_form.html",
    )


@policy_required("manage_runs")
def run_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a run."""
    run = _get(pk)
    return form_page(
        request,
        RunForm(posted(request), instance=run, productversion=run.productversion),
        done=run_url,
        template="execution/run_form.html",
        heading=f"Edit {run}",
        intro=f"A run of {run.productversion}.",
        trail=trail(run, ("Edit", "")),
        cancel_url=run_url(run),
        delete_url=reverse("execution:run_delete", args=[pk]),
        is_open=run.is_active and not run.is_series,
    )


@policy_required("manage_runs")
def run_delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Delete a run."""
    run = _get(pk)
    return delete_page(
        request,
        run,
        delete=delete_run,
        done_url=list_url(),
        cancel_url=run_url(run),
        consequence="It disappears from every list, and its results with it. Both can come back.",
    )


def _do(request: HttpRequest, run: Run, act: Callable[[Run], str]) -> HttpResponse:
    """Do something to a run and say what became of it, on the page of the run."""
    try:
        messages.success(request, act(run))
    except ActionError as error:
        messages.error(request, str(error))
    return redirect(run_url(run))


@require_POST
@policy_required("manage_runs")
def run_activate(request: HttpRequest, pk: int) -> HttpResponse:
    """Open a run to testers."""

    def act(run: Run) -> str:
        opened = activate_run(run, by=person(request))
        if opened.is_series:
            return f"“{opened}” is open: testers can start builds in it."
        cases = opened.runcaseversions.wanted().count()
        if not cases:
            return (
                f"“{opened}” is open, but there is nothing to run in it: no active case of "
                f"{opened.productversion} is in its suites and shares an environment with it."
            )
        return f"“{opened}” is open: {counted(cases, 'case')} to run."

    return _do(request, _get(pk), act)


@require_POST
@policy_required("manage_runs")
def run_refresh(request: HttpRequest, pk: int) -> HttpResponse:
    """Bring a run up to date."""

    def act(run: Run) -> str:
        snapshot = refresh_run(run, by=person(request))
        return f"Up to date: {counted(snapshot.cases, 'case')} to run. No result was lost."

    return _do(request, _get(pk), act)


@require_POST
@policy_required("manage_runs")
def run_deactivate(request: HttpRequest, pk: int) -> HttpResponse:
    """Close a run: for good, or as a draft."""
    status = RunStatus.DRAFT if request.POST.get("to") == "draft" else RunStatus.DISABLED

    def act(run: Run) -> str:
        closed = deactivate_run(run, by=person(request), status=status)
        return f"“{closed}” is {closed.status}: no results are recorded in it."

    return _do(request, _get(pk), act)


@require_POST
@policy_required("manage_runs")
def run_clone(request: HttpRequest, pk: int) -> HttpResponse:
    """Make a draft like a run."""
    run = _get(pk)
    try:
        clone = clone_run(run, by=person(request))
    except ActionError as error:
        messages.error(request, str(error))
        return redirect(run_url(run))
    messages.success(request, f"This is a draft like “{run}”, without its results.")
    return redirect(run_url(clone))
