"""Pages of suites."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from moztrap.core.actions import ActionError
from moztrap.core.pages import (
    delete_page,
    form_page,
    ids_of,
    list_page,
    page_of,
    person,
    posted,
)
from moztrap.core.picking import options_page
from moztrap.core.policies import READ, may, policy_required
from moztrap.core.prefill import prefill
from moztrap.core.words import counted
from moztrap.library.actions import clone_suite, delete_suite
from moztrap.library.filters import SUITE_CASES, SUITES
from moztrap.library.forms import SuiteForm
from moztrap.library.models import Suite
from moztrap.library.prefill import SUITE


def _list_url() -> str:
    return reverse("library:suite_list")


def suite_url(suite: Suite) -> str:
    """Return the address of a suite."""
    return reverse("library:suite", args=[suite.pk])


@policy_required(READ)
def suite_list(request: HttpRequest) -> HttpResponse:
    """List suites."""
    is_manager = may(request.user, "manage_suites")
    return list_page(
        request,
        "library/suite_list.html",
        SUITES,
        Suite.objects.for_list(),
        heading="Suites",
        intro="A suite is a list of cases of one product, in the order in which they are run.",
        numbers=("cases",),
        create_url=reverse("library:suite_create") if is_manager else "",
        create_label="New suite",
        empty_text="No suite yet.",
    )


@policy_required(READ)
def suite_options(request: HttpRequest) -> HttpResponse:
    """Tell a script which suites fit, of products or of the product of a product version."""
    versions = ids_of(request.GET, "productversion")[:1]
    rows = Suite.objects.filter(product__in=ids_of(request.GET, "product"))
    if versions:
        rows = Suite.objects.filter(product__versions__in=versions)
    return options_page(request, rows.order_by("name", "pk"), ("name",), str)


@policy_required(READ)
def suite_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a suite with its cases, in pages; whoever may, changes them right there."""
    suites = Suite.objects.for_list().select_related("created_by", "modified_by")
    suite: Suite = get_object_or_404(suites, pk=pk)
    listing = page_of(request, SUITE_CASES, suite.suitecases.live().for_list())
    return render(
        request,
        "library/suite.html",
        {
            "suite": suite,
            "record": suite,
            "listing": listing,
            "page_obj": listing.page,
            "numbers": ("order",),
            "heading": suite.name,
            "trail": [("Suites", _list_url()), (suite.name, "")],
        },
    )


@policy_required("manage_suites")
def suite_create(request: HttpRequest) -> HttpResponse:
    """Create a suite, and go on to its cases."""
    filled = prefill(request, **SUITE)
    return form_page(
        request,
        SuiteForm(posted(request), initial=filled.initial),
        filled=filled,
        done=lambda suite: reverse("library:suite_add", args=[suite.pk]),
        heading="New suite",
        trail=[("Suites", _list_url()), ("New", "")],
        submit_label="Save and add cases",
        cancel_url=_list_url(),
    )


@policy_required("manage_suites")
def suite_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change the texts of a suite."""
    suite: Suite = get_object_or_404(Suite.objects.all(), pk=pk)
    return form_page(
        request,
        SuiteForm(posted(request), instance=suite),
        done=suite_url,
        template="core/record_form.html",
        heading=f"Edit suite {suite}",
        trail=[("Suites", _list_url()), (suite.name, suite_url(suite)), ("Edit", "")],
        cancel_url=suite_url(suite),
        delete_url=reverse("library:suite_delete", args=[pk]),
    )


@policy_required("manage_suites")
def suite_delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Delete a suite."""
    suite = get_object_or_404(Suite.objects.for_list(), pk=pk)
    return delete_page(
        request,
        suite,
        delete=delete_suite,
        done_url=_list_url(),
        cancel_url=suite_url(suite),
        consequence=f"What is in it, {counted(suite.case_count, 'case')}, stays in the library.",
    )


@require_POST
@policy_required("manage_suites")
def suite_clone(request: HttpRequest, pk: int) -> HttpResponse:
    """Create a draft with the same cases."""
    suite: Suite = get_object_or_404(Suite.objects.select_related("product"), pk=pk)
    try:
        copy = clone_suite(suite, by=person(request))
    except ActionError as error:
        messages.error(request, str(error))
        return redirect(suite_url(suite))
    messages.success(request, f"This is a copy of “{suite}”. It is a draft: give it a name.")
    return redirect(suite_url(copy))
