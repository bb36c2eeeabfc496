"""Results by tester."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from moztrap.accounts.models import User
from moztrap.core.policies import LOGGED_IN, policy_required
from moztrap.execution.models import Cell
from moztrap.execution.progress import Progress
from moztrap.execution.views.common import get_run, tabs_of, trail


@policy_required(LOGGED_IN)
def run_testers(request: HttpRequest, pk: int) -> HttpResponse:
    """Show whose verdicts stand, and how far everybody is with what they were given."""
    run = get_run(pk)
    cells = Cell.objects.filter(run=run).wanted()
    decided = cells.exclude(tester=None).progress_by("tester")
    given = cells.exclude(assignee=None).progress_by("assignee")
    names = User.objects.in_bulk(set(decided) | set(given))
    rows = [
        {
            "tester": person,
            "decided": decided.get(person.pk, Progress()),
            "given": given.get(person.pk),
        }
        for person in sorted(names.values(), key=lambda each: each.username.lower())
    ]
    context = {
        "heading": run.name,
        "run": run,
        "trail": trail(run, ("Testers", "")),
        "tabs": tabs_of(request, run),
        "rows": rows,
    }
    return render(request, "reports/run_testers.html", context)
