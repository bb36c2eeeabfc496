"""Comparing two versions of a case."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from moztrap.core.policies import READ, policy_required
from moztrap.library.compare import compare
from moztrap.library.models import CaseVersion


@policy_required(READ)
def case_compare(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what differs between two versions: the two newest unless others are named."""
    rows = CaseVersion.objects.filter(case=pk).select_related("case", "productversion")
    versions = list(rows.order_by("-productversion__order"))
    if not versions:
        raise Http404("No such case.")
    new = _named(versions, request.GET.get("new"), versions[0])
    older = [each for each in versions if each.productversion.order < new.productversion.order]
    others = older or [each for each in versions if each != new]
    old = _named(versions, request.GET.get("old"), others[0] if others else new)
    loaded = CaseVersion.objects.for_page().in_bulk([old.pk, new.pk])
    case = new.case
    return render(
        request,
        "library/compare.html",
        {
            "versions": versions,
            "old": old,
            "new": new,
            "comparison": compare(loaded[old.pk], loaded[new.pk]),
            "heading": f"Compare versions of {case.shown_id}",
            "trail": [
                ("Cases", reverse("library:case_list")),
                (case.shown_id, reverse("library:case", args=[pk])),
                ("Compare", ""),
            ],
        },
    )


def _named(versions: list[CaseVersion], asked: str | None, otherwise: CaseVersion) -> CaseVersion:
    """Return the version whose product version was asked for, if the case is in it."""
    return next((each for each in versions if str(each.productversion_id) == asked), otherwise)
