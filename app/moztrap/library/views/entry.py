"""Entering many cases as text or as a file, and giving them out as files."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from moztrap.core.pages import files_posted, person, posted
from moztrap.core.picking import asks_for_more
from moztrap.core.policies import LOGGED_IN, policy_required
from moztrap.core.prefill import Prefill, keep_typed, prefill
from moztrap.core.words import counted
from moztrap.library.entry.export import export_csv, export_json
from moztrap.library.filters import CASES
from moztrap.library.forms import EnterForm, ImportForm
from moztrap.library.models import CaseVersion
from moztrap.library.prefill import ENTRY, VERSION


@policy_required("create_cases")
def case_enter(request: HttpRequest) -> HttpResponse:
    """Create many cases out of one text."""
    filled = prefill(request, **ENTRY)
    form = EnterForm(posted(request), user=person(request), initial=filled.initial)
    return _answer(
        request, form, filled, heading="Enter many cases", template="library/case_enter.html"
    )


@policy_required("create_cases")
def case_import(request: HttpRequest) -> HttpResponse:
    """Create many cases out of a file, after a dry run."""
    filled = prefill(request, **VERSION)
    form = ImportForm(
        posted(request), files_posted(request), user=person(request), initial=filled.initial
    )
    return _answer(
        request, form, filled, heading="Import cases", template="library/case_import.html"
    )


def _answer(
    request: HttpRequest, form: Any, filled: Prefill, *, heading: str, template: str
) -> HttpResponse:
    """Show the form, say what it would write, or write it."""
    cases = reverse("library:case_list")
    filled.mark(form)
    if request.method == "POST" and not filled.takes_pin_out(request, form):
        if asks_for_more(request):
            keep_typed(form)
        elif "save" not in request.POST:
            form.check_cases()
        elif (plan := form.submit(by=person(request))) is not None:
            skipped = f" {len(plan.skipped):,} were there already." if plan.skipped else ""
            messages.success(request, f"Created {counted(len(plan.drafts), 'case')}.{skipped}")
            version = form.cleaned_data["productversion"]
            return redirect(f"{cases}?version={version.pk}")
    is_wrong = form.is_bound and bool(form.errors or form.parse_problems)
    context = {
        "form": form,
        "heading": heading,
        "trail": [("Cases", cases), (heading, "")],
        "cancel_url": cases,
    }
    return render(request, template, context, status=422 if is_wrong else 200)


@policy_required(LOGGED_IN)
def case_export_json(request: HttpRequest) -> HttpResponseBase:
    """Send what the filters of the list leave as JSON."""
    return _send(request, export_json, "json", "application/json")


@policy_required(LOGGED_IN)
def case_export_csv(request: HttpRequest) -> HttpResponseBase:
    """Send what the filters of the list leave as CSV."""
    return _send(request, export_csv, "csv", "text/csv; charset=utf-8")


def _send(request: HttpRequest, export: Any, ending: str, kind: str) -> HttpResponseBase:
    rows = CASES.for_reader(request.user).rows(request.GET, CaseVersion.objects.all())
    response = StreamingHttpResponse(export(rows), content_type=kind)
    name = f"cases-{timezone.now():%Y-%m-%d}.{ending}"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
