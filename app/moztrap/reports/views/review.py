"""Results that wait for a second person, who accepts them or sends them back."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from moztrap.core.actions import ActionError
from moztrap.core.listing import ChoiceFilter, Column, Listing, TextFilter
from moztrap.core.pages import ids_of, list_page, person
from moztrap.core.policies import policy_required
from moztrap.core.words import counted
from moztrap.execution.actions import review_results, send_back_results
from moztrap.execution.models import Result
from moztrap.reports.filters import RESULT_STATUS_OPTIONS

_LONGEST_COMMENT = 2000

QUEUE = Listing(
    columns=(
        Column("time", "When", ("pk",)),
        Column("case", "Case"),
        Column("tester", "Tester"),
        Column("status", "Result"),
        Column("comment", "Comment"),
    ),
    filters=(
        TextFilter("run", "Run", fields=("run__name",)),
        ChoiceFilter(
            "status",
            "Result",
            choices=[
                option
                for option in RESULT_STATUS_OPTIONS
                if option.value in ("failed", "blocked", "invalid")
            ],
            is_local=True,
        ),
        TextFilter("tester", "Tester", fields=("tester__username",)),
        TextFilter("comment", "Comment"),
    ),
    default_sort="time",
)


@policy_required("review_results")
def queue(request: HttpRequest) -> HttpResponse:
    """List what waits, oldest first; accept what was chosen, or have it tested again."""
    reviewer = person(request)
    comment = ""
    if request.method == "POST":
        comment = request.POST.get("comment", "").replace("\x00", "")[:_LONGEST_COMMENT]
        if _review(request, reviewer, comment):
            return redirect(request.get_full_path())
    rows: Any = Result.objects.filter(run__deleted_on__isnull=True).to_review().for_list()
    return list_page(
        request,
        "reports/review.html",
        QUEUE,
        rows.exclude(tester=reviewer.pk),
        heading="Results to review",
        intro="Failed, blocked and invalid results of others that nobody has looked at yet.",
        empty_text="Nothing waits for review.",
        comment=comment,
        asked=set(ids_of(request.POST, "result")) if request.method == "POST" else set(),
    )


def _review(request: HttpRequest, reviewer: Any, comment: str) -> bool:
    ids = ids_of(request.POST, "result")
    if not ids:
        messages.error(request, "Choose at least one result.")
        return False
    is_rejected = "reject" in request.POST
    try:
        if is_rejected:
            count = send_back_results(ids, by=reviewer, comment=comment, only_waiting=True)
        else:
            count = review_results(ids, by=reviewer, comment=comment)
    except ActionError as error:
        messages.error(request, str(error))
        return False
    if not count:
        messages.warning(request, "Somebody else has reviewed these meanwhile.")
    elif is_rejected:
        messages.success(request, f"Sent {counted(count, 'result')} back to be tested again.")
    else:
        messages.success(request, f"Accepted {counted(count, 'result')}.")
    return True


@require_POST
@policy_required("review_results")
def send_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Have one result tested again that stands on the page of its case, passed ones too."""
    rows = Result.objects.select_related("run", "cell")
    result: Result = get_object_or_404(rows, pk=pk, run__deleted_on__isnull=True)
    comment = request.POST.get("comment", "").replace("\x00", "")[:_LONGEST_COMMENT]
    url = reverse("reports:run_case", args=[result.run_id, result.cell.runcaseversion_id])
    try:
        if send_back_results([pk], by=person(request), comment=comment):
            messages.success(request, "Sent back: it is to be tested again.")
        else:
            messages.warning(request, "It was tested again or sent back meanwhile.")
    except ActionError as error:
        messages.error(request, str(error))
    return redirect(f"{url}#result-{pk}")
