"""The builds of a series beside each other."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from moztrap.core.policies import READ, policy_required
from moztrap.execution.models import Cell, Run
from moztrap.execution.views.common import tabs_of, trail
from moztrap.library.models import CaseVersion

_BUILDS = 6
_CASES = 200


@policy_required(READ)
def compare(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the newest builds of a series, and the cases that did not fare alike in them."""
    runs = Run.objects.filter(is_series=True).select_related("productversion__product", "series")
    series: Run = get_object_or_404(runs, pk=pk)
    builds = list(Run.objects.filter(series=series).for_list().order_by("-pk")[:_BUILDS])
    rows, is_cut = _differences(builds)
    context = {
        "heading": series.name,
        "run": series,
        "trail": trail(series, ("Builds compared", "")),
        "tabs": tabs_of(request, series),
        "builds": builds,
        "rows": rows,
        "is_cut": is_cut,
    }
    return render(request, "reports/compare.html", context)


def _differences(builds: list[Run]) -> tuple[list[dict[str, Any]], bool]:
    """Return the cases that failed or were blocked in one of the builds (2 queries)."""
    troubled = (
        Cell.objects.filter(run__in=builds, status__in=["failed", "blocked"])
        .wanted()
        .values("runcaseversion__caseversion")
        .distinct()
    )
    ids = list(
        troubled.order_by("runcaseversion__caseversion").values_list(
            "runcaseversion__caseversion", flat=True
        )[: _CASES + 1]
    )
    shown = ids[:_CASES]
    cells = Cell.objects.filter(run__in=builds, runcaseversion__caseversion__in=shown).wanted()
    progress = cells.progress_by("runcaseversion__caseversion", "run")
    names = CaseVersion.everything.select_related("case").in_bulk(shown)
    rows = [
        {
            "caseversion": names[pk],
            "builds": [(build, progress.get((pk, build.pk))) for build in builds],
        }
        for pk in shown
    ]
    return rows, len(ids) > _CASES
