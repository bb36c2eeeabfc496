"""What waits for a tester."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from moztrap.core.pages import person
from moztrap.core.policies import policy_required
from moztrap.environments.models import Environment
from moztrap.execution.models import Cell, CellStatus, Result, Run

_RUNS = 8
_RESULTS = 8
# More than that is a conversation.
_SENT_BACK = 50


@policy_required("execute")
def work(request: HttpRequest) -> HttpResponse:
    """Show what is assigned to whoever asks, where they can go on, and what they found last."""
    tester = person(request)
    mine = Cell.objects.filter(
        assignee=tester.pk, run__status="active", run__deleted_on__isnull=True
    ).wanted()
    progress = mine.progress_by("run", "environment")
    runs = Run.objects.select_related("productversion__product").in_bulk(
        {run for run, _ in progress}
    )
    environments = Environment.everything.with_elements().in_bulk(
        {environment for _, environment in progress if environment}
    )
    shares: list[dict[str, Any]] = [
        {
            "run": runs[run],
            "key": environment or 0,
            "environment": str(environments.get(environment) or "anywhere"),
            "progress": each,
        }
        for (run, environment), each in progress.items()
    ]
    shares.sort(key=lambda each: (each["progress"].pending == 0, each["run"].name, each["key"]))
    kept = Result.objects.filter(tester=tester.pk, run__deleted_on__isnull=True)
    found = kept.for_list().order_by("-pk")
    context = {
        "heading": "Your work",
        "sent_back": found.sent_back()[:_SENT_BACK],
        "shares": shares,
        "open_runs": Run.objects.for_testers().for_list().order_by("-start", "-pk")[:_RUNS],
        "results": found[:_RESULTS],
        "pending": CellStatus.PENDING,
    }
    return render(request, "execution/work.html", context)
