"""Filling suites and putting their cases in order."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from moztrap.core.actions import ActionError
from moztrap.core.pages import ids_of, list_page, person
from moztrap.core.policies import policy_required
from moztrap.core.words import counted
from moztrap.library.actions import add_cases, move_cases, remove_cases
from moztrap.library.filters import cases_for
from moztrap.library.models import CaseVersion, Suite
from moztrap.library.views.suites import suite_url

_MOST_DIGITS = 9


@policy_required("manage_suite_cases")
def suite_add(request: HttpRequest, pk: int) -> HttpResponse:
    """List the cases of the product that the suite lacks, and add those that are chosen."""
    suite: Suite = get_object_or_404(Suite.objects.for_list(), pk=pk)
    if request.method == "POST":
        return _add(request, suite)
    candidates = CaseVersion.objects.for_list().filter(case__product=suite.product_id)
    return list_page(
        request,
        "library/suite_add.html",
        cases_for(suite),
        candidates.outside_suite(suite.pk),
        suite=suite,
        heading=f"Add cases to {suite}",
        trail=[
            ("Suites", reverse("library:suite_list")),
            (suite.name, suite_url(suite)),
            ("Add cases", ""),
        ],
        empty_text="Every case of this product is in the suite.",
    )


def _add(request: HttpRequest, suite: Suite) -> HttpResponse:
    """Add the chosen cases, or all that the filters leave; then show the same page again."""
    here = f"{reverse('library:suite_add', args=[suite.pk])}?{request.GET.urlencode()}"
    rows = CaseVersion.objects.filter(case__product=suite.product_id)
    if "all" in request.POST:
        listing = cases_for(suite).for_reader(request.user)
        chosen = listing.rows(request.GET, rows)
    else:
        chosen = rows.filter(case__in=ids_of(request.POST, "case"))
        # In the order in which they stand on the page.
        chosen = cases_for(suite).rows(_sort_alone(request.GET), chosen)
    try:
        count = add_cases(suite, by=person(request), caseversions=chosen)
    except ActionError as error:
        messages.error(request, str(error))
        return redirect(here)
    if count:
        messages.success(request, f"Added {counted(count, 'case')} to “{suite}”.")
    else:
        messages.warning(request, "Nothing was added: no case was chosen.")
    return redirect(here)


def _sort_alone(query: QueryDict) -> dict[str, object]:
    return {"sort": query.get("sort", "")}


@require_POST
@policy_required("manage_suite_cases")
def suite_change(request: HttpRequest, pk: int) -> HttpResponse:
    """Move cases to other positions, or take them out; then show the same page again."""
    suite: Suite = get_object_or_404(Suite.objects.all(), pk=pk)
    here = f"{suite_url(suite)}?{request.GET.urlencode()}"
    try:
        if "remove" in request.POST:
            chosen = ids_of(request.POST, "case")
            count = remove_cases(suite, by=person(request), cases=chosen)
            messages.success(request, f"Took {counted(count, 'case')} out of “{suite}”.")
        else:
            move_cases(suite, by=person(request), to=_positions(request.POST))
    except ActionError as error:
        messages.error(request, str(error))
    return redirect(here)


def _positions(data: QueryDict) -> dict[int, int]:
    """Return the case that an arrow moves, or those whose position was overtyped."""
    case, colon, position = data.get("move", "").partition(":")
    if colon:
        pairs = [(case, position, "")]
    else:
        keys = [key.removeprefix("to-") for key in data if key.startswith("to-")]
        pairs = [(key, data[f"to-{key}"], data.get(f"at-{key}", "")) for key in keys]
    return {
        int(case): int(to)
        for case, to, at in pairs
        if to != at and _is_number(case, 18) and _is_number(to, _MOST_DIGITS)
    }


def _is_number(text: str, most: int) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= most
