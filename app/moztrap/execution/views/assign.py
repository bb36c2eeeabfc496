"""Who is to test what in a run."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from moztrap.accounts.models import User
from moztrap.core.pages import person, posted
from moztrap.core.policies import policy_required
from moztrap.core.words import counted
from moztrap.execution.forms import AssignmentForm
from moztrap.execution.models import Run
from moztrap.execution.views.common import run_url, tabs_of, trail


@policy_required("manage_runs")
def assign(request: HttpRequest, pk: int) -> HttpResponse:
    """Show who has what, and give parts of the run to testers."""
    runs = Run.objects.filter(is_series=False).select_related("productversion", "series")
    run: Run = get_object_or_404(runs, pk=pk)
    form = AssignmentForm(posted(request), run=run)
    if form.is_bound and (count := form.submit(by=person(request))) is not None:
        if count:
            messages.success(request, f"{counted(count, 'test')} changed hands.")
        else:
            messages.warning(request, "Nothing changed: nothing fits what you chose.")
        return redirect(request.path)
    progress = run.cells.wanted().progress_by("assignee")
    names = User.objects.in_bulk([assignee for assignee in progress if assignee is not None])
    shares = [
        (str(names[assignee]) if assignee is not None else "nobody", each)
        for assignee, each in progress.items()
    ]
    shares.sort(key=lambda each: (each[0] == "nobody", each[0]))
    context = {
        "heading": f"Assign {run}",
        "trail": trail(run, ("Assign", "")),
        "tabs": tabs_of(request, run),
        "run": run,
        "form": form,
        "shares": shares,
        "cancel_url": run_url(run),
    }
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "execution/assign.html", context, status=status)
