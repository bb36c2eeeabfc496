"""The builds of a series beside each other."""

from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from moztrap.core.policies import READ, policy_required
from moztrap.execution.models import Cell, Run
from moztrap.execution.views.common import tabs_of, trail
from moztrap.library.models import CaseVersion

_BUILDS = 6
_CASES = 50


@policy_required(READ)
def compare(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the newest builds of a series, and the cases that did not fare alike in them."""
    runs = Run.objects.filter(is_series=True).select_related("productversion__product", "series")
    series: Run = get_object_or_404(runs, pk=pk)
    builds = list(Run.objects.filter(series=series).for_list().order_by("-pk")[:_BUILDS])
    page = Paginator(_troubled(builds), _CASES).get_page(request.GET.get("page"))
    context = {
        "heading": series.name,
        "run": series,
        "trail": trail(series, ("Builds compared", "")),
        "tabs": tabs_of(request, series),
        "builds": builds,
        "rows": _rows(builds, list(page.object_list)),
        "page_obj": page,
    }
    return render(request, "reports/compare.html", context)


def _troubled(builds: list[Run]) -> "QuerySet[Any]":
    """Return the versions of cases that failed or were blocked in one of the builds."""
    cells = Cell.objects.filter(run__in=builds, status__in=["failed", "blocked"]).wanted()
    column = "runcaseversion__caseversion"
    return cells.order_by(column).values_list(column, flat=True).distinct()


def _rows(builds: list[Run], shown: list[int]) -> list[dict[str, Any]]:
    """Return these cases with how they fared in each build (2 queries)."""
    cells = Cell.objects.filter(run__in=builds, runcaseversion__caseversion__in=shown).wanted()
    progress = cells.progress_by("runcaseversion__caseversion", "run")
    names = CaseVersion.everything.select_related("case").in_bulk(shown)
    return [
        {
            "caseversion": names[pk],
            "builds": [(build, progress.get((pk, build.pk))) for build in builds],
        }
        for pk in shown
    ]
