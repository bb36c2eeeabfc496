"""Running tests: the list of cases, one case opened, and what was found."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.models import AbstractBaseUser
from django.db.models import Prefetch
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from moztrap.core.actions import ActionError
from moztrap.core.listing.listing import DEFAULT_SIZE
from moztrap.core.pages import page_of, person, pinned_address, posted, saving_of
from moztrap.core.policies import policy_required
from moztrap.core.preferences import Preferences
from moztrap.environments.models import Environment
from moztrap.execution.actions import record_results, skip_case, unskip_case
from moztrap.execution.filters import execution_listing
from moztrap.execution.forms import VerdictForm
from moztrap.execution.models import Cell, CellStatus, Result, Review, Run
from moztrap.execution.views.common import get_run
from moztrap.library.models import CaseVersion, Tag

# A script asks for parts of the page with this header; nothing else differs.
FRAGMENT = "X-Fragment"
# Results of a cell that are shown beside it; the results page has them all.
_PAST = 5


def _get_cell(run: Run, environment_pk: int, cell_pk: int, tester: AbstractBaseUser) -> Cell:
    cells = Cell.objects.in_environment(run, environment_pk).for_execution(tester)
    cell: Cell = get_object_or_404(cells, pk=cell_pk)
    return cell


def _open(cell: Cell, form: VerdictForm | None = None) -> dict[str, Any]:
    """Load what an open case shows: text, steps, tags, known bugs and past results."""
    rows = CaseVersion.everything.select_related("case").prefetch_related(
        "steps", "attachments", Prefetch("tags", queryset=Tag.objects.order_by("name"))
    )
    results = Result.objects.filter(cell=cell).select_related("tester", "reviewed_by")
    past = list(results.prefetch_related("steps").order_by("-pk")[:_PAST])
    newest = past[0] if past else None
    return {
        "caseversion": rows.get(pk=cell.runcaseversion.caseversion_id),
        "form": form or VerdictForm(cell=cell),
        "past": past,
        "sent_back": newest if newest and newest.review == Review.REJECTED else None,
    }


def _page(
    request: HttpRequest,
    run: Run,
    environment_pk: int,
    query: QueryDict,
    opened: dict[str, Any] | None = None,
    open_pk: int = 0,
    status: int = 200,
) -> HttpResponse:
    tester = person(request)
    environment = Environment.everything.with_elements().filter(pk=environment_pk).first()
    tally = run.tallies.filter(environment_key=environment_pk).first()
    if tally is None:
        raise Http404("This run is not run in this environment.")
    cells = Cell.objects.in_environment(run, environment_pk).for_execution(tester)
    place = reverse("execution:execute", args=[run.pk, environment_pk])
    listing = page_of(request, execution_listing(run, tester), cells, query=query, place=place)
    asked = query.get("open", "")
    if opened is None and asked.isdecimal():
        chosen = next((cell for cell in listing.rows if str(cell.pk) == asked), None)
        if chosen is not None:
            opened, open_pk = _open(chosen), chosen.pk
    query = query.copy()
    query.pop("open", None)
    name = str(environment) if environment else "anywhere"
    context = {
        "run": run,
        "environment_pk": environment_pk,
        "environment": environment,
        "tally": tally,
        "listing": listing,
        "page_obj": listing.page,
        "opened": opened,
        "open_pk": open_pk,
        "saving": saving_of(request, query=query, place=place),
        "back": query.urlencode(),
        "heading": run.name,
        "trail": [
            ("Run tests", reverse("execution:open_runs")),
            (run.name, reverse("execution:choose", args=[run.pk])),
            (name, ""),
        ],
    }
    return render(request, "execution/execute.html", context, status=status)


def _row(
    request: HttpRequest,
    run: Run,
    environment_pk: int,
    cell: Cell,
    opened: dict[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "run": run,
        "environment_pk": environment_pk,
        "cell": cell,
        "opened": opened,
        "open_pk": cell.pk if opened else 0,
        "back": request.POST.get("back", request.GET.get("back", "")),
    }
    return render(request, "execution/row.html", context, status=status)


@policy_required("execute")
def execute(request: HttpRequest, pk: int, environment_pk: int) -> HttpResponse:
    """List the cases of a run in one environment, in order."""
    run = get_run(pk)
    listing = execution_listing(run, person(request))
    if (address := pinned_address(request, listing)) is not None:
        return redirect(address)
    return _page(request, run, environment_pk, request.GET)


def _back(request: HttpRequest, pk: int, environment_pk: int, cell_pk: int) -> HttpResponse:
    """Return to the list as it was, at the case."""
    url = reverse("execution:execute", args=[pk, environment_pk])
    query = QueryDict(request.POST.get("back", ""), mutable=True)
    query.pop("open", None)
    return redirect(f"{url}?{query.urlencode()}#case-{cell_pk}")


@policy_required("execute")
def case(request: HttpRequest, pk: int, environment_pk: int, cell_pk: int) -> HttpResponse:
    """Show one case, opened: a part of the page for scripts, the page with it for others."""
    run = get_run(pk)
    cell = _get_cell(run, environment_pk, cell_pk, person(request))
    if FRAGMENT in request.headers:
        wanted = request.GET.get("closed") is None
        return _row(request, run, environment_pk, cell, _open(cell) if wanted else None)
    cells = Cell.objects.in_environment(run, environment_pk)
    before = cells.filter(runcaseversion__order__lt=cell.runcaseversion.order).count()
    url = reverse("execution:execute", args=[pk, environment_pk])
    size = Preferences(request.user).size or DEFAULT_SIZE
    return redirect(f"{url}?page={before // size + 1}&open={cell_pk}#case-{cell_pk}")


@policy_required("execute")
def record(request: HttpRequest, pk: int, environment_pk: int, cell_pk: int) -> HttpResponse:
    """Record what a tester found; what is wrong is shown here, on a page like the list."""
    if request.method != "POST":
        # The filters and pages of that page lead to the list itself.
        url = reverse("execution:execute", args=[pk, environment_pk])
        return redirect(f"{url}?{request.GET.urlencode()}")
    run = get_run(pk)
    tester = person(request)
    cell = _get_cell(run, environment_pk, cell_pk, tester)
    form = VerdictForm(posted(request), cell=cell)
    if form.is_valid():
        try:
            record_results(run, [form.verdict()], by=tester)
        except ActionError as error:
            form.add_error(None, str(error))
    if form.errors:
        opened = _open(cell, form)
        if FRAGMENT in request.headers:
            return _row(request, run, environment_pk, cell, opened, status=422)
        query = QueryDict(request.POST.get("back", ""))
        return _page(request, run, environment_pk, query, opened, cell.pk, status=422)
    return _after(request, run, environment_pk, cell_pk)


@require_POST
@policy_required("manage_runs")
def skip(request: HttpRequest, pk: int, environment_pk: int, cell_pk: int) -> HttpResponse:
    """Skip a case in all environments of the run, or take that back."""
    run = get_run(pk)
    manager = person(request)
    cell = _get_cell(run, environment_pk, cell_pk, manager)
    try:
        if cell.status == CellStatus.SKIPPED:
            unskip_case(cell.runcaseversion, by=manager)
        else:
            skip_case(cell.runcaseversion, by=manager)
    except ActionError as error:
        messages.error(request, str(error))
        return _back(request, pk, environment_pk, cell_pk)
    return _after(request, run, environment_pk, cell_pk)


def _after(request: HttpRequest, run: Run, environment_pk: int, cell_pk: int) -> HttpResponse:
    if FRAGMENT in request.headers:
        cell = _get_cell(run, environment_pk, cell_pk, person(request))
        return _row(request, run, environment_pk, cell)
    return _back(request, run.pk, environment_pk, cell_pk)
