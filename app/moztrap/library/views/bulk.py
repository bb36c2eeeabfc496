"""Changing many cases at once: those that were chosen, or all that the filters leave."""

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from moztrap.catalog.models import Product
from moztrap.core.actions import ActionError
from moztrap.core.forms import leave_unchecked
from moztrap.core.pages import ids_of, person, posted
from moztrap.core.picking import asks_for_more
from moztrap.core.policies import may, policy_required
from moztrap.core.words import counted
from moztrap.library.actions import bulk_delete, bulk_edit, preview_bulk_edit
from moztrap.library.filters import CASES
from moztrap.library.forms import BulkForm
from moztrap.library.models import CaseVersion


@policy_required("manage_cases", "manage_suite_cases")
def case_bulk(request: HttpRequest) -> HttpResponse:
    """Ask what to change, say how many that concerns, and then do it."""
    rows = _chosen(request)
    count = rows.count()
    products = Product.objects.filter(pk__in=rows.order_by().values("case__product"))
    form = BulkForm(posted(request), user=person(request), products=products)
    back = _list_url(request)
    context: dict[str, Any] = {
        "form": form,
        "count": count,
        "products": form.products,
        "heading": f"Change {count:,} case{'' if count == 1 else 's'}",
        "trail": [("Cases", back), ("Change", "")],
        "cancel_url": back,
        "may_delete": may(request.user, "manage_cases"),
    }
    if request.method == "POST" and count:
        if "delete" in request.POST and context["may_delete"]:
            return _delete(request, rows, count, back, context)
        if asks_for_more(request):
            leave_unchecked(form)
        elif form.is_valid() and _submit(request, form, rows, count, context):
            return redirect(back)
    status = 422 if form.is_bound and (form.errors or not count) else 200
    return render(request, "library/case_bulk.html", context, status=status)


def _chosen(request: HttpRequest) -> "QuerySet[Any]":
    """Return the rows that were chosen, or all that the filters of the list leave."""
    if "row" in request.GET:
        return CaseVersion.objects.filter(pk__in=ids_of(request.GET, "row")).order_by("pk")
    return CASES.for_reader(request.user).rows(request.GET, CaseVersion.objects.all())


def _list_url(request: HttpRequest) -> str:
    query = request.GET.copy()
    query.pop("row", None)
    return f"{reverse('library:case_list')}?{query.urlencode()}"


def _submit(
    request: HttpRequest,
    form: BulkForm,
    rows: "QuerySet[Any]",
    count: int,
    context: dict[str, Any],
) -> bool:
    """Preview the change, or apply what was previewed; tell whether it was applied."""
    change = form.change()
    if change.is_empty:
        form.add_error(None, "Choose at least one change.")
        return False
    expected = form.cleaned_data.get("expected")
    try:
        if "apply" in request.POST and expected == count:
            report = bulk_edit(rows, change, by=person(request))
            messages.success(request, f"Changed {counted(report.selected, 'case')}.")
            return True
        if "apply" in request.POST:
            form.add_error(
                None,
                f"There are {count:,} cases now; please look again at what would be changed.",
            )
        context["report"] = preview_bulk_edit(rows, change)
    except ActionError as error:
        form.add_error(None, str(error))
    return False


def _delete(
    request: HttpRequest,
    rows: "QuerySet[Any]",
    count: int,
    back: str,
    context: dict[str, Any],
) -> HttpResponse:
    """Ask before deleting; delete what was asked about."""
    if request.POST.get("confirmed") == str(count):
        try:
            gone = bulk_delete(rows, by=person(request))
        except ActionError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, f"Deleted {counted(gone, 'case')}.")
        return redirect(back)
    return render(request, "library/case_bulk_delete.html", context)
