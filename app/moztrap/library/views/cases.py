"""Pages of cases."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse

from moztrap.catalog.models import ProductVersion
from moztrap.core.pages import list_page
from moztrap.core.policies import READ, may, policy_required
from moztrap.library.filters import CASES
from moztrap.library.history import history_of
from moztrap.library.models import CaseVersion


@policy_required(READ)
def case_list(request: HttpRequest) -> HttpResponse:
    """List cases: each once, or those of the chosen product versions."""
    is_creator = may(request.user, "create_cases")
    return list_page(
        request,
        "library/case_list.html",
        CASES,
        CaseVersion.objects.for_list(),
        heading="Test cases",
        create_url=reverse("library:case_create") if is_creator else "",
        create_label="New case",
        empty_text="No test case yet.",
    )


@policy_required(READ)
def case_detail(request: HttpRequest, pk: int, version_pk: int | None = None) -> HttpResponse:
    """Show a case as it is in one product version; in its newest unless one is named."""
    chosen = {"latest": True} if version_pk is None else {"productversion": version_pk}
    rows = CaseVersion.objects.for_page()
    caseversion = get_object_or_404(rows, case=pk, **chosen)
    versions = ProductVersion.objects.filter(product=caseversion.case.product_id)
    present = set(CaseVersion.objects.filter(case=pk).values_list("productversion", flat=True))
    return render(
        request,
        "library/case.html",
        {
            "caseversion": caseversion,
            "case": caseversion.case,
            "record": caseversion,
            "versions": [
                (version, version.pk in present) for version in versions.order_by("-order")
            ],
            "has_others": len(present) > 1,
            "history": history_of(caseversion),
            "heading": caseversion.name,
            "trail": [
                ("Cases", reverse("library:case_list")),
                (
                    str(caseversion.productversion),
                    f"{reverse('library:case_list')}?version={caseversion.productversion_id}",
                ),
                (caseversion.case.shown_id, ""),
            ],
        },
    )
