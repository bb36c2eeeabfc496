"""Writing cases: create, edit, delete, and take into another version."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from moztrap.catalog.models import ProductVersion
from moztrap.core.actions import ActionError
from moztrap.core.pages import delete_page, files_posted, form_page, ids_of, person, posted
from moztrap.core.picking import asks_for_more
from moztrap.core.policies import policy_required
from moztrap.core.prefill import Prefill, prefill
from moztrap.core.words import counted
from moztrap.library.actions import delete_caseversion, extend_case
from moztrap.library.forms import CaseForm
from moztrap.library.models import CaseVersion
from moztrap.library.prefill import CASE

TEMPLATE = "library/case_form.html"


def case_url(caseversion: CaseVersion) -> str:
    """Return the address of a case in one product version."""
    return reverse(
        "library:case_in_version", args=[caseversion.case_id, caseversion.productversion_id]
    )


def _get(pk: int, version_pk: int) -> CaseVersion:
    rows = CaseVersion.objects.select_related("case__product", "productversion__product")
    caseversion: CaseVersion = get_object_or_404(rows, case=pk, productversion=version_pk)
    return caseversion


def _named(request: HttpRequest) -> CaseVersion | None:
    """Return the case version from which a new case begins, if the address names one."""
    rows = CaseVersion.objects.select_related("case__product", "productversion__product")
    return rows.filter(pk__in=ids_of(request.GET, "from")[:1]).first()


def _show(request: HttpRequest, form: CaseForm, **context: Any) -> HttpResponse:
    """Show or submit the form; “Add steps” and “Find” do neither."""
    filled: Prefill | None = context.pop("filled", None)
    if "add_steps" in request.POST or asks_for_more(request):
        if "add_steps" in request.POST:
            form.with_more_steps()
        form.keep_typed()
        if filled is not None:
            filled.mark(form)
        return render(request, TEMPLATE, {"form": form, **context})
    return form_page(request, form, done=case_url, template=TEMPLATE, filled=filled, **context)


@policy_required("create_cases")
def case_create(request: HttpRequest) -> HttpResponse:
    """Create a case, perhaps with what another one says to begin with."""
    like = _named(request)
    filled = Prefill() if like is not None else prefill(request, **CASE)
    form = CaseForm(
        posted(request),
        files_posted(request),
        user=person(request),
        like=like,
        initial=filled.initial,
    )
    cases = reverse("library:case_list")
    trail = [("Cases", cases), ("New", "")]
    if like is not None:
        trail[1:] = [(like.case.shown_id, case_url(like)), ("Copy", "")]
    return _show(
        request,
        form,
        filled=filled,
        heading="New test case",
        trail=trail,
        cancel_url=case_url(like) if like is not None else cases,
        has_versions=ProductVersion.objects.exists(),
    )


@policy_required("manage_cases")
def case_edit(request: HttpRequest, pk: int, version_pk: int) -> HttpResponse:
    """Change a case in one product version."""
    caseversion = _get(pk, version_pk)
    form = CaseForm(
        posted(request), files_posted(request), user=person(request), instance=caseversion
    )
    url = case_url(caseversion)
    return _show(
        request,
        form,
        heading=f"Edit {caseversion.case.shown_id} in {caseversion.productversion}",
        trail=[
            ("Cases", reverse("library:case_list")),
            (caseversion.case.shown_id, url),
            ("Edit", ""),
        ],
        cancel_url=url,
        delete_url=reverse("library:case_delete", args=[pk, version_pk]),
        has_versions=True,
    )


@policy_required("manage_cases")
def case_delete(request: HttpRequest, pk: int, version_pk: int) -> HttpResponse:
    """Delete a case from one product version."""
    caseversion = _get(pk, version_pk)
    others = CaseVersion.objects.filter(case=pk).exclude(pk=caseversion.pk).count()
    consequence = (
        f"It disappears from {caseversion.productversion}; "
        f"it stays in {counted(others, 'other version')}."
        if others
        else "This is its only version: the case disappears with it."
    )
    return delete_page(
        request,
        caseversion,
        delete=delete_caseversion,
        done_url=reverse("library:case_list"),
        cancel_url=case_url(caseversion),
        consequence=consequence,
    )


@require_POST
@policy_required("create_cases")
def case_extend(request: HttpRequest, pk: int, version_pk: int) -> HttpResponse:
    """Copy a text of a case, the newest unless another is named, into a version without one."""
    rows = CaseVersion.objects.select_related("case", "productversion").filter(case=pk)
    named = ids_of(request.POST, "source")[:1]
    source: CaseVersion = (
        rows.filter(productversion__in=named).first() if named else None
    ) or get_object_or_404(rows, latest=True)
    versions = ProductVersion.objects.select_related("product")
    version: ProductVersion = get_object_or_404(versions, pk=version_pk)
    try:
        copy = extend_case(source, by=person(request), productversion=version)
    except ActionError as error:
        messages.error(request, str(error))
        return redirect(case_url(source))
    messages.success(request, f"Added to {version}, with the text of {source.productversion}.")
    return redirect(case_url(copy))
